#include "simulator/rate_limits.hpp"

#include <algorithm>

namespace nova::simulator {
namespace {

using namespace std::chrono_literals;

// Published limits (developer.nylas.com, rate limits; Google's and Microsoft's quota pages).
constexpr size_t nylas_requests_per_second = 200;
constexpr int64_t gmail_units_per_minute = 6'000;
constexpr size_t microsoft_concurrent = 4;
constexpr int64_t microsoft_requests_per_ten_minutes = 10'000;

} // namespace

void grant_usage::forget(time_point now) {
  std::erase_if(ends_, [now](time_point end) { return end <= now; });
  while (!seconds_.empty() && seconds_.front() + 1s <= now)
    seconds_.pop_front();
  const auto minute = std::chrono::floor<std::chrono::minutes>(now.time_since_epoch());
  if (minute != minute_)
    units_in_minute_ = 0;
  minute_ = minute;
  const auto tens = minute / 10 * 10;
  if (tens != ten_minutes_)
    requests_in_ten_minutes_ = 0;
  ten_minutes_ = tens;
}

std::optional<over_limit> grant_usage::refuse(provider kind, time_point now) {
  forget(now);
  if (seconds_.size() >= nylas_requests_per_second)
    return over_limit{false, "Too many requests", std::nullopt};
  if (kind == provider::google && units_in_minute_ >= gmail_units_per_minute)
    return over_limit{true,
                      "Quota exceeded for quota metric 'Queries' and limit 'Queries per "
                      "minute per user'",
                      std::nullopt};
  if (kind == provider::microsoft && ends_.size() >= microsoft_concurrent)
    return over_limit{true, "Application is over its MailboxConcurrency limit.", 1};
  if (kind == provider::microsoft && requests_in_ten_minutes_ >= microsoft_requests_per_ten_minutes)
    return over_limit{true, "Application is over its request limit.", 60};
  return std::nullopt;
}

void grant_usage::begin(time_point now, std::chrono::milliseconds lasts) {
  forget(now);
  if (seconds_.size() < nylas_requests_per_second)
    seconds_.push_back(now);
  if (lasts > 0ms)
    ends_.push_back(now + lasts);
  concurrent_max_ = std::max(concurrent_max_, std::max<size_t>(ends_.size(), 1));
  ++requests_in_ten_minutes_;
}

void grant_usage::charge(const provider_cost& cost, time_point now) {
  forget(now);
  units_in_minute_ += static_cast<int64_t>(cost.gmail_units);
  if (cost.provider_requests > 1)
    requests_in_ten_minutes_ += static_cast<int64_t>(cost.provider_requests) - 1;
  spent_ += cost;
}

} // namespace nova::simulator
