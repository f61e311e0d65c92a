#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The pgmq queues, read with names and acknowledged with `read_ct` as the fencing token.
namespace nova::pg {

struct queue_message {
  int64_t id = 0;
  int32_t read_ct = 0;
  int64_t enqueued_at = 0; // microseconds since 1970
  std::string body;        // JSON text
};

std::vector<queue_message> queue_read(connection& conn, std::string_view queue, int64_t visibility_seconds,
                                      uint32_t limit);
int64_t queue_send(connection& conn, std::string_view queue, std::string_view body, int64_t delay_seconds);
/// Both return how many still carried that `read_ct`: a stale reader removes nothing.
uint64_t queue_delete_leased(connection& conn, std::string_view queue, const std::vector<int64_t>& ids,
                             const std::vector<int32_t>& read_cts);
uint64_t queue_archive_leased(connection& conn, std::string_view queue, const std::vector<int64_t>& ids,
                              const std::vector<int32_t>& read_cts);
/// Makes leased messages visible again after so many seconds.
uint64_t queue_extend_leased(connection& conn, std::string_view queue, const std::vector<int64_t>& ids,
                             const std::vector<int32_t>& read_cts, int64_t seconds);

struct queue_metrics {
  std::string name;
  int64_t length = 0, visible = 0, total = 0, archived = 0;
  int64_t oldest_age_seconds = 0, newest_age_seconds = 0;
};
std::vector<queue_metrics> queue_metrics_all(connection& conn);
std::vector<queue_message> queue_peek(connection& conn, std::string_view queue, uint32_t limit);
int64_t queue_purge(connection& conn, std::string_view queue);

} // namespace nova::pg
