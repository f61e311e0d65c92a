#include "nylas/parse.hpp"

#include "base/utf8.hpp"
#include "nylas/copies.hpp"
#include "nylas/folder_reader.hpp"
#include "nylas/json.hpp"
#include "nylas/message_reader.hpp"
#include "nylas/reject.hpp"

#include <algorithm>

namespace nova::nylas {

namespace {

/// The elements of a list answer: `data` as every client reads it, or one level deeper as the
/// published description shows it. nullptr for null, which means none.
parsed<const json::value*> find_items(const json::value& root, std::string_view plural) {
  auto data = json::find(root, "data");
  if (data == nullptr)
    return tl::unexpected(base::bad_input{"data", "missing"});
  if (data->IsObject()) {
    auto nested = json::find(*data, plural);
    data = nested != nullptr ? nested : json::find(*data, "items");
  }
  if (data != nullptr && data->IsNull())
    return nullptr;
  if (data == nullptr || !data->IsArray())
    return tl::unexpected(base::bad_input{"data", "wrong type, a list is accepted"});
  return data;
}

parsed<std::string> read_cursor(const json::value& root) {
  auto cursor = json::find_present(root, "next_cursor");
  if (cursor == nullptr)
    return std::string{};
  if (cursor->IsString())
    return std::string{json::text_of(*cursor)};
  if (cursor->IsUint64())
    return std::to_string(cursor->GetUint64());
  return tl::unexpected(base::bad_input{"next_cursor", "wrong type, a string is accepted"});
}

/// `read` makes a T of an object, or says why it cannot.
template <class T, class Read>
parsed<page<T>> read_page(std::string body, std::string_view kind, Read read) {
  json::document document;
  if (auto opened = document.open(std::move(body)); !opened)
    return tl::unexpected(opened.error());
  auto items = find_items(document.root(), std::string{kind} + 's');
  if (!items)
    return tl::unexpected(items.error());
  auto cursor = read_cursor(document.root());
  if (!cursor)
    return tl::unexpected(cursor.error());

  page<T> read_so_far;
  read_so_far.next_cursor = std::move(*cursor);
  auto count = *items == nullptr ? 0 : (*items)->Size();
  read_so_far.items.reserve(std::min<size_t>(count, 200));
  for (rapidjson::SizeType i = 0; i < count; ++i) {
    const auto& item = (**items)[i];
    if (item.IsNull())
      continue;
    if (!item.IsObject()) {
      read_so_far.rejected.push_back(reject(kind, item, {"", "no object"}));
      continue;
    }
    if (auto one = read(item))
      read_so_far.items.push_back(std::move(*one));
    else
      read_so_far.rejected.push_back(reject(kind, item, one.error()));
  }
  return read_so_far;
}

template <class Read>
auto read_single(std::string body, Read read) -> decltype(read(json::value{})) {
  json::document document;
  if (auto opened = document.open(std::move(body)); !opened)
    return tl::unexpected(opened.error());
  auto data = json::find(document.root(), "data");
  if (data == nullptr || !data->IsObject())
    return tl::unexpected(base::bad_input{"data", "missing or no object"});
  auto one = read(*data);
  if (!one)
    one.error().where.insert(0, "data.");
  return one;
}

parsed<thread> read_thread(const json::value& object) {
  json::members fields{object};
  thread read;
  read.id = fields.required_id("id");
  read.grant_id = fields.id("grant_id").value_or("");
  read.subject = fields.text("subject").value_or("");
  read.snippet = fields.text("snippet").value_or("");
  read.earliest_message_date = fields.seconds("earliest_message_date");
  read.latest_message_received_date = fields.seconds("latest_message_received_date");
  read.latest_message_sent_date = fields.seconds("latest_message_sent_date");
  for (const auto& id : fields.list("message_ids").value_or(std::span<const json::value>{})) {
    if (id.IsString() || id.IsInt64() || id.IsUint64())
      read.message_ids.push_back(*json::scalar_text(id));
    else if (!id.IsNull())
      fields.note("message_ids", "an element is no text, left out");
  }
  if (fields.failure())
    return tl::unexpected(*fields.failure());
  read.notes = fields.notes();
  return read;
}

parsed<grant> read_grant(const json::value& object) {
  json::members fields{object};
  grant read;
  read.id = fields.required_id("id");
  read.provider = fields.text("provider").value_or("");
  read.email = fields.text("email").value_or("");
  read.grant_status = fields.text("grant_status").value_or("");
  read.blocked = fields.flag("blocked").value_or(false);
  if (fields.failure())
    return tl::unexpected(*fields.failure());
  return read;
}

std::string without_secrets(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  auto host = url.find("://");
  host = host == std::string_view::npos ? 0 : host + 3;
  auto path = url.find('/', host);
  auto user = url.substr(0, path).rfind('@');
  std::string shown{url};
  if (user != std::string_view::npos && user >= host)
    shown.erase(host, user + 1 - host);
  return shown;
}

parsed<webhook_endpoint> read_endpoint(const json::value& object) {
  json::members fields{object};
  webhook_endpoint read;
  read.id = fields.required_id("id");
  read.url = without_secrets(fields.text("webhook_url").value_or(""));
  read.status = fields.text("status").value_or("active");
  if (fields.failure())
    return tl::unexpected(*fields.failure());
  return read;
}

/// What is left of an answer that is no JSON: its first line, storable.
std::string first_line(const std::string& body) {
  auto line = body.substr(0, std::min<size_t>(body.find_first_of("\r\n"), 200));
  json::mend_text(line);
  std::erase(line, '\0');
  return line;
}

} // namespace

parsed<page<email_message>> parse_message_page(std::string body) {
  message_reader reader;
  auto page = read_page<email_message>(std::move(body), "message",
                                       [&](const json::value& x) { return reader.read(x); });
  if (page)
    unite_copies(page->items);
  return page;
}

parsed<page<thread>> parse_thread_page(std::string body) {
  return read_page<thread>(std::move(body), "thread", read_thread);
}

parsed<page<folder>> parse_folder_page(std::string body) {
  return read_page<folder>(std::move(body), "folder", read_folder);
}

parsed<page<webhook_endpoint>> parse_webhook_page(std::string body) {
  return read_page<webhook_endpoint>(std::move(body), "webhook", read_endpoint);
}

parsed<email_message> parse_message(std::string body) {
  message_reader reader;
  return read_single(std::move(body), [&](const json::value& x) { return reader.read(x); });
}

parsed<thread> parse_thread(std::string body) {
  return read_single(std::move(body), read_thread);
}

parsed<grant> parse_grant(std::string body) {
  return read_single(std::move(body), read_grant);
}

api_error parse_error(const std::string& body) {
  constexpr size_t text_bytes_max = 500;
  api_error read;
  json::document document;
  if (auto opened = document.open(body, {.bytes_max = size_t{1} << 20}); !opened) {
    read.message = first_line(body);
    return read;
  }
  const auto& root = document.root();
  read.request_id = base::start_of(json::find_text(root, "request_id"), text_bytes_max);
  auto error = json::find_present(root, "error");
  if (error == nullptr)
    return read;
  if (error->IsString()) { // OAuth's form
    read.type = base::start_of(json::text_of(*error), text_bytes_max);
    read.message = base::start_of(json::find_text(root, "error_description"), text_bytes_max);
    return read;
  }
  read.type = base::start_of(json::find_text(*error, "type"), text_bytes_max);
  read.message = base::start_of(json::find_text(*error, "message"), text_bytes_max);
  if (auto provider = json::find_present(*error, "provider_error"))
    read.provider_error = base::start_of(json::to_compact(*provider), text_bytes_max);
  return read;
}

} // namespace nova::nylas
