#include "inspection/actor_view.hpp"

#include "actors/child_standing.hpp"
#include "actors/singleton.hpp"
#include "base/clock.hpp"
#include "inspection/actor_columns.hpp"
#include "inspection/actor_details.hpp"
#include "inspection/status.hpp"
#include "shell/row_query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace nova::inspection {
namespace {

using namespace std::chrono_literals;

constexpr size_t sessions_max = 16;
constexpr auto session_timeout = 10s;
constexpr auto stuck_for = 10s;
constexpr uint64_t mailbox_alarm = 1000;
constexpr uint32_t restarts_alarm = 3;
// Once may be a moment of the database or the network.
constexpr uint64_t failures_alarm = 3;
constexpr uint64_t blaming_alarm = 2;
constexpr auto failing_for = 30s; // then it is critical

// Who works on one thing and ends with it: one that is at the same step for long is stuck.
constexpr std::array<std::string_view, 2> workers = {"thread_sync", "notification_handler"};

int64_t stamp(base::wall_time at) {
  return at.time_since_epoch().count();
}

double seconds(base::wall_time::duration length) {
  return std::chrono::duration<double>(length).count();
}

node_inspected refusal_of(uint16_t status, std::string reason) {
  node_inspected answer;
  answer.status = status;
  answer.error = std::move(reason);
  return answer;
}

bool is_stuck(const actor_row& row, base::wall_time now, double over) {
  if (row.busy_since && seconds(now - *row.busy_since) >= over)
    return true;
  if (row.suspended && row.waiting > 0)
    return true;
  return std::ranges::find(workers, row.name.kind) != workers.end()
         && seconds(now - row.doing_since) >= over;
}

/// Texts that a row does not have itself.
struct row_texts {
  std::string_view message, budget, awaited;
};

actor_facts facts_of_row(const actor_row& row, const row_texts& texts) {
  return {row.name.kind,
          row.name.key,
          row.name.parent,
          row.doing,
          row.last_failure,
          texts.message,
          stamp(row.doing_since),
          stamp(row.started_at),
          row.busy_since ? stamp(*row.busy_since) : 0,
          row.handled,
          row.waiting,
          row.received,
          row.restarts,
          row.parked,
          row.suspended,
          row.counts,
          texts.budget,
          row.oldest_came ? stamp(*row.oldest_came) : 0,
          row.awaits.count,
          row.awaits.since,
          texts.awaited};
}

/// The order in which rows are wanted, and the first of them in it: of many thousands a few are
/// shown, and only those are kept, the last of them in front.
class first_rows {
public:
  first_rows(const actor_column* by, bool falling, size_t limit)
    : by_(by), falling_(falling), limit_(limit) {}

  void offer(const seen_actor& row) {
    ++offered_;
    auto key = by_ ? by_->value(row) : shell::cell{};
    auto before = [this](const kept_row& left, const kept_row& right) {
      return earlier(left.key, right.key);
    };
    if (kept_.size() >= limit_) {
      if (kept_.empty() || !earlier(key, kept_.front().key))
        return;
      std::ranges::pop_heap(kept_, before);
      kept_.pop_back();
    }
    kept_.push_back({std::move(key), keep(row.actor)});
    std::ranges::push_heap(kept_, before);
  }

  void put_into(node_inspected& answer) {
    std::ranges::sort_heap(kept_, [this](const kept_row& left, const kept_row& right) {
      return earlier(left.key, right.key);
    });
    answer.total = offered_;
    for (auto& [key, row] : kept_)
      answer.actors.push_back(std::move(row));
  }

private:
  struct kept_row {
    shell::cell key;
    inspected_actor row;
  };

  [[nodiscard]] bool earlier(const shell::cell& left, const shell::cell& right) const {
    return falling_ ? shell::less(right, left) : shell::less(left, right);
  }

