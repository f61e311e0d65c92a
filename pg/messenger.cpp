#include "pg/messenger.hpp"

#include "pg/error.hpp"
#include "schema/queries.hpp"

#include <array>
#include <optional>
#include <utility>

namespace nova::pg {
namespace {

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

} // namespace nova::pg
