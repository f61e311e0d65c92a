#pragma once

#include "base/bad_input.hpp"
#include "simulator/changes.hpp"
#include "simulator/notification_payloads.hpp"
#include "simulator/world.hpp"

#include <tl/expected.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace nova::simulator {

/// How often each kind of change comes, as weights.
struct live_mix {
  double create = 3; // a message that starts a thread
  double reply = 3;  // a message in a thread that is there
  double edit = 3;   // unread or starred is turned
  double move = 1;   // into another folder; the id changes where the mailbox does so
  double remove = 1;
  double change_id = 0;  // a move after which the message has another id, whatever the mailbox does
  double split = 0;      // the last message of a thread leaves it
  double merge = 0;      // a thread is taken into one that is as long or longer
  double draft_sent = 0; // a draft becomes a sent message with another id
};

struct live_options {
  double rate = 10; // changes a second; 0: as fast as it goes
  uint64_t count = 100;
  live_mix mix;
  /// Share of replies that also tell `thread.replied`.
  double thread_replied = 0.1;
  distortion how;
  /// Empty: all grants in turn.
  std::string grant;
};

/// Reads what `POST /sim/live` is given (docs/simulator.md); what the text does not name is as in
/// `defaults`.
tl::expected<live_options, base::bad_input> read_live_options(const std::string& text,
                                                              const live_options& defaults = {});

struct live_progress {
  bool running = false;
  uint64_t done = 0;
  uint64_t count = 0;
};

/// One change of that mix; which one depends on `drawn` alone, and on what the mailbox holds.
void change_something(changes change, grant_state& grant, const live_options& options,
                      uint64_t drawn);

/// Makes changes at a rate, a bounded number of them, on a thread of its own. Any thread may call.
class live_generator {
public:
  /// `crowded`: true while changes must wait, because those that were made are not told of yet.
  live_generator(world& in, std::function<bool()> crowded);
  ~live_generator();

  live_generator(const live_generator&) = delete;
  live_generator& operator=(const live_generator&) = delete;

  /// False when one is running already.
  bool start(const live_options& options);
  void stop();
  [[nodiscard]] live_progress progress() const;

private:
  class implementation;
  std::unique_ptr<implementation> implementation_;
};

} // namespace nova::simulator