  const actor_column* by_;
  bool falling_;
  size_t limit_;
  uint64_t offered_ = 0;
  std::vector<kept_row> kept_;
};

/// What is said of a failing loop, if it is more than a moment's. Where something else is to blame
/// all of the node's work is.
std::optional<base::finding> finding_of(const failing_loop& loop, base::wall_time now) {
  auto blames = !loop.about.empty();
  if (loop.times == 0) // nothing failed: something is about to
    return base::finding{
      base::finding_level::warning, {}, loop.what + ' ' + loop.reason, {}, "actor {}"};
  if (loop.times < (blames ? blaming_alarm : failures_alarm))
    return {};
  auto own =
    now - loop.since >= failing_for ? base::finding_level::critical : base::finding_level::warning;
  return base::finding{blames ? loop.level : own,
                       loop.about,
                       fmt::format("cannot {}, {} times in a row: {}", loop.what, loop.times,
                                   loop.reason),
                       {},
                       loop.next.empty() ? "actor {}" : loop.next};
}

/// What is wrong with an actor, if anything is.
std::vector<inspected_finding> findings_of(const actor_row& row, const std::string& message,
                                           base::wall_time now) {
  std::vector<inspected_finding> all;
  auto add = [&](bool critical, std::string text, base::wall_time since, const char* next) {
    auto level = critical ? base::finding_level::critical : base::finding_level::warning;
    all.push_back({level, row.name.path(), std::move(text), stamp(since), next});
  };
  auto busy = row.busy_since ? now - *row.busy_since : 0s;
  if (busy >= stuck_for)
    add(true,
        fmt::format("in {} for {:.0f} s, mailbox {}{}", message, seconds(busy), row.waiting,
                    row.doing.empty() ? "" : ": " + row.doing),
        *row.busy_since, "why {}");
  else if (row.waiting >= mailbox_alarm)
    add(false, fmt::format("mailbox {}, {} handled of {}", row.waiting, row.handled, row.received),
        row.started_at, "why {}");
  for (const auto& loop : row.failing)
    if (auto found = finding_of(loop, now))
      all.push_back({found->level, row.name.path(), std::move(found->text), stamp(loop.since),
                     std::move(found->next), loop.about});
  if (row.name.kind == "grant" && row.doing.starts_with("throttled"))
    add(false, row.doing, row.doing_since, "actor {}");
  if (row.parked)
    add(true, row.doing, row.doing_since, "restart {}");
  if (row.suspended)
    add(false, fmt::format("suspended, mailbox {}", row.waiting), row.doing_since, "wake {}");
  if (!row.parked && row.restarts >= restarts_alarm && now - row.started_at < 10min)
    add(false,
        fmt::format("restarted {} times: {}{}", row.restarts, row.last_failure,
                    row.standing ? "; " + budget_text(*row.standing, row, now) : ""),
        row.started_at, "crashes --group reason");
  return all;
}

} // namespace

actor_view::actor_view(viewed_node of) : of_(std::move(of)) {}

std::string actor_view::message(uint16_t type) const {
  return type == 0 || !of_.message_name ? std::string{"a message"} : of_.message_name(type);
}

node_inspected actor_view::begin() const {
  node_inspected answer;
  answer.now = stamp(of_.directory->now());
  return answer;
}

node_inspected actor_view::answer(const inspect_node& question) {
  switch (question.view) {
    case node_view::actors: return actors(question);
    case node_view::findings: return findings();
    case node_view::failures: return failures(question);
    case node_view::trace: return trace(question);
    case node_view::details: return details(question);
    case node_view::process: return process();
  }
  return refusal_of(status::bad_question, "there is no such view"); // of a newer node
}

