#include "simulator/deliveries.hpp"

#include "base/clock.hpp"
#include "base/ensure.hpp"
#include "base/log.hpp"
#include "http/gzip.hpp"
#include "nylas/signature.hpp"
#include "simulator/id_codec.hpp"
#include "simulator/post.hpp"
#include "simulator/random.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

// A delivery goes through these places:
//
//   send ─▶ due_ (by time) ─▶ ready (of its destination) ─▶ poster ─▶ acknowledged
//              ▲                                               │
//              └── 408, 429, 502, 503, 504, 507, no answer ────┴──▶ given up
//
// All of them belong to the mutex; the poster belongs to the thread.

namespace nova::simulator {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

constexpr base::log deliveries_log{"SimulatorWebhooks"};
constexpr size_t latencies_max = 10'000;
constexpr size_t updates_max = 100'000;
constexpr size_t lost_max = 100'000;
constexpr uint64_t for_deliveries = 4001;

struct delivery {
  std::shared_ptr<notification_payload> what;
  std::string destination_id;
  int attempt = 1;
};

struct attempt_begin {
  steady::time_point at = steady::now();
  base::wall_time wall = base::wall_now();
};

} // namespace

std::string to_json(const delivery_statistics& of) {
  auto number = [](const char* name, auto value) {
    return "\"" + std::string(name) + "\":" + std::to_string(value);
  };
  return "{" + number("events", of.events) + "," + number("lost", of.lost) + ","
         + number("coalesced", of.coalesced) + "," + number("dropped", of.dropped) + ","
         + number("sent", of.sent) + "," + number("acknowledged", of.acknowledged) + ","
         + number("given_up", of.given_up) + "," + number("waiting", of.waiting) + ","
         + number("p50_us", of.p50.count()) + "," + number("p95_us", of.p95.count()) + ","
         + number("p99_us", of.p99.count()) + "," + number("most_us", of.most.count()) + "}";
}

class deliveries::implementation {
public:
  implementation(world& in, webhook_options options)
    : in_(in), options_(options), poster_(options.timeout), thread_([this] { run(); }) {}

  ~implementation() {
    {
      std::lock_guard lock{mutex_};
      ended_ = true;
    }
    poster_.wake();
    thread_.join();
  }

  implementation(const implementation&) = delete;
  implementation& operator=(const implementation&) = delete;

  destination add(destination wanted) {
    std::lock_guard lock{mutex_};
    wanted.id = hex16(draw(in_.seed(), for_deliveries, in_.next_number()));
    wanted.created_at = wanted.updated_at = in_.now();
    if (wanted.secret.empty())
      wanted.secret = hex16(draw(draw(in_.seed(), for_deliveries), in_.next_number()))
                      + hex16(draw(in_.seed(), for_deliveries, in_.next_number()));
    wanted.health = destination_health{options_.time_scale};
    lanes_[wanted.id].to = wanted;
    return wanted;
  }

  void challenge(const std::string& url, std::function<void(std::optional<std::string>)> done) {
    {
      std::lock_guard lock{mutex_};
      challenges_.push_back({url, std::move(done)});
    }
    poster_.wake();
  }

  [[nodiscard]] std::vector<destination> list() const {
    std::lock_guard lock{mutex_};
    std::vector<destination> out;
    for (const auto& [id, lane] : lanes_)
      out.push_back(lane.to);
    return out;
  }

  [[nodiscard]] std::optional<destination> find(const std::string& id) const {
    std::lock_guard lock{mutex_};
    auto known = lanes_.find(id);
    return known == lanes_.end() ? std::nullopt : std::optional{known->second.to};
  }

  std::optional<destination> change(const std::string& id,
                                    const std::function<void(destination&)>& edit) {
    std::lock_guard lock{mutex_};
    auto known = lanes_.find(id);
    if (known == lanes_.end())
      return std::nullopt;
    edit(known->second.to);
    known->second.to.updated_at = in_.now();
    return known->second.to;
  }

  bool remove(const std::string& id) {
    std::lock_guard lock{mutex_};
    auto known = lanes_.find(id);
    if (known == lanes_.end())
      return false;
    waiting_ -= known->second.ready.size();
    lanes_.erase(known);
    return true;
  }

  void send(const event& what) {
    std::lock_guard lock{mutex_};
    ++counts_.events;
    auto drawn = [this](uint64_t which) { return draw(in_.seed(), counts_.events, which); };
    if (chance(drawn(1), std::max(distortion_.lost, in_.current().webhooks_lost))) {
      ++counts_.lost;
      lost_.push_back({counts_.events, what.type, what.grant_id, what.object_id});
      if (lost_.size() > lost_max)
        lost_.pop_front();
      return;
    }
    event spoiled = what;
    if (chance(drawn(2), distortion_.mislabelled))
      spoiled = mislabel(std::move(spoiled));
    if (chance(drawn(3), distortion_.truncated))
      spoiled = truncate(std::move(spoiled));
    else if (chance(drawn(4), distortion_.transformed))
      spoiled = transform(std::move(spoiled));
    if (coalesces(spoiled))
      return;
    const int copies = chance(drawn(5), distortion_.duplicates) ? 2 : 1;
    auto payload = make_payload(spoiled);
    payload->compressed = chance(drawn(9), distortion_.gzip);
    queue(payload, copies, drawn(6));
    if (chance(drawn(7), distortion_.unknown)) {
      auto unknown = make_payload({"weather.changed", "/nylas/system", what.grant_id, "{}"});
      unknown->to_all = true;
      queue(unknown, 1, drawn(8));
    }
    poster_.wake();
  }

