#include "nylas/pacing.hpp"

#include "base/backoff.hpp"
#include "base/ensure.hpp"

#include <algorithm>
#include <cmath>
#include <random>

namespace nova::nylas {

namespace {

using namespace std::chrono_literals;

constexpr double live_share = 0.2;
constexpr double background_share = 0.1;
constexpr double concurrency_first = 4;
constexpr double took_weight = 0.1;
// Exchange throttles for up to twenty minutes; asking once a minute costs nothing.
constexpr base::backoff throttle_backoff{1s, 60s, 2.0, 0.25};

std::chrono::milliseconds at_least_one(std::chrono::duration<double, std::milli> wait) {
  return std::clamp(std::chrono::milliseconds{static_cast<int64_t>(std::ceil(wait.count()))}, 1ms,
                    std::chrono::milliseconds{1h});
}

} // namespace

pace_limits limits_for(const std::string& provider, double google_units) {
  pace_limits limits;
  limits.concurrency_max = 4;
  if (provider == "nylas") {
    limits.concurrency_max = 64;
    limits.requests_per_second = 0;
  } else if (provider == "google") {
    limits.units_per_second = google_units / 60;
    limits.units_burst = 300;
  } else if (provider == "microsoft") {
    // 4 at once and 10,000 in ten minutes, for each mailbox and application.
    limits.requests_per_second = 16;
    limits.requests_burst = 200;
  } else {
    // IMAP, iCloud, Yahoo, EWS publish nothing; Nylas' own command line keeps to this.
    limits.requests_per_second = 10;
    limits.requests_burst = 20;
  }
  return limits;
}

pace_limits share_of(pace_limits limits, double share) {
  limits.concurrency_max = std::max(1, static_cast<int>(limits.concurrency_max * share));
  limits.units_per_second *= share;
  limits.units_burst *= share;
  limits.requests_per_second *= share;
  limits.requests_burst = std::max(1.0, limits.requests_burst * share);
  return limits;
}

std::string to_string(pace_limit x) {
  switch (x) {
    case pace_limit::units: return "units";
    case pace_limit::requests: return "requests";
    case pace_limit::places: return "places";
    case pace_limit::throttled: return "throttled";
    case pace_limit::pause: return "pause";
    case pace_limit::window: return "window";
    case pace_limit::database: return "database";
  }
  return "unknown";
}

token_bucket::token_bucket(double per_second, double burst)
  : per_second_(per_second), everybodys_max_(burst * (1 - live_share)),
    live_max_(burst * live_share), everybodys_(everybodys_max_), live_(live_max_) {}

void token_bucket::refill(time_point now) {
  auto passed = refilled_ ? std::chrono::duration<double>(now - *refilled_).count() : 0.0;
  refilled_ = refilled_ ? std::max(*refilled_, now) : now;
  if (passed <= 0)
    return;
  auto income = passed * per_second_;
  auto set_aside = std::min(income * live_share, live_max_ - live_);
  live_ += set_aside;
  everybodys_ = std::min(everybodys_ + income - set_aside, everybodys_max_);
}

std::chrono::milliseconds token_bucket::wait_for(lane kind, double cost) const {
  auto missing = std::min(cost, everybodys_max_) - everybodys_;
  if (kind == lane::live)
    missing = std::min(missing, std::min(cost, live_max_) - live_);
  if (per_second_ <= 0 || missing <= 0)
    return 0ms;
  return at_least_one(std::chrono::duration<double>{missing / per_second_});
}

void token_bucket::pay(lane kind, double cost) {
  // Live calls take from everybody's share while there is enough, so that theirs is there in need.
  auto from_live = kind == lane::live && everybodys_ < cost ? std::clamp(cost, 0.0, live_) : 0;
  live_ -= from_live;
  everybodys_ -= cost - from_live;
}

void token_bucket::correct(double difference) {
  everybodys_ = std::min(everybodys_ - difference, everybodys_max_);
}

void token_bucket::drain() {
  everybodys_ = std::min(everybodys_, 0.0);
  live_ = std::min(live_, 0.0);
}

pace::pace(pace_limits limits, uint64_t seed)
  : limits_(limits), seed_(seed), units_(limits.units_per_second, limits.units_burst),
    requests_(limits.requests_per_second, limits.requests_burst),
    background_units_(limits.units_per_second * background_share,
                      limits.units_burst * background_share),
    background_requests_(limits.requests_per_second * background_share,
                         limits.requests_burst * background_share) {
  limits_.concurrency_max = limits_.fixed_delay ? 1 : std::max(limits_.concurrency_max, 1);
  concurrency_ = std::min(concurrency_first, static_cast<double>(limits_.concurrency_max));
}

std::chrono::milliseconds pace::try_start(lane kind, double price, time_point now) {
  if (auto until = std::max(blocked_until_.value_or(now), not_before_); until > now) {
    waits_for_ = until == not_before_ ? pace_limit::pause : pace_limit::throttled;
    return at_least_one(until - now);
  }
  if (!has_place(kind, now)) {
    waits_for_ = limits_.fixed_delay ? pace_limit::pause : pace_limit::places;
    auto wait = place_wait();
    if (kind == lane::live)
      live_waits_until_ = now + 2 * wait + 50ms; // a little longer than until it asks again
    return wait;
  }
  units_.refill(now);
  requests_.refill(now);
  auto for_units = units_.wait_for(kind, price), for_requests = requests_.wait_for(kind, 1);
  if (kind == lane::background) {
    background_units_.refill(now);
    background_requests_.refill(now);
    for_units = std::max(for_units, background_units_.wait_for(kind, price));
    for_requests = std::max(for_requests, background_requests_.wait_for(kind, 1));
  }
  if (auto wait = std::max(for_units, for_requests); wait > 0ms) {
    waits_for_ = for_units >= for_requests ? pace_limit::units : pace_limit::requests;
    return wait;
  }
  units_.pay(kind, price);
  requests_.pay(kind, 1);
  if (kind == lane::background) {
    background_units_.pay(kind, price);
    background_requests_.pay(kind, 1);
    ++running_in_background_;
  }
  if (kind == lane::live)
    live_waits_until_ = {};
  ++running_;
  return 0ms;
}

void pace::succeeded(double paid, std::optional<double> units, std::chrono::milliseconds took,
                     time_point now, lane kind) {
  free_place(now, kind);
  took_ += took_weight * (took - took_);
  concurrency_ =
    std::min(concurrency_ + 1 / concurrency_, static_cast<double>(limits_.concurrency_max));
  // A call from before the throttle says nothing about now.
  if (!blocked_until_ || now >= *blocked_until_)
    throttles_in_a_row_ = 0;
  if (units)
    give_back(paid - *units, kind);
}

void pace::throttled(std::optional<std::chrono::milliseconds> retry_after, time_point now,
                     lane kind, double paid) {
  free_place(now, kind);
  give_back(paid, kind);
  auto same_round = blocked_until_ && now < *blocked_until_;
  if (!same_round) {
    std::mt19937_64 random{seed_ + static_cast<uint64_t>(now.time_since_epoch().count())};
    auto growing = throttle_backoff.delay(throttles_in_a_row_++, random);
    blocked_until_ = now + retry_after.value_or(growing);
    concurrency_ = std::max(concurrency_ / 2, 1.0);
    units_.drain();
  } else if (retry_after) {
    blocked_until_ = std::max(*blocked_until_, now + *retry_after);
  }
}

void pace::ended(time_point now, lane kind, double paid) {
  free_place(now, kind);
  give_back(paid, kind);
}

void pace::follow(pace_limits limits, time_point now) {
  limits_ = limits;
  limits_.concurrency_max = limits_.fixed_delay ? 1 : std::max(limits_.concurrency_max, 1);
  concurrency_ = std::min(concurrency_, static_cast<double>(limits_.concurrency_max));
  units_ = token_bucket{limits.units_per_second, limits.units_burst};
  requests_ = token_bucket{limits.requests_per_second, limits.requests_burst};
  background_units_ =
    token_bucket{limits.units_per_second * background_share, limits.units_burst * background_share};
  background_requests_ = token_bucket{limits.requests_per_second * background_share,
                                      limits.requests_burst * background_share};
  for (auto* bucket : {&units_, &requests_, &background_units_, &background_requests_}) {
    bucket->refill(now);
    bucket->drain();
  }
}

pace_limit pace::waits_for() const {
  return waits_for_;
}

int pace::concurrency() const {
  return static_cast<int>(concurrency_);
}

int pace::running() const {
  return running_;
}

pace::view pace::look(time_point now) const {
  view seen;
  seen.units_per_second = limits_.units_per_second;
  seen.units_left = limits_.units_per_second > 0 ? units_.left() : 0;
  if (blocked_until_ && *blocked_until_ > now)
    seen.throttled_for = std::chrono::ceil<std::chrono::milliseconds>(*blocked_until_ - now);
  return seen;
}

bool pace::has_place(lane kind, time_point now) const {
  auto places = concurrency();
  if (kind == lane::live)
    return running_ < places;
  auto in_background = std::max(1, static_cast<int>(places * background_share));
  if (kind == lane::background && running_in_background_ >= in_background)
    return false;
  auto kept = places > 1 ? std::max(1, static_cast<int>(places * live_share)) : 0;
  return running_ < places - kept && live_waits_until_ <= now;
}

/// A guess at when the next call ends.
std::chrono::milliseconds pace::place_wait() const {
  return std::min(at_least_one(took_ / std::max(running_, 1)), 1000ms);
}

void pace::give_back(double units, lane kind) {
  units_.correct(-units);
  if (kind == lane::background)
    background_units_.correct(-units);
}

void pace::free_place(time_point now, lane kind) {
  base::ensure(running_ > 0, "a call that ends was started");
  --running_;
  if (kind == lane::background)
    --running_in_background_;
  if (limits_.fixed_delay)
    not_before_ = now + *limits_.fixed_delay;
}

} // namespace nova::nylas
