#pragma once

#include "actors/discovery.hpp"
#include "actors/lease_board.hpp"
#include "actors/observation.hpp"
#include "actors/observed_actor.hpp"
#include "messages/grants.hpp"
#include "messages/hints.hpp"
#include "messages/links.hpp"
#include "messages/mail_store.hpp"
#include "messages/work.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>

namespace nova {

struct backfill_settings {
  /// BACKFILL_STRATEGY.
  discovery_strategy strategy = discovery_strategy::threads;
  /// Threads a page; the API takes at most 50.
  int page_limit = 50;
  /// Messages a page, where they are listed; the API takes at most 200.
  int messages_page_limit = 100;
  /// Windows listed at one time. Providers that allow few calls get fewer through their grant's
  /// pace.
  uint32_t windows_parallel = 4;
  /// Failures in a row before the attempt counts as failed.
  uint32_t failures_max = 6;
};

struct backfill_links {
  backfill_database_actor database;
  grants_actor grants;
  discovery_hint_actor hints;                 // of a durable page, and of the end; may be null
  std::shared_ptr<base::directory> directory; // where its children are entered; may be null
  std::shared_ptr<lease_board> leases = {};   // null: this node is alone, none is needed
  mail_store_actor store = {};                // for the strategy `messages`
  /// The linked node on which a backfill should run whose lease is held here, none of those;
  /// nothing: here. Null: always here. Called on any actor.
  std::function<std::optional<peer>(const config_id&, const std::set<int64_t>& refused)> place = {};
};

/// What one `backfill` is for.
struct backfill_task {
  config_id config;
  int64_t token = 0; // of the lease under which it works; 0: none is needed
};

/// Lists the mail of one configuration, in the way of its strategy. The checkpoint of each window
/// is in the database: a new one goes on where the last one stopped, wherever it ran.
struct backfill_state : observed {
  static inline const char* name = "backfill";

  explicit backfill_state(backfill_actor::pointer self) : observed(self), self(self) {}

  void open();
  void list(int64_t window_id);

  backfill_actor::pointer self;
  config_id config;
  backfill_links links;
  backfill_settings settings;
  int64_t token = 0; // of its lease; 0: none is needed
  backfill_info info;
  std::vector<backfill_window> planned;      // newest last
  std::map<int64_t, backfill_window> active; // being listed
  uint32_t failures = 0;                     // in a row
  uint64_t threads = 0;
  std::mt19937_64 random{std::random_device{}()};

private:
  void start_windows();
  void accept(int64_t window_id, api_result&& result);
  void store(int64_t window_id, discovered_page&& page, const api_result& read);
  void stored(int64_t window_id, const std::string& next_cursor);
  void record(int64_t window_id, discovered_page&& page);
  void go_on(int64_t window_id, const std::string& next_cursor);
  [[nodiscard]] bool lists_messages(int64_t window_id) const;
  void recorded(int64_t window_id, const std::string& next_cursor, const page_recorded& answer);
  void refused(int64_t window_id, const api_result& result);
  void restart(int64_t window_id);
  void try_again(int64_t window_id, const std::string& reason);
  void list_after(int64_t window_id, std::chrono::milliseconds delay);
  void give_up(const std::string& reason);
};

backfill_actor::behavior_type backfill(observed_pointer<backfill_actor, backfill_state> self,
                                       base::directory_slot slot, backfill_task task,
                                       backfill_links links, backfill_settings settings);

} // namespace nova
