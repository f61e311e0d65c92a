#pragma once

#include "app/readiness.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace nova::app {

/// How the program that started us wants to be told what state we are in: systemd's protocol of
/// `sd_notify(3)`, a datagram of `NAME=value` lines to a Unix socket.
struct service_manager_settings {
  /// `$NOTIFY_SOCKET`: a path, or `@name` for an abstract socket. Empty: nobody wants to know.
  std::string socket;
  /// `$WATCHDOG_USEC`: it ends us when it heard nothing for so long. Empty: it does not.
  std::optional<std::chrono::microseconds> watchdog;
};

/// What the environment says. `$WATCHDOG_USEC` counts only when `$WATCHDOG_PID` is this process or
/// is not set.
service_manager_settings service_manager_of_environment();

/// Sends one datagram and never waits. False when nobody took it.
bool notify_service_manager(const std::string& socket, const std::string& lines);

/// What the manager should hear next. Knows no socket and no clock of its own.
class service_report {
public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit service_report(std::optional<std::chrono::microseconds> watchdog);

  /// The lines to send now, empty when there is no news. `reasons` are why the node cannot work;
  /// `last_tick` is when its actors last moved. The watchdog is fed three times a period, and not
  /// when the actors were silent for half a period: the manager then starts the node anew.
  std::string next(time_point now, const std::vector<std::string>& reasons, time_point last_tick);
  /// The same once the node was told to stop: its actors end, so their silence means nothing.
  std::string stopping(time_point now);

private:
  std::string feed(time_point now);

  std::optional<std::chrono::microseconds> watchdog_;
  std::optional<time_point> fed_;
  std::string status_;
  bool ready_ = false, stopping_ = false;
};

/// Keeps the service manager informed, on a thread of its own: one second between two looks, or
/// less when the watchdog is shorter. Does nothing when there is no manager.
class service_manager {
public:
  service_manager(service_manager_settings settings, std::shared_ptr<const readiness_board> board);
  ~service_manager();

  service_manager(const service_manager&) = delete;
  service_manager& operator=(const service_manager&) = delete;

  /// Says that the node stops. The watchdog is fed on, the manager's time limit for a stop counts.
  void stopping();

private:
  void run();
  void tell(const std::string& lines);

  service_manager_settings settings_;
  std::shared_ptr<const readiness_board> board_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false, ended_ = false;
  bool deaf_ = false; // the last datagram was not taken; said once
  std::thread thread_;
};

} // namespace nova::app
