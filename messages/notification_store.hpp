#pragma once

#include "mail/ids.hpp"
#include "messages/type_ids.hpp"

#include <caf/meta/type_name.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace nova {

/// A notification whose signature was good, for the log and the queue.
struct store_notification {
  std::string id, type;
  grant_id grant;      // empty when the envelope has none
  std::string payload; // JSON text, at most 16 MiB
};

template <class Inspector>
auto inspect(Inspector& f, store_notification& x) {
  return f(caf::meta::type_name("store_notification"), x.id, x.type, x.grant, x.payload);
}

/// It is durable. `duplicate`: it was before, and nothing was done.
struct notification_stored {
  bool duplicate = false;
};

template <class Inspector>
auto inspect(Inspector& f, notification_stored& x) {
  return f(caf::meta::type_name("notification_stored"), x.duplicate);
}

/// Makes notifications durable, many in one transaction; the ingress answers 200 only after that.
using notification_store_actor = caf::typed_actor<
  // Fails with ec::database_unavailable or ec::overloaded, then nothing is written; with
  // ec::database_refused when the database does not take this notification; with
  // ec::database_in_doubt when it may be written. Asking again is safe always.
  caf::replies_to<store_notification>::with<notification_stored>>;

/// What the store needs of the database: one transaction a batch, one answer an item, in order.
using notification_database_actor = caf::typed_actor<
  caf::replies_to<std::vector<store_notification>>::with<std::vector<notification_stored>>>;

} // namespace nova
