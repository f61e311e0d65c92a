#pragma once

#include <functional>
#include <mutex>
#include <utility>

namespace nova::http {

/// Has a stream asked for its next piece at once, instead of at its next turn. Outlives neither:
/// the stream may have ended, and may not have begun.
class stream_waker {
public:
  /// Any thread.
  void wake() {
    std::lock_guard guard{mutex_};
    if (wake_)
      wake_();
  }

  /// For the server: how its connection is woken; nothing when it is gone.
  void attach(std::function<void()> wake) {
    std::lock_guard guard{mutex_};
    wake_ = std::move(wake);
  }

private:
  std::mutex mutex_;
  std::function<void()> wake_;
};

} // namespace nova::http
