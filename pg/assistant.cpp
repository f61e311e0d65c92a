#include "pg/assistant.hpp"

#include "schema/queries.hpp"

namespace nova::pg {
namespace {

std::optional<std::string_view> some(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional{text};
}

} // namespace

bool assistant_sees_everything(connection& conn) {
  return conn.exec(sql::assistant_sees_everything).value<bool>();
}

std::optional<std::string> find_tenant(connection& conn, std::string_view id_or_slug) {
  auto found = conn.exec(sql::find_tenant, id_or_slug).maybe<std::string>();
  return found ? std::optional{std::get<0>(*found)} : std::nullopt;
}

std::vector<active_users> assistant_active_users(connection& conn, uint32_t days,
                                                 std::string_view tenant) {
  std::vector<active_users> all;
  auto found = conn.exec(sql::assistant_active_users, days, some(tenant));
  for (auto& [day, users] : found.rows<std::string, uint64_t>())
    all.push_back({std::move(day), users});
  return all;
}

std::vector<feedback_day> assistant_feedback(connection& conn, uint32_t days,
                                             std::string_view tenant) {
  std::vector<feedback_day> all;
  auto found = conn.exec(sql::assistant_feedback, days, some(tenant));
  for (auto& [day, positive, negative, average] :
       found.rows<std::string, uint64_t, uint64_t, double>())
    all.push_back({std::move(day), positive, negative, average});
  return all;
}

std::vector<tenant_usage> assistant_usage(connection& conn, uint32_t days,
                                          std::string_view tenant) {
  std::vector<tenant_usage> all;
  auto found = conn.exec(sql::assistant_usage, days, some(tenant));
  for (auto& [id, name, users, messages, tokens, cost] :
       found.rows<std::string, std::string, uint64_t, uint64_t, uint64_t, double>())
    all.push_back({std::move(id), std::move(name), users, messages, tokens, cost});
  return all;
}

} // namespace nova::pg