  void send_raw(const std::string& body) {
    std::lock_guard lock{mutex_};
    ++counts_.events;
    auto payload = std::make_shared<notification_payload>();
    payload->before_attempt = body;
    payload->raw = payload->to_all = true;
    queue(payload, 1, 0);
    poster_.wake();
  }

  [[nodiscard]] bool crowded() const {
    std::lock_guard lock{mutex_};
    return waiting_ >= options_.waiting_max / 2;
  }

  void distort(const distortion& how) {
    std::lock_guard lock{mutex_};
    distortion_ = how;
  }

  void on_acknowledged(acknowledgement_observer see) {
    std::lock_guard lock{mutex_};
    see_acknowledged_ = std::move(see);
  }

  [[nodiscard]] delivery_statistics statistics() const {
    std::lock_guard lock{mutex_};
    auto out = counts_;
    out.waiting = waiting_;
    std::vector<std::chrono::microseconds> sorted{latencies_.begin(), latencies_.end()};
    std::sort(sorted.begin(), sorted.end());
    if (!sorted.empty()) {
      auto at = [&](size_t percent) { return sorted[(sorted.size() - 1) * percent / 100]; };
      out.p50 = at(50);
      out.p95 = at(95);
      out.p99 = at(99);
      out.most = sorted.back();
    }
    return out;
  }

  [[nodiscard]] std::vector<lost_event> lost() const {
    std::lock_guard lock{mutex_};
    return {lost_.begin(), lost_.end()};
  }

private:
  struct lane {
    destination to;
    std::deque<delivery> ready;
    int under_way = 0;
  };
  struct challenge_call {
    std::string url;
    std::function<void(std::optional<std::string>)> done;
  };

  std::shared_ptr<notification_payload> make_payload(const event& what) {
    const auto id =
      hex16(draw(draw(in_.seed(), for_deliveries), in_.next_number())) + hex16(in_.next_number());
    return std::make_shared<notification_payload>(
      render(what, in_.application_id(), id, in_.now()));
  }

  /// True when the event took the place of one that waits. The mutex is held.
  bool coalesces(const event& what) {
    if (distortion_.coalesce == 0ms || what.type != "message.updated")
      return false;
    auto& waiting = updates_[what.grant_id + "/" + what.object_id];
    auto payload = make_payload(what);
    if (auto earlier = waiting.lock(); earlier && !earlier->started) {
      *earlier = *payload;
      ++counts_.coalesced;
      return true;
    }
    waiting = payload;
    queue(payload, 1, 0, distortion_.coalesce);
    // Those that were sent meanwhile are forgotten now and then.
    if (updates_.size() > updates_max)
      std::erase_if(updates_, [](const auto& one) { return one.second.expired(); });
    return true;
  }

  /// The mutex is held.
  void queue(const std::shared_ptr<notification_payload>& what, int copies, uint64_t drawn,
             std::chrono::milliseconds delay = 0ms) {
    for (const auto& [id, lane] : lanes_) {
      const auto status = lane.to.health.status();
      if (!what->to_all && !lane.to.wants(what->type))
        continue;
      for (int copy = 0; copy < copies; ++copy) {
        if (waiting_ >= options_.waiting_max || status == destination_status::failed
            || status == destination_status::pause) {
          ++counts_.dropped;
          continue;
        }
        auto when = steady::now() + delay;
        if (distortion_.reorder > 0ms)
          when +=
            std::chrono::milliseconds{draw(drawn, static_cast<uint64_t>(copy))
                                      % static_cast<uint64_t>(distortion_.reorder.count() + 1)};
        due_.emplace(when, delivery{what, id, 1});
        ++waiting_;
      }
    }
  }

  void run() {
    for (;;) {
      std::chrono::milliseconds wait = 1s;
      {
        std::lock_guard lock{mutex_};
        if (ended_)
          return;
        start_challenges();
        collect_due();
        for (auto& [id, lane] : lanes_)
          while (lane.under_way < options_.concurrency && !lane.ready.empty())
            start(lane);
        if (!due_.empty())
          wait = std::clamp(
            std::chrono::ceil<std::chrono::milliseconds>(due_.begin()->first - steady::now()), 0ms,
            wait);
      }
      poster_.run_once(wait);
    }
  }

  void collect_due() {
    const auto now = steady::now();
    while (!due_.empty() && due_.begin()->first <= now) {
      auto next = std::move(due_.begin()->second);
      due_.erase(due_.begin());
      auto lane = lanes_.find(next.destination_id);
      if (lane == lanes_.end())
        --waiting_; // the destination was removed meanwhile
      else
        lane->second.ready.push_back(std::move(next));
    }
  }

