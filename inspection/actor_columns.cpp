#include "inspection/actor_columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

namespace nova::inspection {
namespace {

constexpr double microseconds = 1e6;

double seconds_since(int64_t at, int64_t now) {
  return static_cast<double>(now - at) / microseconds;
}

double rounded(double value) {
  return std::round(value * 10) / 10;
}

template <class Number>
shell::cell number(Number value) {
  return static_cast<double>(value);
}

std::string named(std::string_view node, std::string_view kind, std::string_view key) {
  return key.empty() ? fmt::format("{}/{}", node, kind) : fmt::format("{}/{}/{}", node, kind, key);
}

std::string_view named_message(const actor_facts& actor) {
  return actor.message.empty() ? std::string_view{"a message"} : actor.message;
}

std::string state_of(const seen_actor& row) {
  const auto& actor = row.actor;
  if (actor.busy_since != 0)
    return fmt::format("busy: in {} for {:.3g} s", named_message(actor),
                       seconds_since(actor.busy_since, row.now));
  if (actor.parked)
    return "parked";
  if (actor.suspended)
    return "suspended";
  if (actor.awaits > 0)
    return fmt::format("waits: for the answer to {} for {:.3g} s", actor.awaited,
                       seconds_since(actor.awaits_since, row.now));
  return actor.counts ? "idle" : "runs";
}

shell::cell rate_of(const seen_actor& row) {
  constexpr double age_min = 0.1;
  auto age = std::max(seconds_since(row.actor.started_at, row.now), age_min);
  return rounded(static_cast<double>(row.actor.handled) / age);
}

using row = const seen_actor&;
constexpr std::array all = {
  actor_column{"actor",
               [](row x) -> shell::cell { return named(x.node, x.actor.kind, x.actor.key); }},
  actor_column{"node", [](row x) -> shell::cell { return std::string{x.node}; }},
  actor_column{"kind", [](row x) -> shell::cell { return std::string{x.actor.kind}; }},
  actor_column{"key", [](row x) -> shell::cell { return std::string{x.actor.key}; }},
  actor_column{"parent",
               [](row x) -> shell::cell {
                 return x.actor.parent.empty() ? std::string{} : named(x.node, x.actor.parent, {});
               }},
  actor_column{"state", [](row x) -> shell::cell { return state_of(x); }},
  actor_column{"message", [](row x) -> shell::cell { return std::string{x.actor.message}; }},
  actor_column{"busy_s",
               [](row x) {
                 auto since = x.actor.busy_since;
                 return number(since == 0 ? 0 : rounded(seconds_since(since, x.now)));
               }},
  actor_column{"now", [](row x) -> shell::cell { return std::string{x.actor.doing}; }},
  actor_column{"since_s",
               [](row x) { return number(rounded(seconds_since(x.actor.doing_since, x.now))); }},
  actor_column{"mailbox", [](row x) { return number(x.actor.waiting); }},
  actor_column{"received", [](row x) { return number(x.actor.received); }},
  actor_column{"rate", rate_of},
  actor_column{"restarts", [](row x) { return number(x.actor.restarts); }},
  actor_column{"budget", [](row x) -> shell::cell { return std::string{x.actor.budget}; }},
  actor_column{"last_failure",
               [](row x) -> shell::cell { return std::string{x.actor.last_failure}; }},
  actor_column{"age_s",
               [](row x) { return number(rounded(seconds_since(x.actor.started_at, x.now))); }},
  actor_column{"handled", [](row x) { return number(x.actor.handled); }},
  actor_column{"oldest_s",
               [](row x) {
                 auto at = x.actor.oldest_at;
                 return number(at == 0 ? 0 : rounded(seconds_since(at, x.now)));
               }},
  actor_column{"awaits", [](row x) { return number(x.actor.awaits); }},
  actor_column{"awaits_s",
               [](row x) {
                 auto since = x.actor.awaits_since;
                 return number(since == 0 ? 0 : rounded(seconds_since(since, x.now)));
               }},
  actor_column{"awaited", [](row x) -> shell::cell { return std::string{x.actor.awaited}; }},
};

} // namespace

actor_facts facts_of(const inspected_actor& x) {
  return {x.kind,        x.key,          x.parent,     x.doing,   x.last_failure, x.message,
          x.doing_since, x.started_at,   x.busy_since, x.handled, x.waiting,      x.received,
          x.restarts,    x.parked,       x.suspended,  x.counts,  x.budget,       x.oldest_at,
          x.awaits,      x.awaits_since, x.awaited};
}

inspected_actor keep(const actor_facts& x) {
  return {std::string{x.kind},
          std::string{x.key},
          std::string{x.parent},
          std::string{x.doing},
          std::string{x.last_failure},
          std::string{x.message},
          x.doing_since,
          x.started_at,
          x.busy_since,
          x.handled,
          x.waiting,
          x.received,
          x.restarts,
          x.parked,
          x.suspended,
          x.counts,
          std::string{x.budget},
          x.oldest_at,
          x.awaits,
          x.awaits_since,
          std::string{x.awaited}};
}

std::span<const actor_column> actor_columns() {
  return all;
}

const actor_column* find_actor_column(std::string_view name) {
  auto found = std::ranges::find(all, name, &actor_column::name);
  return found == all.end() ? nullptr : &*found;
}

} // namespace nova::inspection
