#include "syncs/source_words.hpp"

#include "syncs/sync_failure.hpp"

#include <algorithm>
#include <initializer_list>
#include <string_view>

namespace nova::syncs {
namespace {

bool is_one_of(const std::string& type, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, type) != names.end();
}

} // namespace

std::string watermark_type_of(const std::string& type) {
  if (type.starts_with("timestamp") || type == "date")
    return "timestamp";
  if (is_one_of(type, {"smallint", "integer", "bigint", "numeric", "real", "double precision"}))
    return "number";
  return "text";
}

void fail_at_source(const pg::error& reason) {
  const auto& state = reason.sqlstate();
  std::string text = reason.what();
  bool refused = state.starts_with("28")
                 || (reason.kind() == pg::failure::refused && text.starts_with("connect: "))
                 || text.find("authentication failed") != std::string::npos
                 || text.find("no password supplied") != std::string::npos
                 || text.find("pg_hba.conf") != std::string::npos;
  throw sync_failure(refused                              ? "auth"
                     : reason.kind() == pg::failure::lost ? "network"
                     : state == "42501"                   ? "auth"
                     : state.starts_with("42")            ? "schema"
                                                          : "source",
                     "the source: " + text);
}

} // namespace nova::syncs