  void start(lane& lane) {
    auto next = std::move(lane.ready.front());
    lane.ready.pop_front();
    ++lane.under_way;
    next.what->started = true;
    post_request request;
    request.url = lane.to.url;
    request.body = next.what->body(next.attempt);
    if (lane.to.compressed || next.what->compressed) {
      request.body = http::gzip(request.body);
      request.headers.emplace_back("Content-Encoding: gzip");
    }
    // The signature is over the bytes that are sent.
    request.headers.push_back("x-nylas-signature: " + nylas::sign(lane.to.secret, request.body));
    request.headers.emplace_back("Content-Type: application/json");
    poster_.start(std::move(request),
                  [this, next, began = attempt_begin{}](const post_result& result) {
                    ended(next, began, result.status);
                  });
  }

  void ended(const delivery& of, const attempt_begin& began, int status) {
    std::lock_guard lock{mutex_};
    ++counts_.sent;
    auto known = lanes_.find(of.destination_id);
    if (known == lanes_.end()) {
      --waiting_;
      return;
    }
    auto& lane = known->second;
    --lane.under_way;
    lane.to.health.record(status == 200, steady::now());
    if (status == 200) {
      ++counts_.acknowledged;
      --waiting_;
      latencies_.push_back(std::chrono::floor<std::chrono::microseconds>(steady::now() - began.at));
      if (latencies_.size() > latencies_max)
        latencies_.pop_front();
      if (see_acknowledged_)
        see_acknowledged_(of.what->id, began.wall.time_since_epoch().count());
      return;
    }
    deliveries_log.debug("webhook not acknowledged", {{"status", status}, {"attempt", of.attempt}});
    if (!is_retried(status) || of.attempt >= options_.attempts
        || lane.to.health.status() == destination_status::failed) {
      ++counts_.given_up;
      --waiting_;
      return;
    }
    auto again = of;
    ++again.attempt;
    const auto pause = retry_pause(of.attempt, draw(in_.seed(), counts_.sent), options_.time_scale);
    due_.emplace(steady::now() + pause, std::move(again));
  }

  void start_challenges() {
    for (auto& [url, done] : challenges_) {
      const auto value = hex16(draw(in_.seed(), for_deliveries, in_.next_number()));
      post_request request;
      request.is_get = true;
      request.url = url;
      request.url += url.find('?') == std::string::npos ? "?challenge=" : "&challenge=";
      request.url += value;
      poster_.start(std::move(request), [done = std::move(done), value](const post_result& result) {
        if (result.status != 200)
          done(std::string("answered the challenge with ")
                 .append(std::to_string(result.status))
                 .append(" instead of 200 ")
                 .append(result.failure));
        else if (result.chunked || result.body != value)
          done("must answer with exactly the challenge, not chunked");
        else
          done(std::nullopt);
      });
    }
    challenges_.clear();
  }

  world& in_;
  webhook_options options_;
  poster poster_;
  mutable std::mutex mutex_;
  bool ended_ = false;
  std::map<std::string, lane> lanes_;
  std::multimap<steady::time_point, delivery> due_; // at most `waiting_max` with what is in lanes
  std::map<std::string, std::weak_ptr<notification_payload>> updates_; // by grant and message
  std::vector<challenge_call> challenges_;
  distortion distortion_;
  acknowledgement_observer see_acknowledged_;
  delivery_statistics counts_;
  std::deque<lost_event> lost_; // at most `lost_max`
  uint64_t waiting_ = 0;
  std::deque<std::chrono::microseconds> latencies_;
  std::thread thread_; // last: it uses all of the above
};

deliveries::deliveries(world& in, webhook_options options)
  : implementation_(std::make_unique<implementation>(in, options)) {}

deliveries::~deliveries() = default;

destination deliveries::add(destination wanted) {
  return implementation_->add(std::move(wanted));
}

void deliveries::challenge(const std::string& url,
                           std::function<void(std::optional<std::string>)> done) {
  implementation_->challenge(url, std::move(done));
}

std::vector<destination> deliveries::list() const {
  return implementation_->list();
}

std::optional<destination> deliveries::find(const std::string& id) const {
  return implementation_->find(id);
}

std::optional<destination> deliveries::change(const std::string& id,
                                              const std::function<void(destination&)>& edit) {
  return implementation_->change(id, edit);
}

bool deliveries::remove(const std::string& id) {
  return implementation_->remove(id);
}

void deliveries::send(const event& what) {
  implementation_->send(what);
}

void deliveries::send_raw(const std::string& body) {
  implementation_->send_raw(body);
}

bool deliveries::crowded() const {
  return implementation_->crowded();
}

void deliveries::distort(const distortion& how) {
  implementation_->distort(how);
}

void deliveries::on_acknowledged(acknowledgement_observer see) {
  implementation_->on_acknowledged(std::move(see));
}

delivery_statistics deliveries::statistics() const {
  return implementation_->statistics();
}

std::vector<lost_event> deliveries::lost() const {
  return implementation_->lost();
}

} // namespace nova::simulator
