#include "actors/listed_names.hpp"

#include <functional>

namespace nova {
namespace {

uint64_t name_of_message(const thread_id& thread, const message_id& message) {
  return std::hash<std::string>{}(thread.value + '\n' + message.value);
}

} // namespace

std::vector<uint64_t> listed_names::of(const std::vector<listed_thread>& threads) {
  std::vector<uint64_t> names;
  for (const auto& thread : threads)
    for (const auto& message : thread.messages)
      names.push_back(name_of_message(thread.id, message));
  return names;
}

void listed_names::add(const std::vector<uint64_t>& names) {
  names_.insert(names.begin(), names.end());
}

void listed_names::leave_out_of(std::vector<listed_thread>& threads) const {
  for (auto& thread : threads)
    std::erase_if(thread.messages, [&](const message_id& message) {
      return names_.contains(name_of_message(thread.id, message));
    });
  std::erase_if(threads, [](const listed_thread& thread) { return thread.messages.empty(); });
}

} // namespace nova
