#pragma once

#include "messages/database.hpp"
#include "pg/connection.hpp"

/// What each request of a `database_actor` does with a connection. Plain functions: they block and
/// throw `pg::error`. Each is one transaction, and safe to run again when the answer to COMMIT was
/// lost.
namespace nova {

std::vector<messages_stored> perform(pg::connection& conn,
                                     const std::vector<store_messages>& batch);

/// Marks the request as doubtful, in case that it has to be run again.
queue_read perform(pg::connection& conn, read_queue& request);
message_settled perform(pg::connection& conn, const settle_message& request);

std::vector<notification_stored> perform(pg::connection& conn,
                                         const std::vector<store_notification>& batch);

parked_claimed perform(pg::connection& conn, const claim_parked& request);
done perform(pg::connection& conn, const postpone_parked& request);
floods_parked perform(pg::connection& conn, const park_floods& request);

done perform(pg::connection& conn, const std::vector<record_failure>& failures);

maintenance_done perform(pg::connection& conn, const run_maintenance& request);

} // namespace nova
