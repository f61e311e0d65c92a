#include "pg/email.hpp"
#include "pg/error.hpp"
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
  for (auto& [id, start, end, cursor] : left.rows<int64_t, int64_t, int64_t, std::string>())
    windows.push_back({id, start, end, std::move(cursor), 0});
  return windows;
}

int64_t claim_window(connection& conn, std::string_view config_id, int64_t window_id, int64_t token,
                     std::string_view node) {
  auto claimed = conn.exec(sql::claim_window, config_id, window_id, token, node).column<int64_t>();
  return claimed.empty() ? 0 : claimed.front();
}

claimed_window open_window(connection& conn, std::string_view config_id, int64_t window_id,
                           int64_t token) {
  auto found = conn.exec(sql::open_window, config_id, window_id, token);
  if (found.size() == 0)
    throw error(failure::refused, "open_window: another has the window, or it is listed", "NV009");
  auto [start, end, cursor, inbox, grant, provider] =
    found.one<int64_t, int64_t, std::string, std::string, std::string, std::string>();
  return {std::move(inbox),
          std::move(grant),
          std::move(provider),
          {window_id, start, end, std::move(cursor), token}};
}

page_recorded record_page(connection& conn, std::string_view config_id,
                          const backfill_window& window, const std::vector<listed_thread>& threads,
                          bool check, std::string_view next_cursor) {
  std::vector<std::string_view> ids, messages, owners;
  std::vector<int64_t> latest;
  for (const auto& thread : threads) {
    ids.push_back(thread.id);
    latest.push_back(thread.latest_message_at);
    for (const auto& message : thread.messages) {
      messages.push_back(message);
      owners.push_back(thread.id);
    }
  }
  auto recorded = conn.exec(sql::record_page, config_id, window.id, window.token, window.cursor,
                            next_cursor, ids, latest, messages, owners, check);
  auto [to_sync, done, running] = recorded.one<uint32_t, bool, bool>();
  return {to_sync, done, running};
}

uint32_t restart_window(connection& conn, std::string_view config_id,
                        const backfill_window& window) {
  return conn.exec(sql::restart_window, config_id, window.id, window.token).value<uint32_t>();
}

void give_up_window(connection& conn, std::string_view config_id, const backfill_window& window,
                    std::string_view kind, std::string_view reason) {
  conn.exec(sql::give_up_window, config_id, window.id, window.token, kind, reason);
}

void add_gap(connection& conn, std::string_view config_id, const backfill_gap& gap) {
  conn.exec(sql::add_gap, config_id, gap.kind, gap.from, gap.to, gap.reason, gap.folder);
}

void excuse_messages(connection& conn, std::string_view config_id, std::string_view thread_id,
                     const std::vector<std::string_view>& ids,
                     const std::vector<std::string_view>& reasons) {
  conn.exec(sql::excuse_messages, config_id, thread_id, ids, reasons);
}

bool discover_again(connection& conn, std::string_view grant_id, std::string_view who,
                    std::string_view why) {
  return conn.exec(sql::discover_again, grant_id, who, why)
    .value<std::optional<std::string>>()
    .has_value();
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
              windows, listed, started_at, completed_at, gaps, unreadable] :
       found.rows<std::string, std::string, std::string, std::string, uint64_t, uint64_t, uint64_t,
                  uint64_t, uint64_t, uint64_t, uint32_t, uint32_t, int64_t, int64_t, std::string,
                  uint64_t>())
    all.push_back({std::move(config), std::move(inbox), std::move(email), std::move(status), queued,
                   processing, completed, failed, total, messages, windows, listed, started_at,
                   completed_at, std::move(gaps), unreadable});
  return all;
}

} // namespace nova::pg
