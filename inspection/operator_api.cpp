#include "inspection/operator_api.hpp"

#include "base/clock.hpp"
#include "base/json_text.hpp"
#include "base/log.hpp"
#include "base/printable.hpp"
#include "base/seed.hpp"
#include "http/query_string.hpp"
#include "http/router.hpp"
#include "inspection/status.hpp"
#include "json/json_reader.hpp"
#include "shell/row_query.hpp"

#include <fmt/format.h>
#include <openssl/sha.h>
#include <pwd.h>
#include <rapidjson/document.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <charconv>
#include <deque>
#include <mutex>
#include <optional>

// A question is `KIND?arguments` below /inspect/v1/. What nodes answer for themselves (actors,
// findings, failures, trace) is asked of the peers too, whose rows are put together; what the
// tables know (tables/VIEW) is asked once.
namespace nova::inspection {
namespace {

using namespace std::chrono_literals;

constexpr base::log operator_api_log{"Inspection"};

constexpr std::string_view prefix = "/inspect/v1/";
constexpr size_t orders_max = size_t{64} * 1024;
// Of other nodes; a table has at most some thousand rows.
constexpr json::bounds answers{.bytes_max = size_t{256} << 20};
constexpr uint32_t rows_default = 100;
constexpr uint32_t rows_max = 100'000;
constexpr double stuck_default = 10; // seconds
constexpr auto follow_pause = 200ms;
constexpr auto follow_longest = std::chrono::minutes{60};

std::string user_name(uint32_t uid) {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr)
    return found->pw_name;
  return "uid " + std::to_string(uid);
}

/// Takes as long whatever differs.
bool same_secret(std::string_view left, std::string_view right) {
  unsigned char differs = left.size() == right.size() ? 0 : 1;
  for (size_t i = 0; i < left.size() && i < right.size(); ++i)
    differs |= static_cast<unsigned char>(left[i] ^ right[i]);
  return differs == 0;
}

/// What tells a token without a name from the others, and does not help to find it.
std::string mark_of(const std::string& token) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
  SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(), hash.data());
  return fmt::format("{:02x}{:02x}{:02x}{:02x}", hash[0], hash[1], hash[2], hash[3]);
}

http::response json_response(int status, std::string body) {
  http::response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

std::string text_of(const rapidjson::Value& object, const char* name) {
  auto found = object.FindMember(name);
  return found != object.MemberEnd() && found->value.IsString()
           ? std::string{found->value.GetString(), found->value.GetStringLength()}
           : std::string{};
}

std::string no_node_called(const std::string& name) {
  return "no node is called '" + name + "'";
}

/// A link takes frames of 16 MiB (`cluster/frame_guard`); what is larger would close it.
node_inspected sendable(node_inspected answer) {
  constexpr size_t bytes_max = size_t{8} << 20;
  constexpr size_t fields = 128; // what is not text, in each row, at most
  size_t bytes = 0;
  for (const auto& x : answer.actors)
    bytes += fields + x.kind.size() + x.key.size() + x.parent.size() + x.doing.size()
             + x.last_failure.size() + x.message.size() + x.awaited.size();
  for (const auto& x : answer.findings)
    bytes += fields + x.actor.size() + x.text.size() + x.next.size() + x.about.size();
  for (const auto& x : answer.failures)
    bytes += fields + x.actor.size() + x.reason.size() + x.doing.size();
  for (const auto& x : answer.traced)
    bytes += fields + x.actor.size() + x.message.size() + x.from.size() + x.doing.size();
  if (bytes <= bytes_max)
    return answer;
  node_inspected refused;
  refused.status = status::too_large;
  refused.error = "its rows are more than 8 MiB; --limit or --where makes them fewer";
  return refused;
}

std::string random_id() {
  return fmt::format("{:016x}", base::random_seed());
}

/// What goes into the audit log, with the most bytes of each.
struct recorded_text {
  const char* name;
  std::string operator_order::*member;
  size_t bytes_max;
};
constexpr recorded_text recorded_texts[] = {{"action", &operator_order::action, 64},
                                            {"target", &operator_order::target, 2000},
                                            {"value", &operator_order::value, 4000},
                                            {"reason", &operator_order::reason, 4000}};

/// The views that nodes answer for themselves.
constexpr std::pair<std::string_view, node_view> views[] = {
  {"actors", node_view::actors},     {"findings", node_view::findings},
  {"failures", node_view::failures}, {"trace", node_view::trace},
  {"details", node_view::details},   {"processes", node_view::process}};

uint32_t limit_of(const std::string& target) {
  auto text = http::query_parameter(target, "limit").value_or("");
  uint32_t limit = rows_default;
  std::from_chars(text.data(), text.data() + text.size(), limit);
  return std::min(limit, rows_max);
}

/// What the path and the arguments of a request ask of a node; nothing when there is no such view.
std::optional<inspect_node> question_of(std::string_view path, const std::string& target) {
  const auto* view = std::ranges::find(views, path, &std::pair<std::string_view, node_view>::first);
  if (view == std::end(views))
    return {};
  auto text = [&](const char* name) { return http::query_parameter(target, name).value_or(""); };
  inspect_node question;
  question.view = view->second;
  question.path = text("path");
  question.where = text("where");
  question.sort = text("sort").empty() ? "actor" : text("sort");
  if (auto over = http::query_parameter(target, "over"))
    question.stuck_for = shell::parse_seconds(*over).value_or(stuck_default);
  question.session = text("session");
  question.kind = text("kind");
  question.key = text("key");
  question.about = text("about");
  question.limit = limit_of(target);
  return question;
}

bool on_an_actor(const std::string& action) {
  return action == "suspend" || action == "wake" || action == "restart" || action == "kill";
}

operator_role needed_for(const std::string& action) {
  return action == "kill" || action == "drain" || action == "undrain" ? operator_role::admin
                                                                      : operator_role::operate;
}

/// A session of somebody who follows: asks all nodes again and again, and gives what came. Lives as
/// long as its connection.
struct follower_state {
  std::mutex mutex;
  std::deque<std::string> lines;
  bool asking = false;
};

} // namespace

