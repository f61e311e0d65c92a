#include "jobs/send_api.hpp"

#include "base/json_text.hpp"
#include "base/log.hpp"
#include "base/once_a_minute.hpp"
#include "base/printable.hpp"
#include "http/hmac.hpp"
#include "jobs/send_request.hpp"
#include "messages/error_code.hpp"
#include "pg/error.hpp"
#include "pg/messenger/messenger_send_request.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <array>
#include <mutex>
#include <string_view>
#include <utility>

// The way of a request:
//
//   token ─▶ JSON, field by field ─▶ one actor asks the database ─▶ 202
//    401           400, 413                400, 503
//
// The actor is what joins two worlds: a server thread must not wait, and only an actor can ask
// another with a time-out. It lives for one request.

namespace nova::jobs {
namespace {

constexpr base::log send_api_log{"SendApi"};
constexpr auto retry_after_seconds = "5";
constexpr std::string_view bearer = "Bearer ";

enum class send_end : uint8_t { sent, malformed, unauthorized, unavailable };
constexpr std::array send_end_names{"sent", "malformed", "unauthorized", "unavailable"};

/// What came of a request that the database was asked for.
struct send_outcome {
  std::vector<pg::sent_message> sent;
  std::string refused = {}; // why the messages cannot be sent as they are
  bool in_doubt = false;
};

/// Refusals of the messages themselves, not of our tables, rights or server.
bool is_of_the_messages(const std::string& sqlstate) {
  return sqlstate.starts_with("22") || sqlstate.starts_with("23") || sqlstate.starts_with("NM");
}

/// As `messenger_send_request`, but not run again when nobody knows whether it was committed and
/// the same again would send twice.
struct send_once {
  static constexpr const char* name = pg::messenger_send_request::name;

  pg::messenger_send_request request;
  bool keyed = false;

  send_outcome run(pg::connection& conn) const {
    try {
      return {request.run(conn)};
    } catch (const pg::error& failure) {
      if (failure.kind() == pg::failure::in_doubt && !keyed)
        return {{}, {}, true};
      if (failure.kind() == pg::failure::refused && is_of_the_messages(failure.sqlstate()))
        return {{}, failure.what()};
      throw;
    }
  }
};

std::string answer_of(const std::vector<pg::sent_message>& sent, bool one) {
  rapidjson::StringBuffer text;
  base::json_writer out{text};
  if (!one)
    out.StartArray();
  for (const auto& [id, created] : sent) {
    out.StartObject();
    out.Key("id");
    out.Int64(id);
    out.Key("created");
    out.Bool(created);
    out.EndObject();
  }
  if (!one)
    out.EndArray();
  return {text.GetString(), text.GetSize()};
}

http::response fault(int status, std::string_view reason, std::string_view field = {}) {
  rapidjson::StringBuffer text;
  base::json_writer out{text};
  auto put = [&](const char* key, std::string_view value) {
    out.Key(key);
    out.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  };
  out.StartObject();
  put("error", base::printable(reason));
  if (!field.empty())
    put("field", field);
  out.EndObject();
  http::response response;
  response.status = status;
  response.body.assign(text.GetString(), text.GetSize());
  if (status == 503)
    response.headers.emplace_back("Retry-After", retry_after_seconds);
  return response;
}

/// The server's sentence without the name of our statement before it, and without where it was.
std::string sentence_of(std::string text) {
  if (auto colon = text.find(": "); colon != std::string::npos)
    text.erase(0, colon + 2);
  return text.substr(0, text.rfind(" (PL/pgSQL "));
}

} // namespace

/// What outlives the API as long as a request waits.
struct send_api::shared_state {
  shared_state(caf::actor_system& system, send_api_settings settings)
    : system(system), settings(std::move(settings)) {
    RAND_bytes(reinterpret_cast<unsigned char*>(key.data()), static_cast<int>(key.size()));
    for (const auto& token : this->settings.tokens)
      good.push_back(http::hmac_sha256(key, token));
  }

  /// The time tells neither which token, nor how much of one was right, nor how long they are.
  [[nodiscard]] bool knows(std::string_view authorization) const {
    bool given = authorization.size() > bearer.size()
                 && http::equal_ignoring_case(authorization.substr(0, bearer.size()), bearer);
    auto token = given ? authorization.substr(bearer.size()) : std::string_view{};
    auto hash = http::hmac_sha256(key, token);
    bool matches = false;
    for (const auto& one : good)
      matches |= CRYPTO_memcmp(one.data(), hash.data(), hash.size()) == 0;
    return matches && given;
  }

  /// Into the log, not for each of thousands.
  void note(const std::string& reason) {
    std::lock_guard guard{mutex};
    if (auto times = told.due(reason, base::monotonic_now()); times > 0)
      send_api_log.warn("messages not sent; the caller is told",
                        {{"reason", reason}, {"times", times}});
  }

  database_actor current_database() {
    std::lock_guard guard{mutex};
    return database;
  }

  caf::actor_system& system;
  const send_api_settings settings;
  std::string key = std::string(32, '\0');
  std::vector<http::sha256_hash> good;
  std::mutex mutex;
  database_actor database;  // under the mutex
  base::once_a_minute told; // as well

  std::array<base::counter, send_end_names.size()> requests;
  base::counter messages;

