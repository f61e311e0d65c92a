#include "pg/email.hpp"
#include "schema/queries.hpp"

namespace nova::pg {
namespace {

/// NULL for an empty id, which means all.
std::optional<std::string> some(std::string_view id) {
  return id.empty() ? std::nullopt : std::optional<std::string>(id);
}

std::vector<backfill_config> backfills(const result& found) {
  std::vector<backfill_config> all;
  for (auto& [id, inbox, grant, provider, inbox_status, status, start, end, done, attempts] :
       found.rows<std::string, std::string, std::string, std::string, std::string, std::string,
                  int64_t, int64_t, bool, uint32_t>())
    all.push_back({std::move(id), std::move(inbox), std::move(grant), std::move(provider),
                   std::move(inbox_status), std::move(status), start, end, done, attempts});
  return all;
}

} // namespace

std::string start_backfill(connection& conn, std::string_view inbox_id, int64_t start,
                           int64_t end) {
  return conn.exec(sql::start_backfill, inbox_id, start, end).value<std::string>();
}

std::optional<backfill_config> find_backfill(connection& conn, std::string_view config_id) {
  auto found = backfills(conn.exec(sql::backfills, config_id));
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

std::vector<backfill_config> active_backfills(connection& conn) {
  return backfills(conn.exec(sql::backfills, std::nullopt));
}

std::vector<backfill_window> begin_discovery(connection& conn, std::string_view config_id,
                                             int64_t token) {
  std::vector<backfill_window> windows;
  auto left = conn.exec(sql::begin_discovery, config_id, token);
  for (auto& [id, start, end, cursor, pages, listed] :
       left.rows<int64_t, int64_t, int64_t, std::string, uint32_t, bool>())
    windows.push_back({id, start, end, std::move(cursor), pages, listed, token});
  return windows;
}

page_recorded record_page(connection& conn, std::string_view config_id,
                          const backfill_window& window, const std::vector<listed_thread>& threads,
                          std::string_view next_cursor) {
  std::vector<std::string_view> ids;
  std::vector<int64_t> latest;
  for (const auto& thread : threads) {
    ids.push_back(thread.id);
    latest.push_back(thread.latest_message_at);
  }
  auto recorded = conn.exec(sql::record_page, config_id, window.id, window.cursor, next_cursor, ids,
                            latest, window.token);
  auto [inserted, known, done] = recorded.one<uint32_t, uint32_t, bool>();
  return {inserted, known, done};
}

void record_messages_page(connection& conn, std::string_view config_id,
                          const backfill_window& window, std::string_view next_cursor) {
  conn.exec(sql::record_messages_page, config_id, window.id, window.cursor, next_cursor,
            window.token);
}

page_recorded record_listed_page(connection& conn, std::string_view config_id,
                                 const backfill_window& window,
                                 const std::vector<whole_thread>& threads,
                                 std::string_view next_cursor) {
  std::vector<std::string_view> ids, message_ids, owners;
  std::vector<int64_t> latest;
  for (const auto& [thread, messages] : threads) {
    ids.push_back(thread.id);
    latest.push_back(thread.latest_message_at);
    for (const auto& message : messages) {
      message_ids.push_back(message);
      owners.push_back(thread.id);
    }
  }
  auto recorded = conn.exec(sql::record_listed_page, config_id, window.id, window.cursor,
                            next_cursor, ids, latest, window.token, message_ids, owners);
  auto [inserted, known, done] = recorded.one<uint32_t, uint32_t, bool>();
  return {inserted, known, done};
}

void restart_window(connection& conn, std::string_view config_id, int64_t window_id) {
  conn.exec(sql::restart_window, config_id, window_id);
}

bool fail_discovery(connection& conn, std::string_view config_id, std::string_view reason,
                    int64_t token) {
  return conn.exec(sql::fail_discovery, config_id, reason, token).value<bool>();
}

void move_backfill(connection& conn, std::string_view config_id, std::string_view to,
                   std::string_view who, std::string_view why) {
  conn.exec(sql::move_backfill, config_id, to, who, why);
}

std::string resume_backfill(connection& conn, std::string_view config_id, std::string_view who,
                            std::string_view why) {
  return conn.exec(sql::resume_backfill, config_id, who, why).value<std::string>();
}

bool try_complete_backfill(connection& conn, std::string_view config_id) {
  return conn.exec(sql::try_complete_backfill, config_id).value<bool>();
}

void announce_completion(connection& conn) {
  conn.exec(sql::notify, "nova_completion", "");
}

std::vector<std::string> recover_premature_completions(connection& conn) {
  std::vector<std::string> ids;
  auto reopened = conn.exec(sql::recover_premature_completions);
  for (auto& [id] : reopened.rows<std::string>())
    ids.push_back(std::move(id));
  return ids;
}

std::vector<backfill_progress> refresh_progress(connection& conn, std::string_view config_id) {
  conn.exec(sql::refresh_progress, some(config_id));
  auto all = list_progress(conn, config_id);
  if (config_id.empty())
    std::erase_if(all, [](const auto& backfill) {
      return backfill.status != "pending" && backfill.status != "discovering"
             && backfill.status != "thread_sync";
    });
  return all;
}

std::vector<backfill_progress> list_progress(connection& conn, std::string_view config_id) {
  std::vector<backfill_progress> all;
  auto found = conn.exec(sql::list_progress, some(config_id));
  for (auto& [config, inbox, email, status, queued, processing, completed, failed, total, messages,
              windows, listed, started_at, completed_at] :
       found.rows<std::string, std::string, std::string, std::string, uint64_t, uint64_t, uint64_t,
                  uint64_t, uint64_t, uint64_t, uint32_t, uint32_t, int64_t, int64_t>())
    all.push_back({std::move(config), std::move(inbox), std::move(email), std::move(status), queued,
                   processing, completed, failed, total, messages, windows, listed, started_at,
                   completed_at});
  return all;
}

} // namespace nova::pg
