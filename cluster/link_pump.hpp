#pragma once

#include "cluster/link_channel.hpp"
#include "http/listen_socket.hpp"

#include <list>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace nova::cluster {

/// Carries the bytes of links to and from CAF, which knows neither TLS nor a bound for what a peer
/// announces (`frame_guard`): one thread for all links of a node, at most 64 KiB in hand for each
/// direction of each. What ends one side ends the other.
class link_pump {
public:
  link_pump();
  ~link_pump();

  link_pump(const link_pump&) = delete;
  link_pump& operator=(const link_pump&) = delete;

  /// Takes over an open channel; returns the plain end for CAF. Thread-safe.
  [[nodiscard]] http::unique_fd carry(std::unique_ptr<link_channel> channel);

private:
  struct pair;

  void run();
  void adopt();
  static bool move(pair& which);

  http::unique_fd wake_;
  std::mutex mutex_;
  bool stopping_ = false;
  std::vector<std::unique_ptr<pair>> added_;
  std::list<std::unique_ptr<pair>> pairs_; // of the thread
  std::thread thread_;
};

} // namespace nova::cluster
