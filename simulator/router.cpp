#include "base/clock.hpp"
#include "http/gzip.hpp"
#include "simulator/answers.hpp"
#include "simulator/api_objects.hpp"
#include "simulator/changes.hpp"

#include <array>
#include <ctime>

// The way of a request: taken apart, key checked, grant found, limits and faults applied (`admit`),
// then its route, then what concerns every answer: headers, faults of the transport, gzip
// (`finish`).

namespace nova::simulator {
namespace {

constexpr size_t gzip_from_bytes = 200;

bool under(const call& call, std::string_view first, std::string_view second = {}) {
  const auto& path = call.from.path;
  return !path.empty() && path[0] == first
         && (second.empty() || (path.size() > 1 && path[1] == second));
}

/// Method and path with ids replaced by `*`: what statistics count by.
std::string route_of(const call& call) {
  std::string out = call.from.method;
  const auto& path = call.from.path;
  for (size_t i = 0; i < path.size() && i < 6; ++i)
    out += (i == 0 ? " /" : "/") + (i == 2 || i == 4 ? std::string("*") : path[i]);
  return path.empty() ? out + " /" : out;
}

std::string_view bearer(const http::request& request) {
  auto value = request.header("authorization");
  constexpr std::string_view scheme = "Bearer ";
  return value.starts_with(scheme) ? value.substr(scheme.size()) : std::string_view{};
}

/// An HTTP date (RFC 9110, 5.6.7) that many seconds from now.
std::string http_date(int64_t seconds) {
  const auto time = static_cast<time_t>(seconds);
  tm parts{};
  gmtime_r(&time, &parts);
  std::array<char, 40> text{};
  const size_t size = strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text.data(), size};
}

void add_retry_after(const call& call, http::response& out, int seconds, bool as_date) {
  out.headers.emplace_back("Retry-After",
                           as_date ? http_date(call.now + seconds) : std::to_string(seconds));
}

http::response raw_answer(int status, std::string_view type, std::string_view body) {
  http::response out;
  out.status = status;
  out.content_type = type;
  out.body = body;
  return out;
}

http::response unauthorized(const call& call) {
  return error_answer(
    call, 401, "unauthorized", "Unauthorized",
    R"({"code":401,"message":"Request had invalid authentication credentials."})");
}

http::response expired(const call& call) {
  return error_answer(call, 401, "invalid_request_error", "Authentication error",
                      R"({"error":"invalid_grant","provider_error":"Bad Request"})");
}

http::response limited_by_provider(const call& call, std::string_view message) {
  std::string provider_error = "{\"error\":{\"code\":429,\"message\":";
  append_text(provider_error, message);
  return error_answer(call, 429, "rate_limit_error", "Too many requests, please try again shortly.",
                      provider_error + "}}");
}

/// Faults that are a whole answer; nothing for those that change one.
std::optional<http::response> whole_fault(call& call) {
  switch (call.wrong->kind) {
    case fault_kind::nylas_limit:
      return error_answer(call, 429, "nylas_rate_limit_exceeded", "Too many requests");
    case fault_kind::provider_limit: return limited_by_provider(call, "User-rate limit exceeded.");
    case fault_kind::quota_limit:
      return error_answer(
        call, 403, "provider_error", "Quota exceeded",
        R"({"error":{"code":403,"message":"User Rate Limit Exceeded","errors":[{"reason":"userRateLimitExceeded"}]}})");
    case fault_kind::server_error:
      return error_answer(call, 500, "api.internal_error", "Internal server error");
    case fault_kind::bad_gateway: return error_answer(call, 502, "provider_error", "Bad gateway");
    case fault_kind::html:
      return raw_answer(502, "text/html",
                        "<html><head><title>502 Bad Gateway</title></head>"
                        "<body><center><h1>502 Bad Gateway</h1></center></body></html>\r\n");
    case fault_kind::plain_text:
      return raw_answer(502, "text/plain", "Bad Gateway: the service behind it is not available");
    case fault_kind::unavailable:
      return error_answer(call, 503, "provider_error", "Service unavailable");
    case fault_kind::gateway_timeout:
      return error_answer(call, 504, "provider_error", "Provider request timed out.");
    case fault_kind::unauthorized: return unauthorized(call);
    case fault_kind::expired_grant:
      if (call.grant != nullptr)
        changes{call.in}.expire(*call.grant);
      return expired(call);
    case fault_kind::forbidden:
      return error_answer(call, 403, "insufficient_scopes", "The grant lacks a required scope");
    case fault_kind::blocked:
      return error_answer(call, 423, "api.resource_blocked", "The grant is blocked");
    case fault_kind::gone:
    case fault_kind::gone_at_first: return not_found(call);
    case fault_kind::stale_cursor:
      if (call.from.value("page_token"))
        return refuse(call, {"page_token", "invalid or expired page token"});
      return std::nullopt;
    default: return std::nullopt;
  }
}

std::optional<http::response> find_grant(call& call, std::string_view key) {
  const auto& name = call.from.path[2];
  if (name == "me") {
    for (const auto& grant : call.in.grants())
      if (grant->access_token == key)
        call.grant = grant.get();
  } else {
    call.grant = call.in.find_grant(name);
  }
  if (call.grant == nullptr)
    return error_answer(call, 404, "grant.not_found", "Grant not found.");
  // An access token opens its own grant only.
  if (key != call.in.api_key() && key != call.grant->access_token)
    return unauthorized(call);
  return std::nullopt;
}

/// Validity and limits, for everything beneath a grant.
std::optional<http::response> admit_grant(call& call) {
  const auto lasts =
    call.current.latency + (call.wrong ? call.wrong->delay : std::chrono::milliseconds{0});
  const auto now = base::monotonic_now();
  std::lock_guard lock{call.grant->guard};
  auto& condition = call.grant->condition;
  if (call.current.rate_limits)
    if (auto over = condition.usage.refuse(call.grant->provider, now)) {
      auto out = over->by_provider
                   ? limited_by_provider(call, over->message)
                   : error_answer(call, 429, "nylas_rate_limit_exceeded", over->message);
      if (over->retry_after)
        add_retry_after(call, out, *over->retry_after, false);
      return out;
    }
  condition.usage.begin(now, lasts);
  if (call.from.path.size() == 3)
    return std::nullopt; // the grant itself can always be looked at
  if (condition.blocked)
    return error_answer(call, 423, "api.resource_blocked", "The grant is blocked");
  return condition.valid ? std::nullopt : std::optional{expired(call)};
}

/// What the header or the script wants to go wrong; fails when the header is not understood.
tl::expected<std::optional<fault>, base::bad_input> choose_fault(const call& call,
                                                                 std::string_view header) {
  if (!header.empty()) {
    auto asked = parse_fault_header(header);
    if (!asked)
      return tl::unexpected(asked.error());
    return std::optional{*asked};
  }
  return call.in.decide_fault(call.from.method, call.from.raw_path);
}

/// Nylas keeps no mail of Google and Microsoft: every object of an answer is got from there. Google
/// has a price for each object, also those of a list; Microsoft gives whole messages by the page,
/// but has no threads: the messages of each are asked for. Of IMAP a call is one request.
provider_cost cost_of(const call& call) {
  const auto& kind = call.from.path[3];
  const auto objects = static_cast<uint64_t>(call.objects);
  const uint64_t lists = call.listed ? 1 : 0;
  if (call.grant->provider == provider::google) {
    const auto& now = call.current;
    const bool folders = kind == "folders";
    const int object = folders             ? now.units_folder
                       : kind == "threads" ? now.units_thread
                                           : now.units_object;
    const int list = folders ? now.units_folder : now.units_list;
    return {lists * static_cast<uint64_t>(list) + objects * static_cast<uint64_t>(object),
            lists + objects};
  }
  if (call.grant->provider == provider::microsoft && kind == "threads")
    return {0, lists + objects};
  return {0, lists + objects > 0 ? uint64_t{1} : 0};
}

provider_cost add_usage(call& call, http::response& out) {
  const auto cost = cost_of(call);
  out.headers.emplace_back("Nylas-Provider-Request-Count", std::to_string(cost.provider_requests));
  if (call.grant->provider == provider::google)
    out.headers.emplace_back("Nylas-Gmail-Quota-Usage", std::to_string(cost.gmail_units));
  std::lock_guard lock{call.grant->guard};
  call.grant->condition.usage.charge(cost, base::monotonic_now());
  return cost;
}

void spoil(const call& call, http::response& out) {
  const auto& wrong = *call.wrong;
  if (out.status == 429 || out.status == 503 || out.status == 403)
    if (wrong.retry_after)
      add_retry_after(call, out, *wrong.retry_after, wrong.retry_after_as_date);
  out.delay += wrong.delay;
  if (wrong.kind == fault_kind::cut)
    out.cut_after = 0;
  else if (wrong.kind == fault_kind::cut_body)
    out.cut_after = std::min(wrong.bytes, out.body.size());
  else if (wrong.kind == fault_kind::truncated_json)
    out.body.resize(out.body.size() / 2);
  else if (wrong.kind == fault_kind::malformed_json && !out.body.empty())
    out.body[out.body.find(':') == std::string::npos ? 0 : out.body.find(':')] = '=';
}

bool accepts_gzip(const http::request& request) {
  return request.header("accept-encoding").find("gzip") != std::string_view::npos;
}

} // namespace

