#include "actors/listed_days.hpp"

#include "mail/day_range.hpp"
#include "nylas/digest.hpp"

#include <algorithm>
#include <string>

namespace nova {
namespace {

void combine(std::array<uint8_t, 32>& into, const std::array<uint8_t, 32>& other) {
  for (size_t i = 0; i < into.size(); ++i)
    into[i] ^= other[i];
}

int64_t day_start(int64_t date) {
  auto into_day = date % day_seconds;
  return date - (into_day < 0 ? into_day + day_seconds : into_day);
}

/// A page has few days, so they are searched.
pg::listed_day& day_of(pg::listed_window& window, int64_t start) {
  auto found = std::ranges::find(window.days, start, &pg::listed_day::start);
  return found == window.days.end() ? window.days.emplace_back(pg::listed_day{start, 0, {}, {}})
                                    : *found;
}

void count(pg::listed_window& window, const email_message& message) {
  auto& counted = day_of(window, day_start(*message.date));
  ++counted.listed;
  auto id = nylas::sha256(message.id.value);
  combine(counted.ids, id);
  std::string content{reinterpret_cast<const char*>(id.data()), id.size()};
  combine(counted.content, nylas::sha256(content + message.core_hash + message.extra_hash));
}

} // namespace

pg::listed_window listed_on(const discovered_page& page, const backfill_window& bounds) {
  pg::listed_window window{true, !page.rejected.empty(), {}};
  for (const auto& message : page.messages)
    if (message.date && *message.date >= bounds.start
        && (bounds.end == 0 || *message.date < bounds.end))
      count(window, message);
  return window;
}

void add_listed(pg::listed_window& window, const pg::listed_window& others) {
  window.counted = window.counted || others.counted;
  window.spoiled = window.spoiled || others.spoiled;
  for (const auto& other : others.days) {
    auto& counted = day_of(window, other.start);
    counted.listed += other.listed;
    combine(counted.ids, other.ids);
    combine(counted.content, other.content);
  }
}

} // namespace nova
