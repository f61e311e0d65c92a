#pragma once

#include "actors/grant_calls.hpp"
#include "actors/live_limits.hpp"
#include "actors/observed_actor.hpp"
#include "actors/query.hpp"
#include "messages/timer.hpp"
#include "pg/email/replace_folders.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace nova {

/// Lists the folders of inboxes.
using folder_lister_actor = untold_actor;

struct folder_lister_settings {
  std::chrono::milliseconds look{2'000}; // between two looks for inboxes that are due
  uint32_t inboxes_max = 8;              // in hand
  std::shared_ptr<const live_limits> live = {};
};

struct folder_lister_needs {
  database_actor database;
  grants_actor grants;
};

/// Lists the folders of inboxes that are new, whose backfill begins, or whose last list is a day
/// old: notifications tell of changes only. What is no longer in a list that came to its end is
/// marked as deleted. A list that fails is due again ten minutes later. Event-based.
struct folder_lister_state : observed {
  static inline const char* name = "folder_lister";

  explicit folder_lister_state(folder_lister_actor::pointer self) : observed(self), self(self) {}

  void look();

  folder_lister_actor::pointer self;
  folder_lister_needs needs;
  folder_lister_settings settings;

private:
  /// What is known of the folders of one inbox.
  struct listing {
    pg::replace_folders found;
    uint32_t pages = 0;
  };

  void claim();
  void list(const std::shared_ptr<listing>& one, const std::string& page_token);
  void listed(const std::shared_ptr<listing>& one, api_answered&& result);
  void failed(const std::shared_ptr<listing>& one, const std::string& reason);

  timer next_look_{self};
  uint32_t in_hand_ = 0;
  bool claiming_ = false;
};

folder_lister_actor::behavior_type
folder_lister(observed_pointer<folder_lister_actor, folder_lister_state> self, directory_slot slot,
              folder_lister_needs needs, folder_lister_settings settings);

} // namespace nova