std::optional<http::response> admit(call& call, const http::request& request) {
  call.current = call.in.current();
  call.now = call.in.now();
  call.request_id = call.in.next_request_id();
  call.body = request.body;
  auto parsed = parse_request(request.method, request.target);
  if (!parsed)
    return refuse(call, parsed.error());
  call.from = std::move(*parsed);
  const auto key = bearer(request);
  const bool of_grant = under(call, "v3", "grants") && call.from.path.size() >= 3;
  if (key != call.in.api_key() && !(of_grant && key.starts_with("sim_token_")))
    return unauthorized(call);
  if (of_grant)
    if (auto refused = find_grant(call, key))
      return refused;
  if (under(call, "sim"))
    return std::nullopt;
  auto wrong = choose_fault(call, request.header("x-sim-fault"));
  if (!wrong)
    return refuse(call, wrong.error());
  call.wrong = *wrong;
  if (call.grant != nullptr)
    if (auto refused = admit_grant(call))
      return refused;
  return call.wrong ? whole_fault(call) : std::nullopt;
}

http::response route(call& call) {
  if (under(call, "sim"))
    return answer_admin(call);
  const bool reads = call.from.method == "GET" || call.from.method == "HEAD";
  if (!under(call, "v3", "grants"))
    return not_found(call);
  if (!reads)
    return error_answer(call, 405, "invalid_request_error",
                        "the simulator only answers GET here; see /sim/ for changes");
  return call.from.path.size() <= 3 ? answer_grants(call) : answer_email(call);
}

http::response finish(call& call, const http::request& request, http::response out) {
  provider_cost cost;
  if (call.grant != nullptr && under(call, "v3") && call.from.path.size() > 3)
    cost = add_usage(call, out);
  out.headers.emplace_back("x-request-id", call.request_id);
  if (!under(call, "sim"))
    out.delay += call.current.latency;
  if (call.wrong)
    spoil(call, out);
  const bool broken = call.suffers(fault_kind::truncated_gzip);
  if (broken
      || (call.current.gzip && out.body.size() >= gzip_from_bytes && accepts_gzip(request)
          && out.content_type != "application/octet-stream")) {
    out.body = http::gzip(out.body);
    if (broken)
      out.body.resize(out.body.size() / 2);
    out.headers.emplace_back("Content-Encoding", "gzip");
  }
  call.in.statistics.count(route_of(call), out.status, out.body.size(), call.wrong.has_value(),
                           cost);
  return out;
}

http::response answer(world& in, const http::request& request) {
  call call{in, {}};
  auto refused = admit(call, request);
  return finish(call, request, refused ? std::move(*refused) : route(call));
}

} // namespace nova::simulator
