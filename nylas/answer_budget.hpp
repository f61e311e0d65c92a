#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>

namespace nova::nylas {

/// The bytes of all answers that a node has in hand: those that come in, and those that were given
/// out and are still worked on. Who was given an answer keeps its share as long as that takes.
class answer_budget : public std::enable_shared_from_this<answer_budget> {
public:
  /// Keeps its bytes counted until the last copy is gone.
  using share = std::shared_ptr<const void>;

  explicit answer_budget(size_t bytes_max) : max_(bytes_max) {}

  /// Called when bytes become free after somebody had to wait; on any thread. Empty: no more.
  void on_room(std::function<void()> call);

  [[nodiscard]] bool has_room(size_t bytes) const noexcept {
    return used_ + bytes <= max_;
  }
  /// Nothing is with those who were given answers: only what comes in can make room.
  [[nodiscard]] bool nothing_given() const noexcept {
    return given_ == 0;
  }

  void take(size_t bytes) noexcept {
    used_ += bytes;
  }
  void put_back(size_t bytes);
  /// Turns bytes that were taken into somebody's share.
  [[nodiscard]] share give(size_t bytes);
  /// Somebody waits for room.
  void want() noexcept {
    wanted_ = true;
  }

private:
  size_t max_;
  std::atomic<size_t> used_{0}, given_{0};
  std::atomic<bool> wanted_{false};
  std::mutex mutex_;
  std::function<void()> on_room_;
};

} // namespace nova::nylas
