#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Reports over the tables of the assistant platform (schema/assistant). Days are days of the
/// session's time zone; `days` counts back from today. An empty tenant means all tenants. Every
/// function throws `pg::error`.
namespace nova::pg {

/// False: row-level security leaves rows out for this role, so that a report would be wrong without
/// a word.
bool assistant_sees_everything(connection& conn);

/// The id of the tenant with this id or slug.
std::optional<std::string> find_tenant(connection& conn, std::string_view id_or_slug);

struct active_users {
  std::string day; // 2026-11-20
  uint64_t users = 0;
};
/// The latest day first; days without a user are not there.
std::vector<active_users> assistant_active_users(connection& conn, uint32_t days,
                                                 std::string_view tenant);

struct feedback_day {
  std::string day;
  uint64_t positive = 0, negative = 0;
  double average = 0; // from -1 to 1, two places
};
/// The latest day first; days without a rating are not there.
std::vector<feedback_day> assistant_feedback(connection& conn, uint32_t days,
                                             std::string_view tenant);

struct tenant_usage {
  std::string tenant_id, name;
  uint64_t users = 0, messages = 0, tokens = 0;
  double cost = 0;
};
/// The tenant with most tokens first.
std::vector<tenant_usage> assistant_usage(connection& conn, uint32_t days, std::string_view tenant);

} // namespace nova::pg
