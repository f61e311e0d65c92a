#include "actors/child_standing.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nova {
namespace {

constexpr double milliseconds_in_second = 1000;

std::string length_text(std::chrono::milliseconds length) {
  auto seconds = static_cast<double>(length.count()) / milliseconds_in_second;
  return length < std::chrono::seconds{1} ? fmt::format("{} ms", length.count())
                                          : fmt::format("{:g} s", seconds);
}

} // namespace

std::vector<base::wall_time> on_the_wall(const restart_history& history,
                                         restart_history::time_point now,
                                         base::wall_time wall_now) {
  std::vector<base::wall_time> times;
  for (auto at : history.counted())
    times.push_back(wall_now - std::chrono::duration_cast<base::wall_time::duration>(now - at));
  return times;
}

restart_budget budget_of(const child_standing& child, const actor_row& row, base::wall_time now) {
  const auto& limit = child.rules.limit;
  restart_budget left;
  left.used = static_cast<uint32_t>(std::ranges::count_if(child.restarts, [&](base::wall_time at) {
    return now - at < limit.within;
  }));
  left.in_row = now - row.started_at < limit.within ? child.ends_in_row : 0;
  left.used_up = left.used >= limit.restarts_max || left.in_row >= limit.in_row_max;
  left.delay = child.rules.backoff.delay(left.in_row);
  return left;
}

std::string beyond_text(const child_standing& child) {
  return child.rules.beyond == beyond_limit::park ? "parked by " + child.supervisor
                                                  : child.supervisor + " ends";
}

std::string budget_text(const child_standing& child, const actor_row& row, base::wall_time now) {
  const auto& limit = child.rules.limit;
  auto left = budget_of(child, row, now);
  auto text = fmt::format("restarts {} of {}{} in {}", left.used, limit.restarts_max,
                          child.rules.beyond == beyond_limit::park ? "" : " together",
                          length_text(limit.within));
  if (left.in_row > left.used)
    text += fmt::format(", {} of {} in a row", left.in_row, limit.in_row_max);
  if (row.parked)
    return text + ", " + beyond_text(child);
  if (left.used_up)
    return text + ", with the next end: " + beyond_text(child);
  return text + ", next after " + length_text(left.delay) + ", beyond it: " + beyond_text(child);
}

} // namespace nova
