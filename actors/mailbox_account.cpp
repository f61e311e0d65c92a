#include "actors/mailbox_account.hpp"

#include "base/clock.hpp"

#include <algorithm>

// Marks are notes of when a message came. When there is no room for one more, every second goes and
// they are taken half as often, so that eight of them cover a mailbox of any length; those of what
// was handled go as new ones come. A mark that two threads want at once is left out by one of them.
namespace nova {

std::atomic<int32_t>& mailbox_account::place_of(uint16_t type) noexcept {
  if (type != 0)
    for (auto& one : places_) {
      auto seen = one.type.load(std::memory_order_relaxed);
      if (seen == type || (seen == 0 && one.type.compare_exchange_strong(seen, type))
          || seen == type)
        return one.waiting;
    }
  return others_;
}

void mailbox_account::came(uint64_t number, uint64_t handled, uint16_t type) noexcept {
  place_of(type).fetch_add(1, std::memory_order_relaxed);
  auto waiting = number - std::min(number, handled);
  // After a long mailbox was emptied the marks are far apart.
  auto far = waiting <= stride_.load(std::memory_order_relaxed);
  if ((number < next_.load(std::memory_order_relaxed) && !far)
      || marking_.test_and_set(std::memory_order_acquire))
    return;
  auto* begin = marks_.data();
  size_t gone = 0;
  while (gone + 1 < count_ && begin[gone + 1].number <= handled + 1)
    ++gone;
  std::copy(begin + gone, begin + count_, begin);
  count_ -= gone;
  auto stride = far ? 1 : stride_.load(std::memory_order_relaxed);
  if (count_ == marks_.size()) {
    for (count_ = 0; 2 * count_ < marks_.size(); ++count_)
      begin[count_] = begin[2 * count_];
    stride *= 2;
  }
  if (count_ == 0 || number >= begin[count_ - 1].number + stride)
    begin[count_++] = {number, base::wall_now().time_since_epoch().count()};
  stride_.store(stride, std::memory_order_relaxed);
  next_.store(begin[count_ - 1].number + stride, std::memory_order_relaxed);
  marking_.clear(std::memory_order_release);
}

void mailbox_account::went(uint16_t type) noexcept {
  place_of(type).fetch_sub(1, std::memory_order_relaxed);
}

std::vector<mailbox_account::part> mailbox_account::parts() const {
  std::vector<part> all;
  auto add = [&](uint16_t type, int32_t waiting) {
    if (waiting > 0)
      all.push_back({type, static_cast<uint64_t>(waiting)});
  };
  for (const auto& one : places_)
    add(one.type.load(std::memory_order_relaxed), one.waiting.load(std::memory_order_relaxed));
  add(0, others_.load(std::memory_order_relaxed));
  std::ranges::stable_sort(all, std::ranges::greater{}, &part::waiting);
  return all;
}

int64_t mailbox_account::came_at(uint64_t next) const noexcept {
  constexpr int tries_max = 100; // a mark takes some nanoseconds
  for (int i = 0; marking_.test_and_set(std::memory_order_acquire); ++i)
    if (i == tries_max)
      return 0;
  int64_t at = count_ == 0 ? 0 : marks_.front().at;
  for (size_t i = 1; i < count_ && marks_.at(i).number <= next; ++i)
    at = marks_.at(i).at;
  marking_.clear(std::memory_order_release);
  return at;
}

} // namespace nova
