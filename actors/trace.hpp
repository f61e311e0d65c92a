#pragma once

#include "base/clock.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace nova {

/// Who an actor is on its node: `kind/key`, below `parent`. The node's name is added by who prints
/// it.
struct actor_name {
  std::string kind;
  std::string key;    // may be empty when there is one of the kind
  std::string parent; // `kind/key` of who started it; empty for the root

  /// `kind/key`, or `kind` alone when there is no key.
  [[nodiscard]] std::string path() const;
};

/// One thing that happened: a message that an actor handled. Never what was in it.
struct trace_event {
  base::wall_time at;
  std::string actor;
  uint16_t message = 0; // its type, as the actor framework numbers it
  std::string from;     // the kind of who sent it, when that is known
  std::chrono::microseconds took{0};
  std::string doing; // what the actor says of itself after it
};

/// What a follower wants to see; an empty field lets everything pass.
struct trace_filter {
  std::string kind;
  std::string key;
  /// In the actor's key or in what it says that it does: an id of a thread, a configuration, a
  /// notification.
  std::string about;

  [[nodiscard]] bool takes(const actor_name& name, std::string_view doing) const;
};

/// Where actors report to who follows them. While nobody does it costs one relaxed load a message.
/// Thread-safe.
class trace_tap {
public:
  /// A subscription, which ends with its object, and sleeps when nobody took from it for some
  /// seconds: who follows may be gone without a word. Keeps at most 1,000 events that were not
  /// taken; what comes beyond is counted and dropped.
  class follower {
  public:
    ~follower();
    follower(const follower&) = delete;
    follower& operator=(const follower&) = delete;

    /// What came since the last call, oldest first, at most so many.
    [[nodiscard]] std::vector<trace_event> take(size_t at_most);
    [[nodiscard]] uint64_t dropped() const;

  private:
    friend class trace_tap;
    struct shared;
    follower(std::shared_ptr<shared> mine, trace_tap& tap) : mine_(std::move(mine)), tap_(tap) {}
    std::shared_ptr<shared> mine_;
    trace_tap& tap_;
  };

  trace_tap();
  ~trace_tap();
  trace_tap(const trace_tap&) = delete;
  trace_tap& operator=(const trace_tap&) = delete;

  /// The tap must outlive the follower.
  [[nodiscard]] std::unique_ptr<follower> follow(trace_filter filter);

  [[nodiscard]] bool watched() const noexcept {
    return followers_.load(std::memory_order_relaxed) != 0;
  }

  void offer(const actor_name& name, const trace_event& event);

private:
  void enter(const std::shared_ptr<follower::shared>& who);

  std::atomic<uint32_t> followers_{0};
  std::mutex mutex_;
  std::vector<std::shared_ptr<follower::shared>> all_;
};

} // namespace nova
