#pragma once

#include "actors/directory.hpp"
#include "actors/discovery.hpp"
#include "actors/grant_calls.hpp"
#include "actors/lease_board.hpp"
#include "actors/mail_store.hpp"
#include "actors/query.hpp"
#include "actors/wakeups.hpp"
#include "base/backoff.hpp"
#include "base/clock.hpp"
#include "messages/peer_links.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// What a backfill and the listers of its windows are given alike.
namespace nova {

/// Between two tries of one that fails.
constexpr base::backoff between_listing_tries{std::chrono::milliseconds{500},
                                              std::chrono::seconds{30}};

struct backfill_settings {
  /// BACKFILL_STRATEGY.
  discovery_strategy strategy = discovery_strategy::messages;
  /// Threads a page; the API takes at most 50.
  int page_limit = 50;
  /// Messages a page, where they are listed; the API takes at most 200.
  int messages_page_limit = 200;
  /// Ids a page, where they are compared; the API takes at most 200.
  int check_page_limit = 200;
  /// Windows listed at one time, on all nodes together. Providers that allow few calls get fewer
  /// through their grant's pace.
  uint32_t windows_parallel = 8;
  /// Failures in a row before a window, or the attempt, counts as failed.
  uint32_t failures_max = 6;
  /// A window that had to begin again so often is given up, with a gap.
  uint32_t restarts_max = 5;
  /// Pages that bring no thread share a checkpoint; one is written this often, so that a node that
  /// is lost costs so much listing. 0: each page is one.
  std::chrono::milliseconds checkpoint_interval{500};
  /// False: attachments are left out of messages (NOVA_STORE_ATTACHMENTS=none).
  bool attachments_listed = true;
  /// Finds out with short lists how the mail of the range lies in time, for the time that is left.
  bool survey = false;
  /// Of the jitter; 0 takes a random one.
  uint64_t seed = 0;
  base::clock wall = base::wall_now;
};

/// A node on which a window can be listed.
struct window_host {
  std::string name;
  std::optional<peer> there; // nothing: this node
};

struct backfill_needs {
  database_actor database;
  grants_actor grants;
  discovery_wakeup_actor wakeups;             // of a durable page, and of the end; may be null
  std::shared_ptr<actor_directory> directory; // where its children are entered; may be null
  std::shared_ptr<lease_board> leases = {};   // null: this node is alone, none is needed
  mail_store_actor store = {};
  /// The linked node on which a backfill should run whose lease is held here, none of those;
  /// nothing: here. Null: always here. Called on any actor.
  std::function<std::optional<peer>(const config_id&, const std::set<int64_t>& refused)> place = {};
  /// The nodes that list windows, this one among them if it does. Null: this one. Called on any
  /// actor.
  std::function<std::vector<window_host>()> hosts = {};
  /// This node's name, for the row of a window.
  std::string node = {};
};

} // namespace nova
