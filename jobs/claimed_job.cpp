#include "jobs/claimed_job.hpp"

namespace nova::jobs {

std::string to_string(source from) {
  switch (from) {
    case source::message: return "message";
    case source::queue: return "queue";
    case source::task: return "task";
    case source::sync: return "sync";
  }
  return "unknown";
}

std::string name_of(const claimed_job& job) {
  auto kind = to_string(job.from) + ' ';
  return job.from == source::message ? kind + std::to_string(job.id)
         : job.from == source::queue ? kind + job.place + ' ' + std::to_string(job.id)
         : job.from == source::sync  ? kind + job.place + ' ' + job.type
                                     : kind + job.type;
}

std::string to_string(verdict what) {
  switch (what) {
    case verdict::done: return "done";
    case verdict::retry: return "retry";
    case verdict::fail: return "fail";
    case verdict::snooze: return "snooze";
  }
  return "unknown";
}

} // namespace nova::jobs
