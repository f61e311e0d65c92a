#include "actors/database_trouble.hpp"

#include "base/log.hpp"
#include "messages/error_code.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace nova {
namespace {

using namespace std::chrono_literals;

constexpr base::log database_log{"Database"};
constexpr auto the_database = "database";

// A statement that stores a batch takes some milliseconds; so many in a row are no accident.
constexpr auto slow = 1s;
constexpr uint32_t slow_times = 5;
// What runs at all runs more often.
constexpr auto forgotten = 15s;

constexpr auto reach = "reach the database";
constexpr auto be_quick = "be quick: the database is slow";

struct trouble {
  std::string_view prefix; // of the SQLSTATE
  const char* what;        // after "cannot"
  const char* next;
};

// https://www.postgresql.org/docs/15/errcodes-appendix.html
constexpr trouble troubles[] = {
  {"53100", "write: the database's disk is full",
   "make room on the disk of the database; the work then goes on by itself"},
  {"53200", "run queries: the database is out of memory",
   "lower work_mem or max_connections of the server, or give it memory"},
  {"53300", "connect: no connection of the database is left",
   "end sessions that nobody needs, or raise max_connections"},
  {"42501", "run queries: the user of the database lacks a right",
   "nova migrate up --worker-role "},
  {"42883", "run queries: a function is missing in the database", "nova migrate verify"},
  {"42P01", "run queries: a table is missing in the database", "nova migrate verify"},
  {"42703", "run queries: a column is missing in the database", "nova migrate verify"},
  {"3F000", "run queries: a schema is missing in the database", "nova migrate verify"},
  {"57014", "be served in time: the database ended queries that took too long", "nova doctor"},
  {"58", "run queries: the database has trouble with its disk or files",
   "look into the log of the database"},
};

const trouble* trouble_of(std::string_view sqlstate) {
  const auto* found = std::ranges::find_if(troubles, [&](const auto& one) {
    return sqlstate.starts_with(one.prefix);
  });
  return found == std::end(troubles) ? nullptr : found;
}

} // namespace

void database_trouble::failed(const char* query, const caf::error& reason, time_point now) {
  auto state = sqlstate_of(reason);
  const auto* known = state.empty() ? nullptr : trouble_of(state);
  bool lost = state.empty() && reason == ec::database_unavailable;
  if (known == nullptr && !lost)
    return;
  const auto* what = known ? known->what : reach;
  failing_[query] = {what, now};
  std::string next = known ? known->next : "nova doctor";
  if (next.ends_with(' ')) // of whom
    next += database_user_of(reason);
  who_.could_not(database_log, what, fmt::format("{}: {}", query, describe(reason)),
                 {the_database, next, base::finding_level::critical});
}

void database_trouble::succeeded(const char* query, std::chrono::steady_clock::duration took,
                                 time_point now) {
  if (!failing_.empty())
    settle(query, now);
  if (took < slow) {
    auto is_told = [](const auto& one) { return one.second >= slow_times; };
    if (!slow_.empty() && slow_.erase(query) > 0 && std::ranges::none_of(slow_, is_told))
      who_.could(database_log, be_quick);
    return;
  }
  if (auto times = ++slow_[query]; times >= slow_times)
    who_.could_not(database_log, be_quick,
                   fmt::format("{} take {:.1f} s, {} in a row", query,
                               std::chrono::duration<double>(took).count(), times),
                   {the_database, "nova doctor"});
}

void database_trouble::settle(const char* query, time_point now) {
  std::set<const char*> over;
  std::erase_if(failing_, [&](const auto& one) {
    // Who reaches it, reaches it for all.
    auto gone = one.second.what == reach || one.first == query || now - one.second.last > forgotten;
    if (gone)
      over.insert(one.second.what);
    return gone;
  });
  for (const auto* what : over)
    if (std::ranges::none_of(failing_, [what](const auto& one) { return one.second.what == what; }))
      who_.could(database_log, what);
}

} // namespace nova
