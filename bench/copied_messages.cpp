#include "bench/copied_messages.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace {

using nova::pg::message_columns;

constexpr int64_t epoch_of_postgres = 946'684'800; // 2000-01-01, seconds since 1970

/// Rows in the format of COPY BINARY: a header, of each row its number of fields and of each field
/// its length, -1 for null, and its bytes as the type's receive function wants them.
class copy_rows {
public:
  copy_rows() : bytes_("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19) {}

  void row(int16_t fields) {
    number(fields);
  }

  void null() {
    number(int32_t{-1});
  }

  template <std::integral T>
  void field(T value) {
    number(static_cast<int32_t>(sizeof value));
    number(value);
  }

  void field(std::string_view value) {
    number(static_cast<int32_t>(value.size()));
    bytes_ += value;
  }

  void json(std::string_view value) {
    number(static_cast<int32_t>(value.size() + 1));
    bytes_ += '\1'; // the version of the format
    bytes_ += value;
  }

  void uuid(std::string_view text) {
    number(int32_t{16});
    int high = -1;
    for (char c : text) {
      if (c == '-')
        continue;
      auto digit = c <= '9' ? c - '0' : c - 'a' + 10;
      if (high < 0) {
        high = digit;
      } else {
        bytes_ += static_cast<char>(high * 16 + digit);
        high = -1;
      }
    }
  }

  void time(const std::optional<int64_t>& seconds) {
    if (seconds)
      field((*seconds - epoch_of_postgres) * 1'000'000);
    else
      null();
  }

  std::string_view end() {
    number(int16_t{-1});
    return bytes_;
  }

private:
  template <std::integral T>
  void number(T value) {
    for (int shift = 8 * static_cast<int>(sizeof value) - 8; shift >= 0; shift -= 8)
      bytes_ += static_cast<char>(static_cast<uint64_t>(value) >> shift & 255);
  }

  std::string bytes_;
};

std::string rows_of_messages(const message_columns& of) {
  copy_rows out;
  for (size_t i = 0; i < of.size(); ++i) {
    out.row(22);
    out.uuid(of.inbox_id[i]);
    out.field(of.lo[i]);
    out.field(of.hi[i]);
    out.time(of.date[i]);
    out.field(int8_t{of.unread[i]});
    out.field(int8_t{of.starred[i]});
    out.field(int8_t{of.attachments[i] != "[]"});
    out.field(of.id[i]);
    out.field(of.thread_id[i]);
    out.field(of.core_hash[i]);
    out.field(of.extra_hash[i]);
    out.field(of.origin[i]);
    out.field(of.subject[i]);
    out.field(of.snippet[i]);
    for (const auto* list :
         {&of.from, &of.to, &of.cc, &of.bcc, &of.reply_to, &of.folders, &of.metadata})
      out.json((*list)[i]);
    out.field(of.body[i]);
  }
  return std::string{out.end()};
}

std::string rows_of_attachments(const message_columns& of) {
  copy_rows out;
  for (size_t i = 0; i < of.size(); ++i) {
    if (of.attachments[i] == "[]")
      continue;
    out.row(7);
    out.uuid(of.inbox_id[i]);
    out.field(of.id[i]);
    out.field(int16_t{0});
    out.field("a1");
    out.field("invoice.pdf");
    out.field("application/pdf");
    out.field(int64_t{48211});
  }
  return std::string{out.end()};
}

std::string rows_of_threads(const message_columns& of) {
  copy_rows out;
  for (size_t first = 0, last = 0; first < of.size(); first = last) {
    while (last < of.size() && of.thread_id[last] == of.thread_id[first])
      ++last;
    auto at = [](const auto& column, size_t i) {
      return std::next(column.begin(), static_cast<ptrdiff_t>(i));
    };
    auto any = [&](const auto& column, const auto& holds) {
      return std::any_of(at(column, first), at(column, last), holds);
    };
    out.row(12);
    out.uuid(of.inbox_id[first]);
    out.field(of.thread_id[first]);
    out.field(static_cast<int32_t>(last - first));
    out.field(int8_t{any(of.unread, [](bool is) { return is; })});
    out.field(int8_t{any(of.starred, [](bool is) { return is; })});
    out.field(int8_t{any(of.attachments, [](std::string_view list) { return list != "[]"; })});
    out.time(of.date[first]);
    out.time(of.date[last - 1]);
    out.field(of.subject[last - 1]);
    out.field(of.snippet[last - 1]);
    out.json(of.from[last - 1]);
    out.json(of.folders[last - 1]);
  }
  return std::string{out.end()};
}

constexpr auto copy_messages =
  "copy public.flux_email_messages (inbox_id, lo, hi, message_date, unread, starred, "
  "has_attachments, nylas_message_id, nylas_thread_id, core_hash, extra_hash, origin, subject, "
  "snippet, from_addresses, to_addresses, cc_addresses, bcc_addresses, reply_to_addresses, "
  "folders, metadata, body) from stdin (format binary)";
constexpr auto copy_attachments =
  "copy public.flux_email_attachments (inbox_id, nylas_message_id, position, nylas_attachment_id, "
  "filename, content_type, size) from stdin (format binary)";
constexpr auto copy_threads =
  "copy public.flux_email_threads (inbox_id, nylas_thread_id, message_count, unread, starred, "
  "has_attachments, earliest_message_at, latest_message_at, subject, snippet, participants, "
  "folders) from stdin (format binary)";

} // namespace

struct copied_messages::server {
  explicit server(const std::string& url) : raw(PQconnectdb(url.c_str())) {
    if (PQstatus(raw) != CONNECTION_OK) {
      std::string why = PQerrorMessage(raw);
      PQfinish(raw);
      throw std::runtime_error(why);
    }
  }

  ~server() {
    PQfinish(raw);
  }

  server(const server&) = delete;
  server& operator=(const server&) = delete;

  void expect(PGresult* answer, ExecStatusType wanted) const {
    auto got = PQresultStatus(answer);
    PQclear(answer);
    if (got != wanted)
      throw std::runtime_error(PQerrorMessage(raw));
  }

  void run(const char* sql) const {
    expect(PQexec(raw, sql), PGRES_COMMAND_OK);
  }

  void copy(const char* sql, const std::string& rows) const {
    expect(PQexec(raw, sql), PGRES_COPY_IN);
    if (PQputCopyData(raw, rows.data(), static_cast<int>(rows.size())) != 1
        || PQputCopyEnd(raw, nullptr) != 1)
      throw std::runtime_error(PQerrorMessage(raw));
    expect(PQgetResult(raw), PGRES_COMMAND_OK);
    while (auto rest = PQgetResult(raw))
      PQclear(rest);
  }

  PGconn* raw;
};

copied_messages::copied_messages(const std::string& url) : server_(std::make_unique<server>(url)) {}

copied_messages::~copied_messages() = default;

void copied_messages::write(const message_columns& messages) {
  server_->run("begin");
  server_->copy(copy_threads, rows_of_threads(messages));
  server_->copy(copy_messages, rows_of_messages(messages));
  server_->copy(copy_attachments, rows_of_attachments(messages));
  server_->run("commit");
}

void copied_messages::write_messages(const message_columns& messages) {
  server_->copy(copy_messages, rows_of_messages(messages));
}

int copied_messages::backend() const {
  return PQbackendPID(server_->raw);
}
