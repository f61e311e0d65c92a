#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace nova {

/// What is in a mailbox by type, and since when: CAF lets nobody look into one, so it is counted
/// what comes and what goes, some nanoseconds a message. Never what a message says.
class mailbox_account {
public:
  /// Of one type.
  struct part {
    uint16_t type = 0; // see `number_of_type`; 0: all others
    uint64_t waiting = 0;
  };

  /// A message came, as the `number`-th, when so many had been handled. Any thread.
  void came(uint64_t number, uint64_t handled, uint16_t type) noexcept;
  /// It was handled. The actor's thread.
  void went(uint16_t type) noexcept;

  /// The most frequent first. Any thread.
  [[nodiscard]] std::vector<part> parts() const;
  /// When the `next`-th message came, or at the earliest, in microseconds since 1970; exact while
  /// few wait, of many to a quarter of the time that they cover. 0: not known. Any thread.
  [[nodiscard]] int64_t came_at(uint64_t next) const noexcept;

private:
  struct place {
    std::atomic<uint16_t> type{0};
    std::atomic<int32_t> waiting{0};
  };
  struct mark {
    uint64_t number = 0;
    int64_t at = 0;
  };

  std::atomic<int32_t>& place_of(uint16_t type) noexcept;

  std::array<place, 8> places_;
  std::atomic<int32_t> others_{0};
  // When some of those that wait came, in order; `marking_` guards them.
  mutable std::atomic_flag marking_;
  std::array<mark, 8> marks_;
  size_t count_ = 0;
  std::atomic<uint64_t> stride_{1}, next_{1}; // between marks; the next that is worth one
};

} // namespace nova
