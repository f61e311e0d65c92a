#include "pg/adoption/source_page.hpp"

#include "base/json_text.hpp"
#include "schema/queries.hpp"

#include <rapidjson/stringbuffer.h>

#include <utility>

// The tables and columns are another program's, so the statement is made in the database from what
// is asked for, by a block that opens a cursor. It needs no right to make anything, and works on a
// standby too.
namespace nova::pg {
namespace {

/// The beginning of what is asked for; the object is still open.
void begin(base::json_writer& out, const char* what, const source_place& place) {
  out.StartObject();
  for (const auto& [name, value] :
       {std::pair<const char*, const std::string*>{"schema", &place.schema},
        {"table", &place.table},
        {"key", &place.key}}) {
    out.Key(name);
    out.String(value->data(), static_cast<rapidjson::SizeType>(value->size()));
  }
  out.Key("what");
  out.String(what);
}

std::vector<source_row> look(connection& source, base::json_writer& out,
                             rapidjson::StringBuffer& asked) {
  out.EndObject();
  std::optional<transaction> own;
  if (!source.in_transaction())
    own.emplace(source);
  source.exec(sql::source_page_ask, std::string{asked.GetString(), asked.GetSize()});
  source.exec(sql::source_page_open);
  std::vector<source_row> all;
  auto page = source.exec(sql::source_page_fetch);
  for (auto& [key, digest, bytes, row] :
       page.rows<std::string, std::string, int64_t, std::optional<std::string>>())
    all.push_back({std::move(key), std::move(digest), bytes, std::move(row).value_or("")});
  if (own)
    own->commit();
  return all;
}

void write_list(base::json_writer& out, const char* name, const std::vector<std::string>& texts) {
  out.Key(name);
  out.StartArray();
  for (const auto& text : texts)
    out.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  out.EndArray();
}

} // namespace

std::vector<source_row> source_digests::run(connection& source) const {
  rapidjson::StringBuffer asked;
  base::json_writer out{asked};
  begin(out, "digests", place);
  write_list(out, "show", show);
  out.Key("limit");
  out.Uint(limit);
  if (after) {
    out.Key("after");
    out.String(after->data(), static_cast<rapidjson::SizeType>(after->size()));
  }
  return look(source, out, asked);
}

std::vector<source_row> source_rows::run(connection& source) const {
  rapidjson::StringBuffer asked;
  base::json_writer out{asked};
  begin(out, "rows", place);
  write_list(out, "keys", keys);
  return look(source, out, asked);
}

source_count count_source::run(connection& source) const {
  rapidjson::StringBuffer asked;
  base::json_writer out{asked};
  begin(out, "count", place);
  if (newest) {
    out.Key("newest");
    out.String(newest->data(), static_cast<rapidjson::SizeType>(newest->size()));
  }
  auto found = look(source, out, asked);
  return {found.at(0).bytes, std::stoll(found.at(0).row), found.at(0).key};
}

} // namespace nova::pg
