#pragma once

namespace nova::app {

/// While one exists, the first SIGINT or SIGTERM does not end the program but `wait`; a second one
/// of its kind ends it. For a program whose threads run already, so that blocking the signals comes
/// too late. One at a time.
class stop_signal {
public:
  /// Throws `std::system_error`.
  stop_signal();
  ~stop_signal();

  stop_signal(const stop_signal&) = delete;
  stop_signal& operator=(const stop_signal&) = delete;

  /// Returns when a signal has come, also before the call.
  void wait();

  /// Whether one has come that nobody waited for.
  [[nodiscard]] bool came() const;
};

} // namespace nova::app