node_inspected actor_view::actors(const inspect_node& question) const {
  auto where = shell::row_filter::parse(question.where);
  if (!where)
    return refusal_of(status::bad_question, to_string(where.error()));
  for (const auto& column : where->columns())
    if (!find_actor_column(column))
      return refusal_of(status::bad_question, "--where: there is no column '" + column + "'");
  bool falling = question.sort.starts_with('-');
  const auto* by = find_actor_column(std::string_view{question.sort}.substr(falling ? 1 : 0));
  directory_filter filter;
  auto slash = question.path.find('/');
  filter.kind = question.path.substr(0, slash);
  if (slash != std::string::npos)
    filter.key = question.path.substr(slash + 1);

  auto answer = begin();
  auto now = of_.directory->now();
  first_rows wanted{by, falling, question.limit};
  std::map<uint16_t, std::string> names{{0, {}}}; // of types of messages, each asked for once
  auto name_of = [&](uint16_t type) -> const std::string& {
    auto known = names.find(type);
    return known != names.end() ? known->second : names.emplace(type, message(type)).first->second;
  };
  auto offer = [&](const actor_row& row) {
    if (question.stuck_for && !is_stuck(row, now, *question.stuck_for))
      return;
    auto budget = row.standing ? budget_text(*row.standing, row, now) : std::string{};
    auto awaited = row.awaits.since == 0
                     ? std::string{}
                     : fmt::format("{} of {}", name_of(row.awaits.what), row.awaits.whom);
    auto facts = facts_of_row(row, {name_of(row.message), budget, awaited});
    seen_actor seen{facts, of_.name, answer.now};
    auto cell = [&](std::string_view column) { return find_actor_column(column)->value(seen); };
    if (where->takes(cell))
      wanted.offer(seen);
  };
  of_.directory->visit(filter, offer);
  // Who waits for a lease is asked for by what it would run.
  if (!filter.kind.empty() && slash == std::string::npos)
    of_.directory->visit({.kind = singleton_state::name, .key = filter.kind, .parent = {}}, offer);
  wanted.put_into(answer);
  return answer;
}

node_inspected actor_view::findings() const {
  auto answer = begin();
  auto now = of_.directory->now();
  of_.directory->visit({}, [&](const actor_row& row) {
    for (auto& finding : findings_of(row, message(row.message), now))
      answer.findings.push_back(std::move(finding));
  });
  for (auto& one : of_.own_findings ? of_.own_findings() : std::vector<base::finding>{})
    answer.findings.push_back(
      {one.level, std::move(one.what), std::move(one.text), 0, std::move(one.next)});
  answer.total = answer.findings.size();
  return answer;
}

node_inspected actor_view::failures(const inspect_node& question) const {
  auto all = of_.directory->failures();
  auto answer = begin();
  answer.total = all.size();
  for (auto each = all.rbegin(); each != all.rend() && answer.failures.size() < question.limit;
       ++each)
    if (question.path.empty() || each->name.path() == question.path
        || each->name.kind == question.path)
      answer.failures.push_back({stamp(each->at), each->name.path(), each->reason, each->doing,
                                 each->restart_no,
                                 each->message == 0 ? std::string{} : message(each->message)});
  return answer;
}

node_inspected actor_view::details(const inspect_node& question) const {
  auto answer = begin();
  auto name_of = [this](uint16_t type) { return type == 0 ? "others" : message(type); };
  answer.details = details_of(*of_.directory, question.path, question.limit, name_of);
  answer.total = answer.details.size();
  return answer;
}

node_inspected actor_view::process() const {
  auto answer = begin();
  auto used = of_.usage ? of_.usage() : base::usage_of_process();
  answer.processes.push_back({used.cpu_share, used.cpu.count(), used.resident_bytes, used.threads,
                              used.descriptors, used.descriptors_max, base::zone_of_machine()});
  answer.total = 1;
  return answer;
}

node_inspected actor_view::trace(const inspect_node& question) {
  auto now = base::monotonic_now();
  auto lock = std::scoped_lock{mutex_};
  std::erase_if(sessions_,
                [&](const auto& each) { return now - each.second.asked > session_timeout; });
  auto found = sessions_.find(question.session);
  if (found == sessions_.end()) {
    if (question.session.empty() || sessions_.size() >= sessions_max)
      return refusal_of(status::too_many, "too many traces are being followed");
    trace_filter filter{question.kind, question.key, question.about};
    session opened{of_.directory->tap().follow(std::move(filter)), now};
    found = sessions_.emplace(question.session, std::move(opened)).first;
  }
  found->second.asked = now;
  auto answer = begin();
  for (auto& event : found->second.follower->take(question.limit))
    answer.traced.push_back({stamp(event.at), event.actor, message(event.message), event.from,
                             event.doing, event.took.count()});
  answer.total = found->second.follower->dropped();
  return answer;
}

} // namespace nova::inspection
