#include "actors/supervision.hpp"

#include "messages/error_code.hpp"

#include <caf/error.hpp>
#include <caf/exit_reason.hpp>
#include <fmt/format.h>

namespace nova {

std::string to_string(restart_strategy strategy) {
  switch (strategy) {
    case restart_strategy::one_for_one: return "one_for_one";
    case restart_strategy::rest_for_one: return "rest_for_one";
    case restart_strategy::one_for_all: return "one_for_all";
  }
  return "unknown";
}

std::string to_string(child_ending ending) {
  switch (ending) {
    case child_ending::normal: return "normal";
    case child_ending::abnormal: return "abnormal";
    case child_ending::node_lost: return "node_lost";
  }
  return "unknown";
}

std::string to_string(verdict what) {
  switch (what) {
    case verdict::forget: return "forget";
    case verdict::restart: return "restart";
    case verdict::escalate: return "escalate";
  }
  return "unknown";
}

std::string to_string(beyond_limit what) {
  switch (what) {
    case beyond_limit::escalate: return "escalate";
    case beyond_limit::park: return "park";
  }
  return "unknown";
}

bool may_park(const supervision_rules& rules, size_t parked, size_t children) {
  return rules.beyond == beyond_limit::park
         && static_cast<double>(parked) <= rules.parked_part_max * static_cast<double>(children);
}

child_ending classify(const caf::error& reason) {
  if (!reason || reason == caf::exit_reason::user_shutdown)
    return child_ending::normal;
  if (reason == caf::exit_reason::remote_link_unreachable || reason == ec::node_lost)
    return child_ending::node_lost;
  return child_ending::abnormal;
}

bool restart_history::admit(time_point now, const restart_limit& limit) {
  while (!recent_.empty() && now - recent_.front() >= limit.within)
    recent_.pop_front();
  if (recent_.size() >= limit.restarts_max)
    return false;
  recent_.push_back(now);
  return true;
}

std::string describe(const restart_limit& limit, uint32_t ends_in_row) {
  constexpr double second = 1000;
  auto seconds = static_cast<double>(limit.within.count()) / second;
  return ends_in_row >= limit.in_row_max
           ? fmt::format("{} restarts in a row, each of less than {:g} s", ends_in_row, seconds)
           : fmt::format("more than {} restarts in {:g} s", limit.restarts_max, seconds);
}

decision decide(const supervision_rules& rules, const child_end& end, restart_history& history,
                restart_history::time_point now, std::mt19937_64& random) {
  using std::chrono::milliseconds;
  if (end.restart == restart_policy::temporary)
    return {verdict::forget, milliseconds{0}};
  if (end.restart == restart_policy::transient && end.ending == child_ending::normal)
    return {verdict::forget, milliseconds{0}};
  if (end.ending == child_ending::node_lost)
    return {verdict::restart, milliseconds{0}};
  if (end.ends_in_row >= rules.limit.in_row_max || !history.admit(now, rules.limit))
    return {verdict::escalate, milliseconds{0}};
  return {verdict::restart, rules.backoff.delay(end.ends_in_row, random)};
}

} // namespace nova
