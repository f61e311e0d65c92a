#include "pg/copy_in.hpp"

#include "pg/error.hpp"

#include <utility>

namespace nova::pg {
namespace {

/// What stands behind the backslash of an escape.
char unescaped(char c) {
  switch (c) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'v': return '\v';
    default: return c;
  }
}

} // namespace

copy_in::copy_in(connection& conn, const char* sql) : conn_(conn) {
  conn_.begin_copy(sql, PGRES_COPY_IN);
}

copy_in::~copy_in() {
  if (!open_)
    return;
  PQputCopyEnd(conn_.raw_.get(), "it was not finished");
  while (auto* raw = PQgetResult(conn_.raw_.get()))
    PQclear(raw);
}

void copy_in::put(std::string_view data) {
  if (PQputCopyData(conn_.raw_.get(), data.data(), static_cast<int>(data.size())) == 1)
    return;
  // The server has ended it, and says why where the result is.
  open_ = false;
  conn_.end_copy();
  throw error(failure::lost, "copy: the connection is gone");
}

uint64_t copy_in::finish() {
  open_ = false;
  if (PQputCopyEnd(conn_.raw_.get(), nullptr) != 1) {
    conn_.end_copy();
    throw error(failure::lost, "copy: the connection is gone");
  }
  return conn_.end_copy();
}

void append_copy_text(std::string& row, std::string_view value) {
  for (char c : value) {
    switch (c) {
      case '\\': row += "\\\\"; break;
      case '\n': row += "\\n"; break;
      case '\r': row += "\\r"; break;
      case '\t': row += "\\t"; break;
      default: row += c;
    }
  }
}

bool first_copy_fields(std::string_view row, size_t count,
                       std::vector<std::optional<std::string>>& out) {
  out.clear();
  if (row.ends_with('\n'))
    row.remove_suffix(1);
  for (size_t at = 0; out.size() < count; ++at) {
    if (at > row.size())
      return false;
    auto end = row.find('\t', at);
    auto field = row.substr(at, end == std::string_view::npos ? row.size() - at : end - at);
    at += field.size();
    if (field == "\\N") {
      out.emplace_back(std::nullopt);
      continue;
    }
    std::string value;
    for (size_t i = 0; i < field.size(); ++i)
      value += field[i] == '\\' && i + 1 < field.size() ? unescaped(field[++i]) : field[i];
    out.emplace_back(std::move(value));
  }
  return true;
}

} // namespace nova::pg
