#pragma once

#include "actors/grant.hpp"
#include "actors/observed_actor.hpp"
#include "messages/owed_answer.hpp"

#include <unordered_map>

namespace nova {

/// The node's door to the API: a permit of the grant's actor, the call, the report of how it went.
struct grants_state : observed {
  using promise = owed_answer<api_answered>;

  static inline const char* name = "grants";

  explicit grants_state(grants_actor::pointer self) : observed(self), self(self) {}

  caf::result<api_answered> call(call_grant&& request);
  const grant_actor& grant_of(const grant_id& id);

  grants_actor::pointer self;
  inbox_database_actor database;
  http_client_actor http;
  grant_limits limits;
  std::shared_ptr<base::directory> directory; // where its children are entered; may be null
  // One a connected inbox at most: an unknown grant is refused before anybody calls for it.
  std::unordered_map<std::string, grant_actor> known;

private:
  void perform(const grant_actor& pacer, uint64_t permit, const call_grant& request,
               promise answer);
  void report(const grant_actor& pacer, uint64_t permit, const call_api& call,
              const api_answered& answer);
};

grants_actor::behavior_type grants(observed_pointer<grants_actor, grants_state> self,
                                   base::directory_slot slot, inbox_database_actor database,
                                   http_client_actor http, grant_limits limits,
                                   std::shared_ptr<base::directory> directory);

} // namespace nova
