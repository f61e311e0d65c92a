#include "feed/change_feed.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "feed/change_stream.hpp"
#include "http/query_string.hpp"
#include "http/router.hpp"
#include "pg/access/await_changes.hpp"
#include "pg/access/changes_since.hpp"
#include "pg/access/check_change_token.hpp"
#include "pg/error.hpp"
#include "pg/listener.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

// One thread, and what it does in turn:
//
//   let in who asks: token ─▶ stream ─▶ catch up, page by page, on its own position ─▶ live
//   read what changed since the last look, once for all ─▶ to those who are live and may see it
//   wait for a hint (NOTIFY nova_changes, while somebody is here), 250 ms at most
//
// A change that is committed late is told late and in its place: the database's feed sees to that.
// Who is live was told all up to its own position; what the common look has from before is left
// out.

namespace nova::feed {
namespace {

using namespace std::chrono_literals;
using time_point = std::chrono::steady_clock::time_point;

constexpr base::log feed_log{"ChangeFeed"};
constexpr auto hint_lasting = 60s; // how long we ask for hints
constexpr auto hint_renewal = 20s;
constexpr auto hinted_for = 2s; // after a hint: what was hinted at may be settled later
constexpr auto hinted_pause = 10ms;
constexpr auto quiet_pause = 250ms;
constexpr auto linger = 30s; // the connection stays so long without clients
constexpr auto retry_pause_max = 5s;
constexpr uint32_t page = 1'000;
constexpr std::string_view bearer = "Bearer ";

std::string sha256_of(std::string_view text) {
  std::string hash(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
         reinterpret_cast<unsigned char*>(hash.data()));
  return hash;
}

/// Who asks to be let in.
struct asking {
  std::string token_hash, since;
  http::server::reply reply;
};

http::response refusal(int status, std::string_view reason) {
  auto response = http::error_response(status, reason);
  response.headers.emplace_back("Access-Control-Allow-Origin", "*");
  if (status == 401)
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
  if (status == 503)
    response.headers.emplace_back("Retry-After", "5");
  return response;
}

} // namespace

class change_feed::pump {
public:
  pump(change_feed_settings settings, base::metrics& metrics) : settings_(std::move(settings)) {
    clients_now_ = metrics.gauge_of({"nova_feed_clients", "Clients that follow changes.", {}});
    told_ = metrics.counter_of({"nova_feed_events_total", "Events that clients were sent.", {}});
    lagged_ = metrics.counter_of(
      {"nova_feed_lagging_total", "Clients that were let go because they did not read.", {}});
    thread_ = std::thread{[this] { run(); }};
  }

  ~pump() {
    stop();
  }

  void stop() {
    {
      std::lock_guard guard{mutex_};
      stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable())
      thread_.join();
  }

  void receive(const http::request& request, http::server::reply reply) {
    auto given = request.header("authorization");
    if (given.size() <= bearer.size()
        || !http::equal_ignoring_case(given.substr(0, bearer.size()), bearer))
      return reply(refusal(401, "a token is needed: Authorization: Bearer TOKEN, of "
                                "mail_change_token"));
    std::string since{request.header("last-event-id")};
    if (since.empty())
      since = http::query_parameter(request.target, "since").value_or("");
    if (!since.empty() && since != "start" && !parse_position(since))
      return reply(refusal(400, "since: takes the id of an event, or start"));
    std::lock_guard guard{mutex_};
    if (stopping_ || asking_.size() >= settings_.asking_max)
      return reply(refusal(503, stopping_ ? "the node is stopping" : "too many ask at once"));
    asking_.push_back({sha256_of(given.substr(bearer.size())), std::move(since), std::move(reply)});
    changed_.notify_all();
  }

private:
  void run() {
    auto pause = 100ms;
    while (await_work()) {
      try {
        serve();
        pause = 100ms;
      } catch (const std::exception& problem) {
        feed_log.warn("changes cannot be read; clients wait", {{"reason", problem.what()}});
        refuse_all(503, "the database cannot be asked now");
        for (auto& client : clients_)
          client.live = false;
        std::unique_lock lock{mutex_};
        changed_.wait_for(lock, pause, [this] { return stopping_; });
        pause = std::min<std::chrono::milliseconds>(pause * 2, retry_pause_max);
      }
    }
    refuse_all(503, "the node is stopping");
    for (auto& client : clients_)
      if (auto outbox = client.outbox.lock()) {
        outbox->end();
        outbox->waker.wake();
      }
  }

