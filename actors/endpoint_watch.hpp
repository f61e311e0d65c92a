#pragma once

#include "actors/http_client.hpp"
#include "actors/live_limits.hpp"
#include "actors/observed_actor.hpp"
#include "actors/query.hpp"
#include "messages/timer.hpp"
#include "pg/email/note_webhook_endpoints.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace nova {

/// Asks Nylas how the application's webhook endpoints are.
using endpoint_watch_actor = untold_actor;

struct endpoint_watch_settings {
  std::chrono::milliseconds first{60'000}; // until the first look
  std::chrono::milliseconds look{3'600'000};
  std::chrono::milliseconds again{300'000}; // after a look that failed
  std::shared_ptr<const live_limits> live = {};
};

struct endpoint_watch_needs {
  database_actor database;
  http_client_actor http;
};

/// Hourly. Nylas gives up what an endpoint does not take, sends nothing to one that is `failed` or
/// paused, and no notification says so; so a change of one's status makes the newest certificates
/// of all inboxes due (nova.note_webhook_endpoints). Event-based, once in the cluster.
struct endpoint_watch_state : observed {
  static inline const char* name = "endpoint_watch";

  explicit endpoint_watch_state(endpoint_watch_actor::pointer self) : observed(self), self(self) {}

  void look();

  endpoint_watch_actor::pointer self;
  endpoint_watch_needs needs;
  endpoint_watch_settings settings;
  timer next_look{self};

private:
  /// Pages so far.
  struct listing {
    pg::note_webhook_endpoints found;
    uint32_t pages = 0;
  };

  void list(const std::shared_ptr<listing>& so_far, const std::string& page_token);
  void listed(const std::shared_ptr<listing>& so_far, api_answered&& result);
  void note(pg::note_webhook_endpoints&& found);
  void failed(const std::string& reason);
};

endpoint_watch_actor::behavior_type
endpoint_watch(observed_pointer<endpoint_watch_actor, endpoint_watch_state> self,
               directory_slot slot, endpoint_watch_needs needs, endpoint_watch_settings settings);

} // namespace nova