  std::atomic<bool> closed{false};
  std::atomic<size_t> waiting{0};
  std::atomic<size_t> waiting_bytes{0};
};

/// A request that has not been answered. When it is lost on any way, it answers 503.
class send_api::pending_send {
public:
  pending_send(std::shared_ptr<shared_state> state, http::server::reply reply, size_t bytes)
    : state_(std::move(state)), reply_(std::move(reply)), bytes_(bytes) {
    fits_ = ++state_->waiting <= state_->settings.waiting_max;
    fits_ = (state_->waiting_bytes += bytes) <= state_->settings.waiting_bytes_max && fits_;
  }

  ~pending_send() {
    try {
      unavailable("the node could not do it now");
    } catch (...) {
      // Out of memory: the server notices that the reply was dropped.
    }
  }

  pending_send(const pending_send&) = delete;
  pending_send& operator=(const pending_send&) = delete;

  [[nodiscard]] bool fits() const noexcept {
    return fits_;
  }

  void sent(const std::vector<pg::sent_message>& rows, bool one) {
    state_->messages.add(static_cast<double>(rows.size()));
    http::response response;
    response.status = 202;
    response.body = answer_of(rows, one);
    finish(send_end::sent, std::move(response));
  }

  void malformed(std::string_view reason, std::string_view field = {}) {
    finish(send_end::malformed, fault(400, reason, field));
  }

  void unauthorized() {
    auto response = fault(401, "a token is needed: Authorization: Bearer TOKEN, one of "
                               "NOVA_API_TOKEN");
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
    finish(send_end::unauthorized, std::move(response));
  }

  void unavailable(std::string_view reason) {
    finish(send_end::unavailable, fault(503, reason));
  }

private:
  /// Only the first call counts; one actor or thread has it at a time.
  void finish(send_end how, http::response response) {
    if (std::exchange(finished_, true))
      return;
    --state_->waiting;
    state_->waiting_bytes -= bytes_;
    state_->requests[static_cast<size_t>(how)].add();
    reply_(std::move(response));
  }

  std::shared_ptr<shared_state> state_;
  http::server::reply reply_;
  size_t bytes_;
  bool fits_ = false;
  bool finished_ = false;
};

send_api::send_api(caf::actor_system& system, send_api_settings settings, base::metrics& metrics)
  : state_(std::make_shared<shared_state>(system, std::move(settings))) {
  for (size_t i = 0; i < send_end_names.size(); ++i)
    state_->requests[i] = metrics.counter_of({"nova_send_requests_total",
                                              "Requests to send messages, by how they ended.",
                                              {{"result", send_end_names[i]}}});
  state_->messages =
    metrics.counter_of({"nova_send_messages_total", "Messages that were sent over HTTP.", {}});
  router_.add("POST", "/messenger/v1/send",
              [this](http::request request, http::server::reply reply) {
                receive(std::move(request), std::move(reply));
              });
  http::server_limits limits;
  limits.body_max = send_bytes_max;
  limits.bodies_max = state_->settings.waiting_bytes_max;
  limits.connections_max = state_->settings.connections_max;
  server_ = std::make_unique<http::server>(limits, [this](http::request request,
                                                          http::server::reply reply) {
    router_.handle(std::move(request), std::move(reply));
  });
}

send_api::~send_api() = default;

void send_api::use_database(database_actor database) {
  std::lock_guard guard{state_->mutex};
  state_->database = std::move(database);
}

void send_api::add_route(const std::string& method, const std::string& path,
                         http::server::handler handler) {
  router_.add(method, path, std::move(handler));
}

uint16_t send_api::listen(const std::string& host, uint16_t port) {
  return server_->listen(host, port);
}

void send_api::stop(std::chrono::milliseconds grace) {
  state_->closed = true;
  server_->stop(grace);
}

void send_api::receive(http::request request, http::server::reply reply) const {
  auto pending = std::make_shared<pending_send>(state_, std::move(reply), request.body.size());
  if (!state_->knows(request.header("authorization")))
    return pending->unauthorized();
  if (state_->closed)
    return pending->unavailable("the node is stopping");
  if (!pending->fits())
    return pending->unavailable("too many requests wait");
  auto read =
    parse_send_request(std::move(request.body), std::string{request.header("idempotency-key")});
  if (!read)
    return pending->malformed(to_string(read.error()), read.error().where);
  auto database = state_->current_database();
  if (!database)
    return pending->unavailable("the node has no database yet");
  auto ask_database =
    [state = state_, database = std::move(database), one = read->one,
     query = send_once{{std::move(read->messages), std::move(read->key)}, read->keyed}](
      caf::event_based_actor* self, const std::shared_ptr<pending_send>& pending) mutable {
      ask(self, database, std::move(query), state->settings.database_timeout)
        .then(
          [pending, one](send_outcome& outcome) {
            if (outcome.in_doubt)
              pending->unavailable(
                "the answer of the database is missing: it may have been sent, and "
                "the same again sends twice; with an Idempotency-Key it does not");
            else if (!outcome.refused.empty())
              pending->malformed(sentence_of(outcome.refused));
            else
              pending->sent(outcome.sent, one);
          },
          [pending, state](const caf::error& reason) {
            state->note(describe(reason));
            pending->unavailable("the database cannot take it now; nothing is lost: send it again");
          });
    };
  state_->system.spawn(std::move(ask_database), std::move(pending));
}

} // namespace nova::jobs