  /// False when it is over.
  bool await_work() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return stopping_ || !asking_.empty() || !clients_.empty(); });
    return !stopping_;
  }

  bool stopping() {
    std::lock_guard guard{mutex_};
    return stopping_;
  }

  /// Until nobody has been here for a while. Throws `pg::error`.
  void serve() {
    pg::connection conn{settings_.database};
    pg::listener listener{settings_.database, {"nova_changes"}};
    at_.clear();
    time_point last_client = base::monotonic_now(), renewed{}, hinted{};
    while (!stopping()) {
      auto now = base::monotonic_now();
      let_in(conn);
      forget_the_gone();
      if (!clients_.empty())
        last_client = now;
      else if (now - last_client > linger)
        return;
      if (now - renewed > hint_renewal) {
        pg::await_changes{settings_.node, hint_lasting}.run(conn);
        renewed = now;
      }
      bool more = !clients_.empty() && (read_for_all(conn) | catch_up(conn));
      check_tokens(conn, now);
      beat(now);
      wake();
      auto recently = now - hinted < hinted_for;
      if (!more && !listener.wait(recently ? hinted_pause : wait_of_asking()).empty())
        hinted = base::monotonic_now();
    }
  }

  std::chrono::milliseconds wait_of_asking() {
    std::lock_guard guard{mutex_};
    return asking_.empty() ? std::chrono::milliseconds{quiet_pause} : 0ms;
  }

  void let_in(pg::connection& conn) {
    std::deque<asking> all;
    {
      std::lock_guard guard{mutex_};
      all.swap(asking_);
    }
    while (!all.empty()) {
      auto one = std::move(all.front());
      all.pop_front();
      try {
        let_in(conn, one);
      } catch (const pg::error& failure) {
        bool absent = failure.sqlstate() == "42883" || failure.sqlstate() == "42P01"
                      || failure.sqlstate() == "3F000";
        one.reply(absent ? refusal(501, "the database has no feed: nova migrate up --system access")
                         : refusal(503, "the database cannot be asked now"));
        if (absent)
          continue;
        std::lock_guard guard{mutex_};
        asking_.insert(asking_.begin(), std::make_move_iterator(all.begin()),
                       std::make_move_iterator(all.end()));
        throw;
      }
    }
  }

  void let_in(pg::connection& conn, asking& one) {
    auto reader = pg::check_change_token{one.token_hash}.run(conn);
    if (!reader)
      return one.reply(refusal(401, "the token is not good, or no more"));
    if (clients_.size() >= settings_.clients_max)
      return one.reply(refusal(503, "this node has as many clients as it takes"));
    auto outbox = std::make_shared<change_outbox>(settings_.waiting_max);
    change_client client;
    client.token_hash = std::move(one.token_hash);
    client.inboxes = {reader->inboxes.begin(), reader->inboxes.end()};
    client.at = std::move(one.since);
    client.outbox = outbox;
    clients_.push_back(std::move(client));
    clients_now_.set(static_cast<double>(clients_.size()));
    one.reply(stream_of(std::move(outbox)));
  }

  void forget_the_gone() {
    std::erase_if(clients_, [](const auto& client) { return client.outbox.expired(); });
    clients_now_.set(static_cast<double>(clients_.size()));
  }

  void tell(change_client& client, const pg::mail_change& change, std::string_view event) {
    auto outbox = client.outbox.lock();
    if (!outbox)
      return;
    told_.add();
    client.at = change.position;
    client.place = parse_position(change.position);
    if (outbox->add(event))
      return;
    lagged_.add();
    outbox->waker.wake();
    client.outbox.reset();
  }

  /// One page for each who is not live yet. True when there is more to read.
  bool catch_up(pg::connection& conn) {
    bool more = false;
    for (auto& client : clients_) {
      if (client.live || client.outbox.expired())
        continue;
      // Its own reading may outrun what it takes: the next page waits until it has this one.
      if (auto outbox = client.outbox.lock(); outbox->waiting() && !client.at.empty())
        continue;
      pg::changes_since query;
      query.limit = page;
      query.inboxes = {client.inboxes.begin(), client.inboxes.end()};
      if (!client.at.empty())
        query.position = client.at;
      auto found = query.run(conn);
      for (const auto& change : found)
        tell(client, change, event_of(change));
      client.live = found.empty() || found.back().kind == "position";
      more = more || !client.live;
    }
    return more;
  }

  /// What changed since the last look, to all who are live. True when there is more to read.
  bool read_for_all(pg::connection& conn) {
    pg::changes_since query;
    query.limit = page;
    query.all = true;
    if (!at_.empty())
      query.position = at_;
    auto found = query.run(conn);
    if (found.empty())
      return false;
    at_ = found.back().position;
    if (found.back().kind == "resync") {
      // It may concern some inboxes only: each asks for itself.
      for (auto& client : clients_)
        client.live = false;
      return true;
    }
    for (const auto& change : found)
      if (change.kind != "position")
        tell_live(change);
    return found.back().kind != "position";
  }

  void tell_live(const pg::mail_change& change) {
    auto place = parse_position(change.position);
    auto event = event_of(change);
    for (auto& client : clients_)
      if (client.live && client.inboxes.contains(change.inbox)
          && (!place || !client.place || place->after(*client.place)))
        tell(client, change, event);
  }

  void check_tokens(pg::connection& conn, time_point now) {
    if (now - tokens_checked_ < settings_.token_check)
      return;
    tokens_checked_ = now;
    for (auto& client : clients_) {
      auto outbox = client.outbox.lock();
      if (!outbox)
        continue;
      if (auto reader = pg::check_change_token{client.token_hash}.run(conn)) {
        client.inboxes = {reader->inboxes.begin(), reader->inboxes.end()};
        continue;
      }
      outbox->add("event: end\ndata: {\"reason\":\"the token is good no more\"}\n\n");
      outbox->end();
      outbox->waker.wake();
      client.outbox.reset();
    }
  }

  void beat(time_point now) {
    if (now - beaten_ < settings_.heartbeat)
      return;
    beaten_ = now;
    for (auto& client : clients_)
      if (auto outbox = client.outbox.lock())
        if (!outbox->waiting())
          outbox->add(":\n\n");
  }

  void wake() {
    for (auto& client : clients_)
      if (auto outbox = client.outbox.lock(); outbox && outbox->waiting())
        outbox->waker.wake();
  }

  void refuse_all(int status, std::string_view reason) {
    std::deque<asking> all;
    {
      std::lock_guard guard{mutex_};
      all.swap(asking_);
    }
    for (auto& one : all)
      one.reply(refusal(status, reason));
  }

  change_feed_settings settings_;
  base::gauge clients_now_;
  base::counter told_, lagged_;
  std::mutex mutex_; // of the three below
  std::condition_variable changed_;
  std::deque<asking> asking_;
  bool stopping_ = false;
  // The rest is the thread's.
  std::vector<change_client> clients_;
  std::string at_; // of the common look; empty: it begins now
  time_point tokens_checked_ = base::monotonic_now(), beaten_ = base::monotonic_now();
  std::thread thread_; // last: it uses all of the above
};

change_feed::change_feed(change_feed_settings settings, base::metrics& metrics)
  : pump_(std::make_unique<pump>(std::move(settings), metrics)) {}

change_feed::~change_feed() = default;

void change_feed::receive(http::request request, http::server::reply reply) {
  if (request.method == "OPTIONS") {
    http::response response;
    response.status = 204;
    response.headers = {{"Access-Control-Allow-Origin", "*"},
                        {"Access-Control-Allow-Headers", "Authorization, Last-Event-ID"},
                        {"Access-Control-Max-Age", "86400"}};
    return reply(std::move(response));
  }
  pump_->receive(request, std::move(reply));
}

void change_feed::stop() {
  pump_->stop();
}

} // namespace nova::feed