std::string to_string(operator_role role) {
  switch (role) {
    case operator_role::view: return "view";
    case operator_role::operate: return "operate";
    case operator_role::admin: return "admin";
  }
  return "unknown";
}

std::optional<operator_role> parse_role(std::string_view name) {
  for (auto role : {operator_role::view, operator_role::operate, operator_role::admin})
    if (to_string(role) == name)
      return role;
  return {};
}

std::string order_text(const operator_order& order, const order_answered& answer) {
  if (answer.status != 200)
    return "{\"error\":" + base::json_string(answer.error) + "}";
  return fmt::format(R"([{{"action":{},"target":{},"will":{},"outcome":{}}}])",
                     base::json_string(order.action), base::json_string(order.target),
                     base::json_string(answer.will), base::json_string(answer.outcome));
}

namespace {

/// What of an order could not be recorded.
std::optional<base::bad_input> unrecordable(const operator_order& order) {
  for (const auto& [name, member, bytes_max] : recorded_texts) {
    const auto& text = order.*member;
    if (text.size() > bytes_max)
      return base::bad_input{name,
                             "at most " + std::to_string(bytes_max) + " bytes can be recorded"};
    if (!base::is_utf8(text) || text.find('\0') != std::string::npos)
      return base::bad_input{name, "cannot be recorded: it is not UTF-8 without zero bytes"};
  }
  if (order.action.empty())
    return base::bad_input{"action", "is missing"};
  return {};
}

} // namespace

order_answered refusal(uint16_t status, std::string reason) {
  return {status, std::move(reason), {}, {}};
}

tl::expected<operator_order, base::bad_input> parse_order(const std::string& body) {
  rapidjson::Document parsed;
  if (!json::parse(parsed, body, {.bytes_max = orders_max}) || !parsed.IsObject())
    return tl::unexpected(base::bad_input{"body", "a JSON object is expected"});
  operator_order order;
  for (const auto& text : recorded_texts)
    order.*text.member = text_of(parsed, text.name);
  if (auto lasting = parsed.FindMember("for_s");
      lasting != parsed.MemberEnd() && lasting->value.IsUint())
    order.lasting = std::chrono::seconds{lasting->value.GetUint()};
  if (auto dry = parsed.FindMember("dry_run"); dry != parsed.MemberEnd() && dry->value.IsBool())
    order.dry_run = dry->value.GetBool();
  if (auto fault = unrecordable(order))
    return tl::unexpected(std::move(*fault));
  return order;
}

operator_api::operator_api(operator_api_parts parts)
  : parts_(std::move(parts)), actors_({parts_.node, parts_.directory, parts_.message_name,
                                       parts_.own_findings, parts_.usage}) {}

operator_api::~operator_api() = default;

