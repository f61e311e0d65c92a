#pragma once

#include "mail/queue_message.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The pgmq queues, read with names and acknowledged with `read_ct` as the fencing token. Every
/// function throws `pg::error`; a queue that does not exist is `failure::refused` with SQLSTATE
/// 42P01.
namespace nova::pg {

/// Leases up to `limit` messages that are visible, in order of id. Within a second a connection
/// goes on where its last read ended; once a second it looks from the beginning, for messages that
/// were given back.
///
/// `reader` is the epoch of a node: the message says who has it, and is given back when that node
/// ends. 0: no node of a cluster.
std::vector<queue_message> queue_read(connection& conn, std::string_view queue,
                                      int64_t visibility_seconds, uint32_t limit,
                                      int64_t reader = 0);

/// Makes visible what that reader leased by a read of which it has no answer: all but what it
/// holds. Returns how many.
uint64_t queue_release_unread(connection& conn, int64_t reader, std::string_view queue,
                              const std::vector<int64_t>& held);

/// Returns the id. The queue's readers are woken when the transaction commits.
int64_t queue_send(connection& conn, std::string_view queue, std::string_view body,
                   int64_t delay_seconds);

/// Lengths above 10,000 are the server's estimate; `visible` then says 10,000 or more.
struct queue_metrics {
  std::string name;
  int64_t length = 0, visible = 0, total = 0, archived = 0;
  int64_t oldest_age_seconds = 0, newest_age_seconds = 0; // 0: empty
  std::string trouble; // why it cannot be looked at; then all figures are 0
};
std::vector<queue_metrics> queue_metrics_all(connection& conn);

/// The first messages, visible or not, without leasing them.
std::vector<queue_message> queue_peek(connection& conn, std::string_view queue, uint32_t limit);

/// Moves messages to the archive, whoever holds their leases: for an operator. Returns the ids of
/// those that were there.
std::vector<int64_t> queue_archive(connection& conn, std::string_view queue,
                                   const std::vector<int64_t>& ids);

/// Returns how many were removed.
int64_t queue_purge(connection& conn, std::string_view queue);

bool queue_exists(connection& conn, std::string_view queue);

} // namespace nova::pg
