#include "pg/mail_comparison.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

std::vector<message_difference> compare_messages(connection& conn, std::string_view inbox_id,
                                                 const message_columns& provider) {
  std::vector<message_difference> found;
  auto compared = conn.exec(sql::compare_messages, inbox_id, provider.id, provider.thread_id,
                            provider.subject, provider.snippet, provider.body, provider.from,
                            provider.to, provider.cc, provider.bcc, provider.reply_to,
                            provider.attachments, provider.folders, provider.metadata,
                            provider.date, provider.unread, provider.starred, provider.carried);
  for (auto& [id, what] : compared.rows<std::string, std::string>())
    found.push_back({std::move(id), std::move(what)});
  return found;
}

std::vector<std::string> list_message_ids(connection& conn, std::string_view inbox_id,
                                          const date_range& range) {
  std::vector<std::string> ids;
  auto found = conn.exec(sql::list_message_ids, inbox_id, range.from, range.to, range.undated);
  for (auto& [id] : found.rows<std::string>())
    ids.push_back(std::move(id));
  return ids;
}

mail_counts count_mail(connection& conn, std::string_view inbox_id) {
  auto [messages, threads, wrong] =
    conn.exec(sql::count_mail, inbox_id).one<uint64_t, uint64_t, uint64_t>();
  return {messages, threads, wrong};
}

completion_proof prove_completion(connection& conn, std::string_view config_id) {
  auto [completions, right] = conn.exec(sql::prove_completion, config_id).one<uint64_t, bool>();
  return {completions, right};
}

webhooks_proof prove_webhooks(connection& conn, const std::vector<std::string>& ids,
                              const std::vector<int64_t>& posted_at) {
  auto [lost, pending, p50, p99] =
    conn.exec(sql::prove_webhooks, ids, posted_at).one<uint64_t, uint64_t, double, double>();
  return {lost, pending, p50, p99};
}

} // namespace nova::pg