void operator_api::serve_local(const http::request& request, const http::server::reply& reply) {
  if (!request.peer_uid || (*request.peer_uid != ::geteuid() && *request.peer_uid != 0))
    return reply(http::error_response(403, "this socket is for the user that the node runs as"));
  auto asked = request.header("X-Nova-Role");
  auto role = asked.empty() ? operator_role::view : parse_role(asked);
  if (!role)
    return reply(http::error_response(400, "X-Nova-Role is view, operate or admin"));
  serve({user_name(*request.peer_uid), "socket", *role}, request, reply);
}

void operator_api::serve_network(const http::request& request, const http::server::reply& reply) {
  // Behind the TLS front, which is this process: who else may open its socket could name any peer.
  if (request.peer_uid && *request.peer_uid != ::geteuid())
    return reply(http::error_response(403, "this socket is for the node itself"));
  auto given = request.header("Authorization");
  auto found = parts_.tokens.end();
  if (given.starts_with("Bearer "))
    for (auto each = parts_.tokens.begin(); each != parts_.tokens.end(); ++each)
      if (same_secret(given.substr(7), each->first))
        found = each;
  if (found == parts_.tokens.end()) {
    note_refusal(request.peer);
    auto refusal = http::error_response(
      401, "this node knows no such token: yours is in NOVA_TOKEN, its own are in its "
           "NOVA_INSPECT_TOKEN");
    refusal.close = true; // a place is for who may use it
    return reply(std::move(refusal));
  }
  auto name = parts_.token_names.find(found->first);
  auto who = fmt::format("token {} of {}",
                         name == parts_.token_names.end() ? mark_of(found->first) : name->second,
                         request.peer);
  auto role = parse_role(request.header("X-Nova-Role")).value_or(operator_role::view);
  serve({who, "network", std::min(role, found->second)}, request, reply);
}

/// Strangers can try a thousand times a second; the log has a line in five seconds.
void operator_api::note_refusal(const std::string& peer) {
  ++refused_;
  auto now = base::monotonic_now().time_since_epoch().count();
  auto last = refusal_noted_.load();
  bool due = last == 0 || now - last > std::chrono::steady_clock::duration{5s}.count();
  if (due && refusal_noted_.compare_exchange_strong(last, now))
    operator_api_log.warn("refused: no valid token",
                          {{"peer", peer}, {"refused", refused_.exchange(0)}});
}

void operator_api::serve(const asker& who, const http::request& request,
                         const http::server::reply& reply) {
  auto target = std::string_view{request.target};
  if (!target.starts_with(prefix))
    return reply(http::error_response(404, "the inspection API is below /inspect/v1/"));
  target.remove_prefix(prefix.size());
  auto path = std::string{target.substr(0, target.find('?'))};
  if (path == "act")
    return request.method == "POST" ? act(who, request, reply)
                                    : reply(http::error_response(405, "act takes POST"));
  if (request.method != "GET")
    return reply(http::error_response(405, "looking takes GET"));
  if (path == "whoami")
    return reply(
      json_response(200, api_answer(parts_.node, 1,
                                    fmt::format(R"([{{"node":{},"user":{},"role":"{}"}}])",
                                                base::json_string(parts_.node),
                                                base::json_string(who.who), to_string(who.role)))));
  if (path == "follow")
    return follow(std::string{target}, reply);
  look(path, std::string{target}, reply);
}

void operator_api::look(const std::string& path, const std::string& target,
                        const http::server::reply& reply) {
  if (auto question = question_of(path, target)) {
    auto only = http::query_parameter(target, "scope") == "here"
                  ? parts_.node
                  : http::query_parameter(target, "node").value_or("");
    return fan_out(*question, only, [reply](const gathered_rows& all) {
      reply(json_response(all.status(), all.text()));
    });
  }
  if (!path.starts_with("tables/"))
    return reply(http::error_response(404, "there is nothing at this path"));
  table_question question{path.substr(7), http::query_parameter(target, "arg").value_or(""),
                          std::max<int64_t>(limit_of(target), 1)};
  parts_.tables(std::move(question), [node = parts_.node, reply](const table_answer& answer) {
    if (answer.status != 200)
      return reply(http::error_response(answer.status, answer.error));
    rapidjson::Document rows;
    (void)json::parse(rows, answer.rows, answers);
    auto count = rows.IsArray() ? rows.Size() : 0;
    reply(json_response(200, api_answer(node, count, answer.rows)));
  });
}

