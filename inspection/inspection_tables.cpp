#include "inspection/inspection_tables.hpp"

#include "base/clock.hpp"
#include "base/json_text.hpp"
#include "base/log.hpp"
#include "inspection/status.hpp"
#include "pg/cluster/list_nodes.hpp"
#include "pg/cluster/live_settings.hpp"
#include "pg/error.hpp"
#include "pg/platform/server_version.hpp"
#include "shell/row_query.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <stdexcept>

namespace nova::inspection {
namespace {

using namespace std::chrono_literals;

constexpr base::log inspection_tables_log{"Inspection"};

constexpr size_t waiting_max = 64;
constexpr auto look_timeout = 3000ms;
constexpr auto connect_timeout = 2s;
constexpr auto settings_interval = 1000ms;
constexpr auto clock_interval = 10s;
// What a busy machine takes to answer is less.
constexpr int64_t clock_skew_max_us = 2'000'000;

pg::operation operation_of(const operator_order& order) {
  return {order.action, order.target, order.value, order.reason, order.lasting};
}

pg::operator_identity identity_of(const operator_order& order, const std::string& node) {
  return {order.who, to_string(order.role), order.via, node};
}

} // namespace

inspection_tables::inspection_tables(pg::connection_settings settings, std::string node,
                                     std::function<void(const settings_map&)> changed)
  : settings_(std::move(settings)), node_(std::move(node)), changed_(std::move(changed)) {
  settings_.statement_timeout = look_timeout;
  settings_.connect_timeout = connect_timeout;
  settings_.application_name = "nova inspection";
  thread_ = std::thread{[this] { run(); }};
}

inspection_tables::~inspection_tables() {
  {
    auto lock = std::scoped_lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
  for (auto& each : waiting_)
    each.failed(status::no_database, "the node is stopping");
}

void inspection_tables::look(const table_question& question, table_told done) {
  post({[question, done](pg::connection& conn) {
          done({status::ok, {}, pg::look(conn, question.view, question.argument, question.limit)});
        },
        [done](uint16_t status, const std::string& why) {
          done({status, why, {}});
        }});
}

void inspection_tables::change(const operator_order& order, order_told done) {
  post({[this, order, done](pg::connection& conn) {
          auto will = pg::plan(conn, operation_of(order));
          if (order.dry_run)
            return done({status::ok, {}, will, "dry run"});
          auto outcome = pg::operate(conn, operation_of(order), identity_of(order, node_));
          told_ = false; // the settings may be others now
          done({status::ok, {}, will, outcome});
        },
        [done](uint16_t status, const std::string& why) {
          done({status, why, {}, {}});
        }});
}

void inspection_tables::record(const operator_order& order, const std::string& outcome,
                               std::function<void(bool)> kept) {
  auto line = pg::line_of(operation_of(order), identity_of(order, node_));
  line.outcome = outcome;
  post({[line, kept](pg::connection& conn) {
          pg::record_operator_action{line}.run(conn);
          kept(true);
        },
        [this, line, kept](uint16_t code, const std::string&) {
          kept(code == status::no_database && note(line));
        }});
}

void inspection_tables::use_journal(std::string path) {
  auto made = std::make_shared<audit_journal>(std::move(path));
  auto lock = std::scoped_lock{mutex_};
  journal_ = std::move(made);
}

std::shared_ptr<audit_journal> inspection_tables::journal() const {
  auto lock = std::scoped_lock{mutex_};
  return journal_;
}

bool inspection_tables::note(const pg::operator_action& line) const {
  auto to = journal();
  return to && to->append(line);
}

std::vector<std::string> inspection_tables::living_nodes() const {
  auto lock = std::scoped_lock{mutex_};
  return living_;
}

void inspection_tables::post(job what) {
  {
    auto lock = std::scoped_lock{mutex_};
    if (!stopping_ && waiting_.size() < waiting_max) {
      waiting_.push_back(std::move(what));
      wake_.notify_one();
      return;
    }
  }
  what.failed(status::busy, "too many questions wait for the database");
}

void inspection_tables::run() {
  auto due = base::monotonic_now();
  for (;;) {
    std::optional<job> next;
    {
      auto lock = std::unique_lock{mutex_};
      wake_.wait_until(lock, due, [this] { return stopping_ || !waiting_.empty(); });
      if (stopping_)
        return;
      if (!waiting_.empty()) {
        next = std::move(waiting_.front());
        waiting_.pop_front();
      }
    }
    if (next)
      perform(*next);
    usage_.tick(base::monotonic_now());
    if (base::monotonic_now() >= due || (next && !told_)) {
      watch_settings();
      due = base::monotonic_now() + settings_interval;
    }
  }
}

void inspection_tables::connect() {
  if (!conn_ || !conn_->alive())
    conn_ = std::make_unique<pg::connection>(settings_);
}

void inspection_tables::perform(job& what) {
  try {
    connect();
    what.run(*conn_);
  } catch (const std::invalid_argument& wrong) {
    what.failed(status::not_there, wrong.what());
  } catch (const pg::error& failure) {
    bool said_no = conn_ && !failure.sqlstate().empty() && conn_->alive();
    what.failed(said_no ? status::refused : status::no_database, failure.what());
  } catch (const std::exception& failure) {
    inspection_tables_log.error("a look failed", {{"reason", failure.what()}});
    what.failed(status::refused, failure.what());
  }
}

std::optional<base::finding> inspection_tables::clock_finding() const {
  auto ahead = clock_ahead_us_.load();
  if (std::abs(ahead) <= clock_skew_max_us)
    return {};
  return base::finding{base::finding_level::warning,
                       "clock",
                       fmt::format("the clock of this machine is {} ms {} that of the database",
                                   std::abs(ahead) / 1000, ahead > 0 ? "ahead of" : "behind"),
                       {},
                       "synchronise both with NTP"};
}

void inspection_tables::look_at_clock() {
  auto now = base::monotonic_now();
  if (now < clock_due_)
    return;
  clock_due_ = now + clock_interval;
  clock_ahead_us_ =
    base::wall_now().time_since_epoch().count() - pg::server_version{}.run(*conn_).time;
}

void inspection_tables::watch_settings() {
  try {
    connect();
    look_at_clock();
    if (auto from = journal())
      from->move_to(*conn_);
    auto now = pg::live_settings{}.run(*conn_);
    std::vector<std::string> names;
    for (const auto& node : pg::list_nodes{0}.run(*conn_))
      names.push_back(node.name);
    {
      auto lock = std::scoped_lock{mutex_};
      living_ = std::move(names);
    }
    if (now != known_ || !told_)
      changed_(now);
    known_ = std::move(now);
    told_ = true;
  } catch (const pg::error& failure) {
    // What holds stays; the database says so to everybody else too.
    inspection_tables_log.debug("live settings cannot be read", {{"reason", failure.what()}});
  }
}

} // namespace nova::inspection
