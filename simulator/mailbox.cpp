#include "simulator/mailbox.hpp"

#include "simulator/random.hpp"

#include <algorithm>
#include <mutex>

namespace nova::simulator {
namespace {

bool same_letters(char a, char b) {
  auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return lower(a) == lower(b);
}

bool contains(std::string_view text, std::string_view part) {
  return std::search(text.begin(), text.end(), part.begin(), part.end(), same_letters)
         != text.end();
}

bool has_one_of(const std::vector<address>& people, const std::vector<std::string>& emails) {
  return std::any_of(people.begin(), people.end(), [&](const address& one) {
    return std::any_of(emails.begin(), emails.end(), [&](const std::string& email) {
      return email.size() == one.email.size() && contains(one.email, email);
    });
  });
}

/// The flags that a sketch has as well as a record.
bool flags_match(const message_filter& filter, bool unread, bool starred, bool has_attachments) {
  return filter.unread.value_or(unread) == unread && filter.starred.value_or(starred) == starred
         && filter.has_attachments.value_or(has_attachments) == has_attachments;
}

} // namespace

bool message_filter::needs_record() const {
  return !in.empty() || !subject.empty() || !any_email.empty() || !from.empty() || !to.empty()
         || !cc.empty() || !bcc.empty();
}

bool matches(const message_filter& filter, const message_record& message) {
  if (!flags_match(filter, message.unread, message.starred, !message.attachments.empty()))
    return false;
  auto in_folder = [&](const std::string& id) {
    return std::find(message.folders.begin(), message.folders.end(), id) != message.folders.end();
  };
  if (!filter.in.empty() && std::none_of(filter.in.begin(), filter.in.end(), in_folder))
    return false;
  if (!filter.subject.empty() && !contains(message.subject, filter.subject))
    return false;
  if (!filter.any_email.empty() && !has_one_of(message.from, filter.any_email)
      && !has_one_of(message.to, filter.any_email) && !has_one_of(message.cc, filter.any_email)
      && !has_one_of(message.bcc, filter.any_email))
    return false;
  return (filter.from.empty() || has_one_of(message.from, filter.from))
         && (filter.to.empty() || has_one_of(message.to, filter.to))
         && (filter.cc.empty() || has_one_of(message.cc, filter.cc))
         && (filter.bcc.empty() || has_one_of(message.bcc, filter.bcc));
}

mailbox::mailbox(generator source, uint64_t seed) : source_(std::move(source)), seed_(seed) {}

bool mailbox::generated(uint64_t thread) const {
  return thread < source_.threads() && !taken_.contains(thread);
}

std::vector<message_record> mailbox::generated_thread(uint64_t thread) const {
  std::vector<message_record> out;
  const uint32_t count = source_.messages(thread);
  out.reserve(count);
  for (uint32_t i = 0; i < count; ++i)
    out.push_back(source_.record({thread, i}));
  return out;
}

std::vector<message_record> mailbox::live_records(const live_thread& thread) const {
  std::vector<message_record> out;
  out.reserve(thread.messages.size());
  for (auto place = thread.messages.rbegin(); place != thread.messages.rend(); ++place)
    out.push_back(live_.at(live_order_.at(*place)).record);
  return out;
}

std::optional<message_record> mailbox::look_up(const std::string& id) const {
  if (auto known = live_.find(id); known != live_.end())
    return known->second.record;
  auto place = source_.ids().find_message(id);
  if (!place || !generated(place->thread) || place->index >= source_.messages(place->thread))
    return std::nullopt;
  return source_.record(*place);
}

std::optional<message_record> mailbox::find_message(const std::string& id) const {
  std::shared_lock lock{mutex_};
  return look_up(id);
}

std::vector<message_record> mailbox::find_thread(const std::string& id) const {
  std::shared_lock lock{mutex_};
  if (auto known = live_threads_.find(id); known != live_threads_.end())
    return live_records(known->second);
  auto thread = source_.ids().find_thread(id);
  if (!thread || !generated(*thread))
    return {};
  return generated_thread(*thread);
}

std::vector<position> mailbox::list_threads(const message_filter& filter, position start,
                                            size_t count) const {
  std::shared_lock lock{mutex_};
  std::vector<position> out;
  const bool any =
    !filter.needs_record() && !(filter.unread || filter.starred || filter.has_attachments);
  auto wanted = [&](const std::vector<message_record>& messages) {
    return any || std::any_of(messages.begin(), messages.end(), [&](const auto& message) {
             return matches(filter, message);
           });
  };
  uint64_t thread = source_.first_thread_at(std::min(filter.date_max, start.date));
  for (; thread < source_.threads() && out.size() < count; ++thread) {
    const position place{source_.thread_date(thread), thread, 0};
    if (place.date < filter.date_min)
      break;
    if (start < place && generated(thread) && (any || wanted(generated_thread(thread))))
      out.push_back(place);
  }
  size_t live = 0;
  const position from = std::max(start, position{filter.date_max, 0, 0});
  for (auto at = live_thread_order_.lower_bound(from); at != live_thread_order_.end(); ++at) {
    if (live == count || at->first.date < filter.date_min)
      break;
    if (!(start < at->first) || !wanted(live_records(live_threads_.at(at->second))))
      continue;
    out.push_back(at->first);
    ++live;
  }
  std::sort(out.begin(), out.end());
  out.resize(std::min(out.size(), count));
  return out;
}

void mailbox::walk_messages(const message_filter& filter, position start, size_t count,
                            std::vector<position>& out) const {
  const int64_t date_max = std::min(filter.date_max, start.date);
  const bool needs_record = filter.needs_record();
  // Threads overlap in time: one whose latest message is too new may still have older ones. `out`
  // is a heap of the best so far, the worst of them on top.
  const int64_t lasts = source_.thread_lasts_max();
  constexpr int64_t forever = std::numeric_limits<int64_t>::max();
  uint64_t thread =
    source_.first_thread_at(date_max > forever - lasts ? forever : date_max + lasts);
  for (; thread < source_.threads(); ++thread) {
    const int64_t latest = source_.thread_date(thread);
    if (latest < filter.date_min || (out.size() == count && latest < out.front().date))
      break;
    if (!generated(thread))
      continue;
    const uint32_t messages = source_.messages(thread);
    for (uint32_t index = 0; index < messages; ++index) {
      const auto known = source_.sketch({thread, index});
      const position place{known.date, thread, index};
      if (known.date < filter.date_min || known.date > filter.date_max || !(start < place)
          || (out.size() == count && !(place < out.front()))
          || !flags_match(filter, known.unread, known.starred, known.has_attachments)
          || (needs_record && !matches(filter, source_.record({thread, index}))))
        continue;
      if (out.size() == count) {
        std::pop_heap(out.begin(), out.end());
        out.pop_back();
      }
      out.push_back(place);
      std::push_heap(out.begin(), out.end());
    }
  }
}

std::vector<position> mailbox::list_messages(const message_filter& filter, position start,
                                             size_t count) const {
  std::shared_lock lock{mutex_};
  std::vector<position> out;
  if (count == 0)
    return out;
  walk_messages(filter, start, count, out);
  size_t live = 0;
  for (auto at = live_order_.upper_bound(start); at != live_order_.end() && live < count; ++at) {
    if (at->first.date > filter.date_max)
      continue;
    if (at->first.date < filter.date_min)
      break;
    if (!matches(filter, live_.at(at->second).record))
      continue;
    out.push_back(at->first);
    ++live;
  }
  std::sort(out.begin(), out.end());
  out.resize(std::min(out.size(), count));
  return out;
}

std::vector<message_record> mailbox::thread_at(position place) const {
  std::shared_lock lock{mutex_};
  if (generated(place.rank))
    return generated_thread(place.rank);
  auto at = live_thread_order_.find(place);
  if (at == live_thread_order_.end())
    return {};
  return live_records(live_threads_.at(at->second));
}

std::optional<message_record> mailbox::message_at(position place) const {
  std::shared_lock lock{mutex_};
  if (generated(place.rank))
    return source_.record({place.rank, place.index});
  auto at = live_order_.find(place);
  if (at == live_order_.end())
    return std::nullopt;
  return live_.at(at->second).record;
}

uint64_t mailbox::visit(uint64_t offset, uint64_t limit,
                        const std::function<void(const message_record&)>& see) const {
  std::shared_lock lock{mutex_};
  const uint64_t end = limit > std::numeric_limits<uint64_t>::max() - offset
                         ? std::numeric_limits<uint64_t>::max()
                         : offset + limit;
  uint64_t number = 0;
  for (uint64_t thread = 0; thread < source_.threads(); ++thread) {
    if (!generated(thread))
      continue;
    const uint32_t count = source_.messages(thread);
    const uint64_t first = std::max(offset, number);
    const uint64_t last = std::min(end, number + count);
    for (uint64_t wanted = first; wanted < last; ++wanted)
      see(source_.record({thread, static_cast<uint32_t>(wanted - number)}));
    number += count;
  }
  for (const auto& [place, id] : live_order_) {
    if (number >= offset && number < end)
      see(live_.at(id).record);
    ++number;
  }
  return number;
}

std::optional<message_record> mailbox::pick(uint64_t drawn) const {
  std::shared_lock lock{mutex_};
  const uint64_t all = source_.threads() + live_.size();
  if (all == 0)
    return std::nullopt;
  // A thread that is in memory by now is not tried again: then a live message is taken.
  for (uint64_t tries = 0; tries < 16; ++tries) {
    const uint64_t thread = draw(drawn, tries) % all;
    if (generated(thread))
      return source_.record(
        {thread, static_cast<uint32_t>(draw(drawn, tries, 1) % source_.messages(thread))});
    if (thread >= source_.threads())
      break;
  }
  if (live_order_.empty())
    return std::nullopt;
  const int64_t newest = live_order_.begin()->first.date;
  const auto range = static_cast<uint64_t>(newest - live_order_.rbegin()->first.date) + 1;
  const position probe{newest - static_cast<int64_t>(draw(drawn, 99) % range), 0, ~uint32_t{0}};
  auto at = live_order_.lower_bound(probe);
  return live_.at((at == live_order_.end() ? live_order_.begin() : at)->second).record;
}

} // namespace nova::simulator
