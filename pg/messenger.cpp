#include "pg/messenger.hpp"

#include "pg/error.hpp"
#include "schema/queries.hpp"

#include <array>
#include <utility>

namespace nova::pg {
namespace {

std::optional<std::string> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional{text};
}

message_outcome outcome_of(std::string_view text) {
  using enum message_outcome;
  constexpr std::array<std::pair<std::string_view, message_outcome>, 7> names{
    {{"completed", completed},
     {"retrying", retrying},
     {"failed", failed},
     {"released", released},
     {"extended", extended},
     {"stale", stale},
     {"gone", gone}}};
  for (const auto& [name, outcome] : names)
    if (name == text)
      return outcome;
  throw error{failure::decoding,
              "the messenger answered '" + std::string{text} + "', which is no outcome"};
}

std::vector<message_outcome> outcomes(const result& rows) {
  std::vector<message_outcome> all;
  for (const auto& [text] : rows.rows<std::string>())
    all.push_back(outcome_of(text));
  return all;
}

} // namespace

std::vector<sent_message> messenger_send(connection& conn,
                                         const std::vector<std::string_view>& messages) {
  std::vector<sent_message> sent;
  auto answer = conn.exec(sql::messenger_send, messages);
  for (const auto& [id, created] : answer.rows<int64_t, bool>())
    sent.push_back({id, created});
  return sent;
}

std::vector<claimed_message> messenger_claim(connection& conn, const claim_request& request) {
  auto queues = request.queues.empty() ? std::nullopt : std::optional{request.queues};
  auto answer = queues
                  ? conn.exec(sql::messenger_claim, request.transport, *queues, request.worker,
                              request.limit, request.lease.count())
                  : conn.exec(sql::messenger_claim, request.transport, std::optional<std::string>{},
                              request.worker, request.limit, request.lease.count());
  std::vector<claimed_message> all;
  for (auto& [id, token, type, body, headers, queue, attempts, deliveries] :
       answer.rows<int64_t, int64_t, std::string, std::string, std::string, std::string, int32_t,
                   int32_t>())
    all.push_back({id, token, std::move(type), std::move(body), std::move(headers),
                   std::move(queue), attempts, deliveries});
  return all;
}

std::vector<message_outcome> messenger_complete(connection& conn, const std::vector<int64_t>& ids,
                                                const std::vector<int64_t>& tokens) {
  return outcomes(conn.exec(sql::messenger_complete, ids, tokens));
}

std::vector<message_outcome> messenger_release(connection& conn, const std::vector<int64_t>& ids,
                                               const std::vector<int64_t>& tokens,
                                               std::chrono::milliseconds delay) {
  return outcomes(conn.exec(sql::messenger_release, ids, tokens, delay.count()));
}

std::vector<message_outcome> messenger_extend(connection& conn, const std::vector<int64_t>& ids,
                                              const std::vector<int64_t>& tokens,
                                              std::chrono::milliseconds lease) {
  return outcomes(conn.exec(sql::messenger_extend, ids, tokens, lease.count()));
}

std::vector<message_outcome> messenger_fail(connection& conn, const failure_columns& failures) {
  return outcomes(conn.exec(sql::messenger_fail, failures.ids, failures.tokens, failures.messages,
                            failures.classes, failures.verdicts));
}

size_t messenger_rescue(connection& conn, const std::vector<std::string>& dead_workers) {
  return static_cast<size_t>(conn.exec(sql::messenger_rescue, dead_workers).size());
}

size_t messenger_run_schedules(connection& conn) {
  size_t sent = 0;
  auto answer = conn.exec(sql::messenger_run_schedules);
  for (const auto& [name, slot, message, outcome] :
       answer.rows<std::string, int64_t, int64_t, std::string>())
    sent += outcome == "sent";
  return sent;
}

int64_t messenger_prune(connection& conn) {
  return conn.exec(sql::messenger_prune).value<int64_t>();
}

