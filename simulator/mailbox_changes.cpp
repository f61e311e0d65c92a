#include "simulator/mailbox.hpp"

#include <algorithm>
#include <mutex>

// A thread is either wholly the generator's or wholly in memory. The first change takes it: its
// messages become live ones, whose bodies are still made from their seeds.

namespace nova::simulator {

bool mailbox::take_message(const std::string& id) {
  if (live_.contains(id))
    return true;
  auto place = source_.ids().find_message(id);
  if (!place || !generated(place->thread) || place->index >= source_.messages(place->thread))
    return false;
  take(place->thread);
  return true;
}

bool mailbox::take_thread(const std::string& id) {
  if (live_threads_.contains(id))
    return true;
  auto thread = source_.ids().find_thread(id);
  if (!thread || !generated(*thread))
    return false;
  take(*thread);
  return true;
}

void mailbox::take(uint64_t thread) {
  auto messages = generated_thread(thread);
  taken_.insert(thread);
  // Places stay what they were, so that who is paging meets each message once.
  for (uint32_t index = 0; index < messages.size(); ++index)
    insert(std::move(messages[index]), thread, index);
}

uint64_t mailbox::rank_of(const std::string& thread_id) {
  if (auto known = live_threads_.find(thread_id); known != live_threads_.end())
    return known->second.rank;
  return source_.threads() + made_++;
}

void mailbox::insert(message_record message, uint64_t rank, uint32_t index) {
  const position place{message.date, rank, index};
  auto& thread = live_threads_[message.thread_id];
  thread.rank = rank;
  thread.messages.insert(place);
  place_thread(message.thread_id, thread);
  live_order_.emplace(place, message.id);
  auto id = message.id;
  live_.insert_or_assign(std::move(id), live_message{std::move(message), place});
}

message_record mailbox::extract(const std::string& id) {
  auto node = live_.extract(id);
  auto& [record, place] = node.mapped();
  live_order_.erase(place);
  auto thread = live_threads_.find(record.thread_id);
  thread->second.messages.erase(place);
  if (thread->second.messages.empty()) {
    live_thread_order_.erase(thread->second.place);
    live_threads_.erase(thread);
  } else {
    place_thread(thread->first, thread->second);
  }
  return std::move(record);
}

void mailbox::place_thread(const std::string& thread_id, live_thread& thread) {
  auto known = live_thread_order_.find(thread.place);
  if (known != live_thread_order_.end() && known->second == thread_id)
    live_thread_order_.erase(known);
  thread.place = {thread.messages.begin()->date, thread.rank, 0};
  live_thread_order_.emplace(thread.place, thread_id);
}

std::optional<message_record> mailbox::add(message_record message) {
  std::unique_lock lock{mutex_};
  if (!message.thread_id.empty() && !take_thread(message.thread_id))
    return std::nullopt;
  if (!message.id.empty() && look_up(message.id))
    return std::nullopt;
  const auto number = source_.threads() + made_++;
  if (message.id.empty())
    message.id = source_.ids().message_id({number, 0});
  if (message.thread_id.empty())
    message.thread_id = source_.ids().thread_id(number);
  auto added = message;
  insert(std::move(message), rank_of(added.thread_id), ++inserted_);
  return added;
}

std::optional<message_record> mailbox::change(const std::string& id,
                                              const std::function<void(message_record&)>& edit) {
  std::unique_lock lock{mutex_};
  if (!take_message(id))
    return std::nullopt;
  const auto place = live_.at(id).place;
  auto message = extract(id);
  const auto thread_id = message.thread_id;
  edit(message);
  message.id = id;
  message.thread_id = thread_id;
  auto changed = message;
  insert(std::move(message), place.rank, place.index);
  return changed;
}

std::optional<message_record> mailbox::remove(const std::string& id) {
  std::unique_lock lock{mutex_};
  if (!take_message(id))
    return std::nullopt;
  return extract(id);
}

std::optional<message_record> mailbox::change_id(const std::string& id, int64_t now_ms) {
  std::unique_lock lock{mutex_};
  if (!take_message(id))
    return std::nullopt;
  const auto place = live_.at(id).place;
  auto message = extract(id);
  message.id = source_.ids().message_id({source_.threads() + made_++, 0});
  message.came_at_ms = now_ms;
  auto changed = message;
  insert(std::move(message), place.rank, place.index);
  return changed;
}

std::optional<message_record> mailbox::regroup(const std::string& id,
                                               const std::string& thread_id) {
  std::unique_lock lock{mutex_};
  if (!take_message(id) || (!thread_id.empty() && !take_thread(thread_id)))
    return std::nullopt;
  // The target must still be there when the message was its only one.
  if (live_.at(id).record.thread_id == thread_id)
    return live_.at(id).record;
  auto message = extract(id);
  message.thread_id =
    thread_id.empty() ? source_.ids().thread_id(source_.threads() + made_++) : thread_id;
  auto changed = message;
  insert(std::move(message), rank_of(changed.thread_id), ++inserted_);
  return changed;
}

} // namespace nova::simulator
