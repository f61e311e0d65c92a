#pragma once

#include "http/http_server.hpp"
#include "simulator/paging.hpp"
#include "simulator/request.hpp"
#include "simulator/world.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nova::simulator {

/// A request on its way through the routes.
struct call {
  world& in;
  request from;
  /// Raw bytes that came with it.
  std::string body = {};
  settings current = {};
  std::string request_id = {};
  int64_t now = 0;
  /// The grant in the path, when there is one.
  grant_state* grant = nullptr;
  std::optional<fault> wrong = std::nullopt;
  /// Objects that the provider was asked for, which Gmail charges.
  int objects = 0;
  bool listed = false;

  [[nodiscard]] bool suffers(fault_kind kind) const {
    return wrong && wrong->kind == kind;
  }
};

/// `{"request_id":…,"error":{…}}`; `provider_error` is JSON or empty.
http::response error_answer(const call& call, int status, std::string_view type,
                            std::string_view message, std::string_view provider_error = {});
http::response refuse(const call& call, const base::bad_input& why);
http::response not_found(const call& call);

/// `{"request_id":…,"data":` and what must follow it. `data` is JSON.
http::response data_answer(const call& call, std::string_view data);
/// `{"request_id":…}`
http::response done_answer(const call& call);
std::string open_envelope(const call& call, size_t reserve);

/// A page that was asked for, checked.
struct page_request {
  size_t limit = 0;
  cursor from;
  uint64_t key = 0;
};
/// `usual` and `most` are the limits of that list.
tl::expected<page_request, http::response> read_page(const call& call, int usual, int most);

/// `,"next_cursor":…` and the end of the envelope; applies the faults of cursors.
void close_list(std::string& out, const call& call, const page_request& page,
                const std::optional<cursor>& next);

/// Threads, messages, folders and attachments of a grant; `call.from.path` starts with
/// `v3/grants/<grant>/`.
http::response answer_email(call& call);

/// `/v3/grants` and `/v3/grants/<grant>`.
http::response answer_grants(call& call);

/// Everything under `/sim/`, apart from what changes webhooks.
http::response answer_admin(call& call);

/// Answers a request whole: path, key, grant, faults, limits, route, gzip. A pure function but for
/// the state of the world. Any thread.
http::response answer(world& in, const http::request& request);

/// The same in steps, for routes that live elsewhere: what must be refused before any route is
/// asked, the route, and what is done with every answer.
std::optional<http::response> admit(call& call, const http::request& request);
http::response route(call& call);
http::response finish(call& call, const http::request& request, http::response response);

} // namespace nova::simulator
