#include "pg/queue.hpp"

#include "schema/queries.hpp"

#include <algorithm>
#include <optional>

namespace nova::pg {
namespace {

std::vector<queue_message> messages(const result& rows) {
  std::vector<queue_message> all;
  for (auto& [id, read_ct, sent_at, body] : rows.rows<int64_t, int32_t, int64_t, std::string>())
    all.push_back({id, read_ct, std::move(body), sent_at});
  return all;
}

} // namespace

std::vector<queue_message> queue_read(connection& conn, std::string_view queue,
                                      int64_t visibility_seconds, uint32_t limit, int64_t reader) {
  return messages(conn.exec(sql::queue_read, queue, visibility_seconds, limit, reader));
}

uint64_t queue_release_unread(connection& conn, int64_t reader, std::string_view queue,
                              const std::vector<int64_t>& held) {
  return conn.exec(sql::queue_release_unread, reader, queue, held).value<uint64_t>();
}

int64_t queue_send(connection& conn, std::string_view queue, std::string_view body,
                   int64_t delay_seconds) {
  return conn.exec(sql::queue_send, queue, body, delay_seconds).value<int64_t>();
}

std::vector<queue_metrics> queue_metrics_all(connection& conn) {
  std::vector<queue_metrics> all;
  auto figures = conn.exec(sql::queue_metrics_all);
  for (auto& [name, length, visible, total, archived, oldest, newest, trouble] :
       figures
         .rows<std::string, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, std::string>())
    all.push_back(
      {std::move(name), length, visible, total, archived, oldest, newest, std::move(trouble)});
  return all;
}

std::vector<queue_message> queue_peek(connection& conn, std::string_view queue, uint32_t limit) {
  return messages(conn.exec(sql::queue_peek, queue, limit));
}

std::vector<int64_t> queue_archive(connection& conn, std::string_view queue,
                                   const std::vector<int64_t>& ids) {
  std::vector<int64_t> moved;
  auto archived = conn.exec(sql::queue_archive, queue, ids);
  for (auto [id] : archived.rows<int64_t>())
    moved.push_back(id);
  return moved;
}

int64_t queue_purge(connection& conn, std::string_view queue) {
  return conn.exec(sql::queue_purge, queue).value<int64_t>();
}

bool queue_exists(connection& conn, std::string_view queue) {
  return conn.exec(sql::queue_exists, queue).value<bool>();
}

} // namespace nova::pg