void operator_api::fan_out(const inspect_node& question, const std::string& only,
                           const std::function<void(const gathered_rows&)>& done) {
  auto all = gathered_rows{parts_.node};
  if (only.empty() || only == parts_.node)
    all.add(actors_.answer(question), parts_.node);
  if (only == parts_.node)
    return done(all);
  auto finish = [only, all, done](std::vector<peer_answer> answers) mutable {
    if (!only.empty() && answers.empty())
      all.refuse(404, no_node_called(only));
    for (auto& each : answers) {
      if (each.silent.empty())
        all.add(std::move(each.answer), each.node);
      else
        all.add_silent(each.node, each.silent);
    }
    done(all);
  };
  if (!parts_.peers)
    return finish({});
  parts_.peers(question, only, std::move(finish));
}

void operator_api::act(const asker& who, const http::request& request,
                       const http::server::reply& reply) {
  auto wanted = parse_order(request.body);
  if (!wanted)
    return reply(http::error_response(400, to_string(wanted.error())));
  wanted->who = who.who;
  wanted->via = who.via;
  wanted->role = who.role;
  if (!wanted->dry_run && who.role < needed_for(wanted->action))
    return reply(http::error_response(
      403, fmt::format("{} needs the role {}, this session has {}", wanted->action,
                       to_string(needed_for(wanted->action)), to_string(who.role))));
  order(*wanted, reply);
}

void operator_api::order(const operator_order& what, const http::server::reply& reply) {
  auto done = [reply, what](const order_answered& answer) {
    reply(json_response(answer.status, order_text(what, answer)));
  };
  if (!on_an_actor(what.action))
    return parts_.change(what, done);
  auto slash = what.target.find('/');
  if (slash == std::string::npos)
    return done(refusal(status::bad_question, "an actor is named NODE/KIND/KEY"));
  auto node = what.target.substr(0, slash);
  auto path = what.target.substr(slash + 1);
  if (node == parts_.node) {
    auto here = what;
    here.target = path;
    return parts_.control(std::move(here), done);
  }
  if (!parts_.order_peer)
    return done(refusal(status::not_there, no_node_called(node)));
  parts_.order_peer({what.action, path, what.reason, what.dry_run, what.who, to_string(what.role)},
                    node, done);
}

node_inspected operator_api::answer_peer(const inspect_node& question) {
  auto bounded = question;
  bounded.limit = std::min(bounded.limit, rows_max);
  return sendable(actors_.answer(bounded));
}

void operator_api::obey_peer(const order_actor& asked, const order_told& done) {
  operator_order order;
  order.action = asked.action;
  order.target = asked.target;
  order.reason = asked.reason;
  order.dry_run = asked.dry_run;
  order.who = asked.who;
  order.via = "peer";
  order.role = parse_role(asked.role).value_or(operator_role::view);
  if (auto fault = unrecordable(order))
    return done(refusal(status::bad_question, to_string(*fault)));
  if (!on_an_actor(order.action))
    return done(refusal(status::bad_question, "not an order to an actor"));
  if (!order.dry_run && order.role < needed_for(order.action))
    return done(refusal(status::not_allowed, "the role does not allow it"));
  parts_.control(std::move(order), done);
}

void operator_api::follow(const std::string& target, const http::server::reply& reply) {
  auto state = std::make_shared<follower_state>();
  auto question = *question_of("trace", target);
  question.session = random_id();
  question.limit = rows_default;
  auto only = http::query_parameter(target, "node").value_or("");
  http::response response;
  response.content_type = "text/event-stream";
  response.headers.emplace_back("Cache-Control", "no-store");
  auto began = base::monotonic_now();
  auto self = weak_from_this();
  response.next = [=, asked = began - follow_pause,
                   pinged = began]() mutable -> std::optional<std::string> {
    auto now = base::monotonic_now();
    auto alive = self.lock();
    if (!alive || now - began > follow_longest)
      return {};
    auto lock = std::unique_lock{state->mutex};
    std::string piece;
    for (; !state->lines.empty(); state->lines.pop_front())
      piece += state->lines.front();
    bool ask = !state->asking && now - asked >= follow_pause;
    state->asking = state->asking || ask;
    lock.unlock();
    if (ask) {
      asked = now;
      alive->fan_out(question, only, [state](const gathered_rows& all) {
        auto inner = std::scoped_lock{state->mutex};
        state->asking = false;
        if (all.status() != 200)
          state->lines.push_back("event: error\ndata: " + all.text() + "\n\n");
        else if (all.any())
          state->lines.push_back("event: trace\ndata: " + all.text() + "\n\n");
      });
    }
    if (piece.empty() && now - pinged > 1s) {
      pinged = now;
      piece = ": still here\n\n"; // writing is how a lost client is noticed
    }
    return piece;
  };
  reply(std::move(response));
}

} // namespace nova::inspection
