#include "inspection/inspection.hpp"

#include "base/clock.hpp"
#include "base/json_text.hpp"
#include "base/log.hpp"
#include "base/printable.hpp"
#include "base/seed.hpp"
#include "http/query_string.hpp"
#include "http/router.hpp"
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
namespace nova::http {
namespace {

using namespace std::chrono_literals;

constexpr base::log log{"Inspection"};

constexpr std::string_view prefix = "/inspect/v1/";
constexpr size_t orders_max = size_t{64} * 1024;
// Of other nodes; a table has at most some thousand rows.
constexpr base::json_bounds answers{.bytes_max = size_t{256} << 20};
constexpr auto follow_pause = 200ms;
constexpr auto follow_longest = std::chrono::minutes{60};
constexpr int64_t rows_max = 100'000;

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

base::http_response json_response(int status, std::string body) {
  base::http_response response;
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

/// Rows of several nodes and who did not answer, as one answer.
class gathered {
public:
  explicit gathered(const std::string& node) : node_(node) {
    rows_.SetArray();
  }

  void add(const node_inspected& answer, const std::string& from) {
    rapidjson::Document parsed{&rows_.GetAllocator()};
    (void)base::parse_json(parsed, answer.json, answers);
    if (answer.status != 200) {
      if (status_ == 200 && from == node_)
        status_ = answer.status;
      error_ = parsed.IsObject() ? text_of(parsed, "error") : "no answer";
      if (from != node_)
        silent(from, error_);
      return;
    }
    auto* list = parsed.IsObject() && parsed.HasMember("rows") ? &parsed["rows"] : &parsed;
    if (!list->IsArray())
      return silent(from, "an answer that cannot be read");
    total_ += parsed.IsObject() && parsed.HasMember("total") && parsed["total"].IsUint64()
                ? parsed["total"].GetUint64()
                : list->Size();
    for (auto& row : list->GetArray())
      rows_.PushBack(row, rows_.GetAllocator());
  }

  void silent(const std::string& node, const std::string& why) {
    silent_.append(silent_.empty() ? "" : ",")
      .append("{\"node\":" + base::json_string(node) + ",\"reason\":" + base::json_string(why)
              + "}");
  }

  [[nodiscard]] int status() const {
    return status_;
  }

  [[nodiscard]] std::string text() const {
    if (status_ != 200)
      return "{\"error\":" + base::json_string(error_) + "}";
    rapidjson::StringBuffer buffer;
    base::json_writer writer{buffer};
    rows_.Accept(writer);
    return fmt::format(R"({{"version":1,"node":{},"total":{},"silent":[{}],"rows":{}}})",
                       base::json_string(node_), total_, silent_, buffer.GetString());
  }

  [[nodiscard]] const rapidjson::Document& rows() const {
    return rows_;
  }

private:
  std::string node_;
  rapidjson::Document rows_;
  std::string silent_, error_;
  uint64_t total_ = 0;
  int status_ = 200;
};

/// A link takes frames of 16 MiB (`cluster/frame_guard`); what is larger would close it.
node_inspected sendable(node_inspected answer) {
  constexpr size_t bytes_max = size_t{8} << 20;
  if (answer.json.size() <= bytes_max)
    return answer;
  return {413, R"({"error":"its rows are more than 8 MiB; --limit or --where makes them fewer"})"};
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

std::string order_row(const operator_order& order, std::string_view will,
                      std::string_view outcome) {
  return fmt::format(R"([{{"action":{},"target":{},"will":{},"outcome":{}}}])",
                     base::json_string(order.action), base::json_string(order.target),
                     base::json_string(will), base::json_string(outcome));
}

tl::expected<operator_order, base::bad_input> parse_order(const std::string& body) {
  rapidjson::Document parsed;
  if (!base::parse_json(parsed, body, {.bytes_max = orders_max}) || !parsed.IsObject())
    return tl::unexpected(base::bad_input{"body", "a JSON object is expected"});
  operator_order order;
  for (const auto& [name, member, bytes_max] : recorded_texts) {
    auto& text = order.*member = text_of(parsed, name);
    if (text.size() > bytes_max)
      return tl::unexpected(
        base::bad_input{name, "at most " + std::to_string(bytes_max) + " bytes can be recorded"});
    if (!base::is_utf8(text) || text.find('\0') != std::string::npos)
      return tl::unexpected(
        base::bad_input{name, "cannot be recorded: it is not UTF-8 without zero bytes"});
  }
  if (auto lasting = parsed.FindMember("for_s");
      lasting != parsed.MemberEnd() && lasting->value.IsUint())
    order.lasting = std::chrono::seconds{lasting->value.GetUint()};
  if (auto dry = parsed.FindMember("dry_run"); dry != parsed.MemberEnd() && dry->value.IsBool())
    order.dry_run = dry->value.GetBool();
  if (order.action.empty())
    return tl::unexpected(base::bad_input{"action", "is missing"});
  return order;
}

inspection::inspection(inspection_parts parts)
  : parts_(std::move(parts)), actors_(parts_.node, parts_.directory, parts_.message_name) {}

inspection::~inspection() = default;

void inspection::serve_local(const base::http_request& request,
                             const base::http_server::reply& reply) {
  if (!request.peer_uid || (*request.peer_uid != ::geteuid() && *request.peer_uid != 0))
    return reply(error_response(403, "this socket is for the user that the node runs as"));
  auto asked = request.header("X-Nova-Role");
  auto role = asked.empty() ? operator_role::view : parse_role(asked);
  if (!role)
    return reply(error_response(400, "X-Nova-Role is view, operate or admin"));
  serve({user_name(*request.peer_uid), "socket", *role}, request, reply);
}

void inspection::serve_network(const base::http_request& request,
                               const base::http_server::reply& reply) {
  // Behind the TLS front, which is this process: who else may open its socket could name any peer.
  if (request.peer_uid && *request.peer_uid != ::geteuid())
    return reply(error_response(403, "this socket is for the node itself"));
  auto given = request.header("Authorization");
  auto found = parts_.tokens.end();
  if (given.starts_with("Bearer "))
    for (auto each = parts_.tokens.begin(); each != parts_.tokens.end(); ++each)
      if (same_secret(given.substr(7), each->first))
        found = each;
  if (found == parts_.tokens.end()) {
    note_refusal(request.peer);
    auto refusal = error_response(401, "a token is needed: NOVA_INSPECT_TOKEN");
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
void inspection::note_refusal(const std::string& peer) {
  ++refused_;
  auto now = base::monotonic_now().time_since_epoch().count();
  auto last = refusal_noted_.load();
  bool due = last == 0 || now - last > std::chrono::steady_clock::duration{5s}.count();
  if (due && refusal_noted_.compare_exchange_strong(last, now))
    log.warn("refused: no valid token", {{"peer", peer}, {"refused", refused_.exchange(0)}});
}

void inspection::serve(const asker& who, const base::http_request& request,
                       const base::http_server::reply& reply) {
  auto target = std::string_view{request.target};
  if (!target.starts_with(prefix))
    return reply(error_response(404, "the inspection API is below /inspect/v1/"));
  target.remove_prefix(prefix.size());
  auto path = std::string{target.substr(0, target.find('?'))};
  if (path == "act")
    return request.method == "POST" ? act(who, request, reply)
                                    : reply(error_response(405, "act takes POST"));
  if (request.method != "GET")
    return reply(error_response(405, "looking takes GET"));
  if (path == "whoami")
    return reply(json_response(
      200,
      fmt::format(
        R"({{"version":1,"node":{},"total":1,"silent":[],"rows":[{{"node":{},"user":{},"role":"{}"}}]}})",
        base::json_string(parts_.node), base::json_string(parts_.node), base::json_string(who.who),
        to_string(who.role))));
  if (path == "follow")
    return follow(who, std::string{target}, reply);
  look(who, path, std::string{target}, reply);
}

node_inspected inspection::here(const std::string& target) {
  return actors_.answer(target);
}

void inspection::look(const asker& who, const std::string& path, const std::string& target,
                      const base::http_server::reply& reply) {
  if (!path.starts_with("tables/")) {
    auto only = query_parameter(target, "node").value_or("");
    return fan_out(who, target, only, [reply](int status, std::string text) {
      reply(json_response(status, std::move(text)));
    });
  }
  table_question question{path.substr(7), query_parameter(target, "arg").value_or("")};
  auto limit = query_parameter(target, "limit").value_or("100");
  std::from_chars(limit.data(), limit.data() + limit.size(), question.limit);
  question.limit = std::clamp(question.limit, int64_t{1}, rows_max);
  parts_.tables(std::move(question), [node = parts_.node, reply](const node_inspected& answer) {
    gathered all{node};
    all.add(answer, node);
    reply(json_response(all.status(), all.text()));
  });
}

void inspection::fan_out(const asker& who, const std::string& target, const std::string& only,
                         const std::function<void(int, std::string)>& done) {
  auto own = only.empty() || only == parts_.node ? std::optional{here(target)} : std::nullopt;
  auto finish = [node = parts_.node, own = std::move(own), only,
                 done](const std::vector<peer_answer>& answers) {
    gathered all{node};
    if (own)
      all.add(*own, node);
    for (const auto& each : answers) {
      if (each.silent.empty())
        all.add(each.answer, each.node);
      else
        all.silent(each.node, each.silent);
    }
    if (!own && answers.empty())
      return done(404, "{\"error\":" + base::json_string("no node is called '" + only + "'") + "}");
    done(all.status(), all.text());
  };
  bool alone = only == parts_.node || query_parameter(target, "scope") == "here" || !parts_.peers;
  if (alone)
    return finish({});
  parts_.peers({target, "", who.who, to_string(who.role)}, only, finish);
}

void inspection::act(const asker& who, const base::http_request& request,
                     const base::http_server::reply& reply) {
  auto order = parse_order(request.body);
  if (!order)
    return reply(error_response(400, to_string(order.error())));
  order->who = who.who;
  order->via = who.via;
  order->role = who.role;
  if (!order->dry_run && who.role < needed_for(order->action))
    return reply(
      error_response(403, fmt::format("{} needs the role {}, this session has {}", order->action,
                                      to_string(needed_for(order->action)), to_string(who.role))));
  auto done = [reply](const node_inspected& answer) {
    reply(json_response(answer.status, answer.json));
  };
  if (!on_an_actor(order->action))
    return parts_.change(std::move(*order), done);
  auto slash = order->target.find('/');
  auto node = order->target.substr(0, slash);
  if (slash == std::string::npos)
    return reply(error_response(400, "an actor is named NODE/KIND/KEY"));
  if (node == parts_.node) {
    order->target.erase(0, slash + 1);
    return parts_.control(std::move(*order), done);
  }
  if (!parts_.peers)
    return reply(error_response(404, "no node is called '" + node + "'"));
  parts_.peers({"act", request.body, who.who, to_string(who.role)}, node,
               [reply, node](const std::vector<peer_answer>& answers) {
                 if (answers.empty())
                   return reply(error_response(404, "no node is called '" + node + "'"));
                 const auto& first = answers.front();
                 if (!first.silent.empty())
                   return reply(error_response(504, node + ": " + first.silent));
                 reply(json_response(first.answer.status, first.answer.json));
               });
}

void inspection::answer_peer(const inspect_node& question, const inspected& answer) {
  if (question.path != "act")
    return answer(sendable(here(question.path)));
  auto order = parse_order(question.body);
  auto slash = order ? order->target.find('/') : std::string::npos;
  if (!order || slash == std::string::npos)
    return answer({400, R"({"error":"not an order"})"});
  order->target.erase(0, slash + 1);
  order->who = question.who;
  order->via = "peer";
  order->role = parse_role(question.role).value_or(operator_role::view);
  if (!order->dry_run && order->role < needed_for(order->action))
    return answer({403, R"({"error":"the role does not allow it"})"});
  parts_.control(std::move(*order), answer);
}

void inspection::follow(const asker& who, const std::string& target,
                        const base::http_server::reply& reply) {
  auto state = std::make_shared<follower_state>();
  auto question = "trace?session=" + random_id() + "&limit=100"
                  + (target.find('?') == std::string::npos ? "" : "&" + target.substr(7));
  auto only = query_parameter(target, "node").value_or("");
  base::http_response response;
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
      alive->fan_out(who, question, only, [state](int status, const std::string& text) {
        auto inner = std::scoped_lock{state->mutex};
        state->asking = false;
        bool events = status == 200 && text.find(R"("rows":[])") == std::string::npos;
        if (status != 200)
          state->lines.push_back("event: error\ndata: " + text + "\n\n");
        else if (events)
          state->lines.push_back("event: trace\ndata: " + text + "\n\n");
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

} // namespace nova::http
