#include "simulator/answers.hpp"

#include "simulator/api_objects.hpp"

#include <algorithm>

namespace nova::simulator {

std::string open_envelope(const call& call, size_t reserve) {
  std::string out;
  out.reserve(reserve + 128);
  out += "{\"request_id\":";
  append_text(out, call.request_id);
  return out;
}

http::response error_answer(const call& call, int status, std::string_view type,
                            std::string_view message, std::string_view provider_error) {
  http::response out;
  out.status = status;
  out.body = open_envelope(call, 256);
  out.body += ",\"error\":{\"type\":";
  append_text(out.body, type);
  out.body += ",\"message\":";
  append_text(out.body, message);
  if (!provider_error.empty())
    out.body.append(",\"provider_error\":").append(provider_error);
  out.body += "}}";
  return out;
}

http::response refuse(const call& call, const base::bad_input& why) {
  return error_answer(call, 400, "invalid_request_error", to_string(why));
}

http::response not_found(const call& call) {
  return error_answer(call, 404, "not_found_error", "requested object not found");
}

http::response data_answer(const call& call, std::string_view data) {
  http::response out;
  out.body = open_envelope(call, data.size());
  out.body.append(",\"data\":").append(data).append("}");
  return out;
}

http::response done_answer(const call& call) {
  http::response out;
  out.body = open_envelope(call, 0) + "}";
  return out;
}

tl::expected<page_request, http::response> read_page(const call& call, int usual, int most) {
  auto limit = number_value(call.from, "limit");
  if (!limit)
    return tl::unexpected(refuse(call, limit.error()));
  int64_t size = limit->value_or(usual);
  if (call.current.clamp_limits)
    size = std::clamp<int64_t>(size, 1, most);
  if (size < 1 || size > most)
    return tl::unexpected(
      refuse(call, {"limit", "must be a whole number from 1 to " + std::to_string(most)}));
  if (call.suffers(fault_kind::short_page))
    size = std::max<int64_t>(1, size / 3);
  else if (call.suffers(fault_kind::long_page))
    size *= 3;
  page_request out;
  out.limit = static_cast<size_t>(size);
  out.key = list_key(call.from);
  auto token = call.from.value("page_token");
  if (!token || token->empty())
    return out;
  auto place = unseal(*token, out.key, call.now, call.current.cursor_lifetime.count());
  if (!place || call.suffers(fault_kind::stale_cursor))
    return tl::unexpected(refuse(call, {"page_token", "invalid or expired page token"}));
  out.from = *place;
  return out;
}

void close_list(std::string& out, const call& call, const page_request& page,
                const std::optional<cursor>& next) {
  const bool endless = call.suffers(fault_kind::endless_cursor);
  const bool again = endless || call.suffers(fault_kind::repeated_cursor)
                     || call.suffers(fault_kind::empty_page) || call.suffers(fault_kind::null_data);
  const auto token = call.from.value("page_token").value_or("");
  if (next || endless) {
    auto place = again ? page.from : *next;
    if (endless)
      place.number = call.in.next_number();
    out += ",\"next_cursor\":";
    append_text(out, call.suffers(fault_kind::repeated_cursor) && !token.empty()
                       ? token
                       : seal(place, page.key, call.now));
  }
  out += '}';
}

} // namespace nova::simulator
