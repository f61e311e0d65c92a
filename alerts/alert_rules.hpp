#pragma once

#include "base/clock.hpp"
#include "pg/findings.hpp"
#include "pg/jobs/watch_alerts.hpp"

#include <string>
#include <vector>

namespace nova::alerts {

/// Every kind of alert that there is, sorted: what a channel may want.
[[nodiscard]] std::vector<std::string> alert_kinds();

/// Which findings are alerts, of which kind: what somebody wants to be woken for, after it has
/// lasted for as long as it may be gone by itself. What is critical and has no rule is an alert of
/// the kind `critical`; notes are none. Pure.
[[nodiscard]] pg::watch_alerts alerts_of(const std::vector<pg::trouble>& troubles,
                                         base::wall_time now);

} // namespace nova::alerts
