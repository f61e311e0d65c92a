#pragma once

#include "actors/backfill_parts.hpp"
#include "actors/observed_actor.hpp"
#include "mail/mailbox_survey.hpp"
#include "messages/timer.hpp"

#include <caf/actor_addr.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace nova {

/// Has the windows of one configuration listed, each by a `window_lister`.
using backfill_actor = untold_actor;

/// What one `backfill` is for.
struct backfill_task {
  config_id config;
  int64_t token = 0; // of the lease under which it works; 0: none is needed
};

/// Has the mail of one configuration listed: claims its windows one by one and spawns a
/// `window_lister` for each, on the nodes that list, where fewest of its own are. What a lost node
/// listed is claimed again at once and goes on elsewhere from its checkpoint. When all windows of a
/// leg or a pass are listed it asks what is left, until nothing is.
struct backfill_state : observed {
  static inline const char* name = "backfill";

  explicit backfill_state(backfill_actor::pointer self) : observed(self), self(self) {}

  void open();
  void child_down(const caf::actor_addr& child, const caf::error& reason);
  bool child_exited(const caf::actor_addr& child);

  backfill_actor::pointer self;
  config_id config;
  backfill_needs needs;
  backfill_settings settings;
  std::mt19937_64 random;
  int64_t token = 0;                    // of its lease; 0: none is needed
  std::vector<backfill_window> planned; // newest last

private:
  struct listed_window {
    backfill_window window;
    std::string host;
    directory_slot entry;
    caf::strong_actor_ptr held; // who only waits for another node is held by nobody else
  };

  void plan(std::vector<backfill_window>&& windows);
  void begin_survey(const backfill_config& of);
  void survey_next();
  void end_survey();
  void start_windows();
  void start(backfill_window&& window);
  [[nodiscard]] window_host choose(const std::set<std::string>& refused) const;
  void spawn(const backfill_window& window, const window_host& host);
  caf::strong_actor_ptr place(const backfill_window& window, const peer& there,
                              const directory_slot& entry);
  void window_ended(const listed_window& ended, const caf::error& reason);
  void look_after(std::chrono::milliseconds delay);
  void give_up(const std::string& reason);

  std::map<caf::actor_addr, listed_window> active_;
  std::set<caf::actor_addr> half_gone_;   // crashed; one of the two tidings is still to come
  std::set<std::string> refused_;         // hosts that took nothing the last time
  std::map<std::string, uint32_t> asked_; // windows that are being claimed, by host
  std::optional<mailbox_survey> survey_;  // while it is made
  backfill_config surveyed_;
  bool survey_begun_ = false;
  bool survey_first_ = false; // no window is listed before
  uint32_t failures_ = 0;     // in a row
  timer pause_{self};         // before windows are started
  bool ending_ = false;
};

backfill_actor::behavior_type backfill(observed_pointer<backfill_actor, backfill_state> self,
                                       directory_slot slot, backfill_task task,
                                       backfill_needs needs, backfill_settings settings);

} // namespace nova
