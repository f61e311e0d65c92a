#pragma once

#include "messages/failure.hpp"
#include "messages/mail_store.hpp"
#include "messages/maintenance.hpp"
#include "messages/notification_store.hpp"
#include "messages/parked.hpp"
#include "messages/queue.hpp"

#include <caf/typed_actor.hpp>

namespace nova {

/// What the pool of a node is asked for by name. Who needs a part of it takes the narrower handle,
/// to which this one converts.
///
/// Every request fails with ec::database_unavailable when there was no connection for some seconds
/// (nothing was written), with ec::database_refused and the server's text, ec::database_in_doubt,
/// or ec::overloaded.
using database_requests_actor = mail_database_actor::extend_with<queue_database_actor>::
  extend_with<notification_database_actor>::extend_with<failure_database_actor>::extend_with<
    maintenance_database_actor>::extend_with<parked_database_actor>;

} // namespace nova
