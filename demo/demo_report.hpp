#pragma once

#include "app/child_process.hpp"
#include "app/verification.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::demo {

/// What a demo found out.
struct demo_summary {
  uint64_t threads = 0, messages = 0, api_calls = 0, failed = 0;
  double seconds = 0;
  app::child_process::usage worker;
  uint32_t kills = 0;             // that really happened while the backfill ran
  uint32_t database_restarts = 0; // while webhooks arrived
  bool completed = false;
  bool completed_once = false; // one move to completed, and statistics that are what the rows say
  uint64_t changes_meanwhile = 0;     // of the mailbox, while the backfill ran
  uint64_t changes = 0;               // afterwards
  uint64_t webhooks = 0;              // POSTs that were answered with 200
  uint64_t notifications = 0;         // different ones among them
  uint64_t notifications_lost = 0;    // answered with 200, and not in the database
  uint64_t notifications_pending = 0; // in the database, and still without effect
  uint64_t webhooks_given_up = 0;     // never answered with 200, and not repeated any more
  uint64_t webhooks_dropped = 0;      // too many waited in the simulator
  double webhook_p50_ms = 0, webhook_p99_ms = 0; // from the POST to the commit of the effect
  app::verification compared;

  /// Everything that was promised is true.
  [[nodiscard]] bool verified() const {
    return completed && completed_once && notifications_lost == 0 && notifications_pending == 0
           && compared.equal();
  }
};

/// What a demo says while it runs, on standard error: nothing with --json, a moving line on a
/// terminal only.
class demo_display {
public:
  explicit demo_display(bool json);

  void say(const std::string& text) const;
  /// Draws over the line that was drawn last; see `app::progress_line`.
  void draw(double share, const std::vector<std::string>& words);
  /// The drawn line stays as it is.
  void end_line();

private:
  bool quiet_;
  bool moving_;
  bool drawn_ = false;
};

void print_demo_json(const demo_summary& result);
void print_demo_text(const demo_summary& result);

} // namespace nova::demo
