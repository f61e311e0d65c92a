#include "actors/awaited_answers.hpp"

#include "base/clock.hpp"

namespace nova {

void awaited_answers::asked(uint64_t id, const char* whom, uint16_t what) noexcept {
  count_.fetch_add(1, std::memory_order_relaxed);
  for (auto& one : places_)
    if (one.id.load(std::memory_order_relaxed) == 0) {
      one.what.store(what, std::memory_order_relaxed);
      one.whom.store(whom, std::memory_order_relaxed);
      one.since.store(base::wall_now().time_since_epoch().count(), std::memory_order_relaxed);
      one.id.store(id, std::memory_order_release);
      return;
    }
}

void awaited_answers::answered(uint64_t id) noexcept {
  count_.fetch_sub(1, std::memory_order_relaxed);
  for (auto& one : places_)
    if (one.id.load(std::memory_order_relaxed) == id)
      return one.id.store(0, std::memory_order_relaxed);
}

awaited_answers::oldest awaited_answers::look() const noexcept {
  oldest found;
  found.count = count_.load(std::memory_order_relaxed);
  for (const auto& one : places_) {
    auto id = one.id.load(std::memory_order_acquire);
    auto since = one.since.load(std::memory_order_relaxed);
    if (id == 0 || (found.since != 0 && since >= found.since))
      continue;
    auto what = one.what.load(std::memory_order_relaxed);
    const auto* whom = one.whom.load(std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_acquire);
    if (one.id.load(std::memory_order_relaxed)
        == id) // the place was not taken by another meanwhile
      found = {found.count, since, what, whom};
  }
  return found;
}

} // namespace nova