std::vector<messenger_queue_row> messenger_stats(connection& conn) {
  std::vector<messenger_queue_row> all;
  auto found = conn.exec(sql::messenger_stats);
  for (auto& [transport, queue, ready, delayed, running, failed, oldest] :
       found.rows<std::string, std::string, int64_t, int64_t, int64_t, int64_t, int64_t>())
    all.push_back(
      {std::move(transport), std::move(queue), ready, delayed, running, failed, oldest});
  return all;
}

std::vector<failed_row> messenger_failed_list(connection& conn, const failed_filter& filter) {
  std::vector<failed_row> all;
  auto found =
    conn.exec(sql::messenger_failed_list, unless_empty(filter.transport), unless_empty(filter.type),
              unless_empty(filter.error_class), filter.since, filter.retried, filter.limit);
  for (auto& [id, transport, queue, type, error_class, message, attempts, failed_at, retried_at] :
       found.rows<std::string, std::string, std::string, std::string, std::string, std::string,
                  int32_t, int64_t, int64_t>())
    all.push_back({std::move(id), std::move(transport), std::move(queue), std::move(type),
                   std::move(error_class), std::move(message), attempts, failed_at, retried_at});
  return all;
}

std::optional<failed_message> messenger_failed_show(connection& conn, std::string_view id) {
  using text = std::string;
  auto found = conn.exec(sql::messenger_failed_show, id);
  auto row = found.maybe<int64_t, text, text, text, text, text, text, text, text, int32_t, int32_t,
                         int64_t, int64_t, int64_t, int64_t, text, text, text, text>();
  if (!row)
    return std::nullopt;
  return std::apply([](auto&... columns) { return failed_message{std::move(columns)...}; }, *row);
}

std::vector<retried_row> messenger_failed_retry(connection& conn, const retry_request& request) {
  std::vector<retried_row> all;
  auto answer =
    conn.exec(sql::messenger_failed_retry, request.ids, request.by, request.force,
              unless_empty(request.transport), static_cast<int64_t>(request.spacing.count()));
  for (auto& [id, message_id, outcome] : answer.rows<std::string, int64_t, std::string>())
    all.push_back({std::move(id), message_id, std::move(outcome)});
  return all;
}

std::vector<std::string> messenger_failed_remove(connection& conn,
                                                 const std::vector<std::string>& ids) {
  return conn.exec(sql::messenger_failed_remove, ids).column<std::string>();
}

std::vector<schedule_row> messenger_schedules(connection& conn) {
  using text = std::string;
  std::vector<schedule_row> all;
  auto found = conn.exec(sql::messenger_schedules);
  for (auto& [name, kind, schedule, timezone, type, transport, enabled, next, last, runs, missed,
              skipped, last_error] : found.rows<text, text, text, text, text, text, bool, int64_t,
                                                int64_t, int64_t, int64_t, int64_t, text>())
    all.push_back({std::move(name), std::move(kind), std::move(schedule), std::move(timezone),
                   std::move(type), std::move(transport), std::move(last_error), enabled, next,
                   last, runs, missed, skipped});
  return all;
}

bool messenger_schedule_enable(connection& conn, std::string_view name, bool enabled) {
  return !conn.exec(sql::messenger_schedule_enable, name, enabled).empty();
}

std::vector<transport_row> messenger_transports(connection& conn) {
  std::vector<transport_row> all;
  auto found = conn.exec(sql::messenger_transports);
  for (auto& [name, type, config, enabled, paused, running_max, attempts_max] :
       found.rows<std::string, std::string, std::string, bool, bool, int32_t, int32_t>())
    all.push_back({std::move(name), std::move(type), std::move(config), enabled, paused,
                   running_max, attempts_max});
  return all;
}

void messenger_transport_pause(connection& conn, std::string_view name, bool paused) {
  conn.exec(sql::messenger_transport_pause, name, paused);
}

} // namespace nova::pg
