#include "app/roll.hpp"

#include "app/database_connection.hpp"
#include "app/node_keeper.hpp"
#include "app/operator_here.hpp"
#include "app/output.hpp"
#include "base/clock.hpp"
#include "pg/cluster/nodes_to_roll.hpp"
#include "pg/email/count_written_threads.hpp"
#include "pg/operations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <set>

// A node goes through these steps, each with a deadline; what fails ends the roll, and the nodes
// behind it are not touched:
//
//   drain ─▶ nothing of it runs ─▶ stop ─▶ its incarnation has ended ─▶ start ─▶ up, linked, steady
//     └───────────┴──────────────────┴── failed here, and it lives: undrain
namespace nova::app {
namespace {

using namespace std::chrono_literals;
using base::monotonic_now;

constexpr std::chrono::milliseconds look_interval{200};
// How long threads are counted for the figures before and after.
constexpr std::chrono::seconds counted_for{2};
// What is waited for is said again when it has not changed for so long.
constexpr std::chrono::seconds said_again{10};

/// Somebody pressed Ctrl-C, or a service manager ends us.
struct interrupted : std::runtime_error {
  interrupted() : std::runtime_error("a signal ended it") {}
};

/// Ends of a program that is asked to end are looked for where it waits, so that nothing stays
/// drained.
class stop_signals {
public:
  stop_signals() {
    sigemptyset(&set_);
    for (int one : {SIGINT, SIGTERM})
      sigaddset(&set_, one);
    pthread_sigmask(SIG_BLOCK, &set_, &before_);
  }
  ~stop_signals() {
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  stop_signals(const stop_signals&) = delete;
  stop_signals& operator=(const stop_signals&) = delete;

  /// Throws `interrupted` when one comes.
  void pause(std::chrono::milliseconds length) const {
    timespec time{};
    time.tv_sec = length / 1s;
    time.tv_nsec = (length % 1s) / 1ns;
    if (::sigtimedwait(&set_, nullptr, &time) > 0)
      throw interrupted{};
  }

private:
  sigset_t set_{}, before_{};
};

std::string counted(uint64_t count, const char* what) {
  return count == 0 ? "" : fmt::format(", {} {}{}", count, what, count == 1 ? "" : "s");
}

std::string joined(const std::vector<std::string>& names) {
  std::string all;
  for (const auto& name : names)
    all += (all.empty() ? "" : ", ") + name;
  return all;
}

struct rolled_node {
  std::string name, version_before, version_after;
  double drained_s = 0, away_s = 0, ready_s = 0;
  double rate_before = 0, rate_after = 0;
};

class roll {
public:
  roll(context& ctx, const roll_options& options)
    : ctx_(ctx), options_(options), conn_(connect(ctx)),
      keeper_(options.stop.empty() ? keep_by_local_cluster()
                                   : keep_by_commands(options.stop, options.start)) {}

  exit_code run() {
    auto before = look();
    choose(before);
    for (const auto& name : names_)
      keeper_->expect(name, expect_well(before, name).machine);
    if (options_.only_say)
      return say_plan();
    try {
      rate_ = rate();
      for (; at_ < names_.size(); ++at_)
        restart(names_[at_]);
    } catch (const std::exception& failure) {
      give_up(failure.what());
    }
    print_done();
    return exit_code::done;
  }

private:
  using nodes = std::vector<pg::node_to_roll>;

  // ---- what is there

  /// The server may be restarted meanwhile.
  nodes look() {
    if (!conn_.alive())
      conn_.reconnect();
    return pg::nodes_to_roll{}.run(conn_);
  }

  static const pg::node_to_roll* find(const nodes& all, const std::string& name) {
    auto found = std::find_if(all.begin(), all.end(),
                              [&](const auto& one) { return one.name == name && one.alive; });
    return found == all.end() ? nullptr : &*found;
  }

  void choose(const nodes& all) {
    names_ = options_.nodes;
    if (names_.empty())
      for (const auto& one : all)
        if (one.alive)
          names_.push_back(one.name);
    if (names_.empty())
      throw command_error(exit_code::nothing, "no node runs");
    if (std::set<std::string>(names_.begin(), names_.end()).size() != names_.size())
      throw command_error(exit_code::usage, "a node is named twice: " + joined(names_));
    for (const auto* command : {&options_.stop, &options_.start})
      if (!command->empty() && names_.size() > 1 && command->find("{node}") == std::string::npos)
        throw command_error(exit_code::usage, "`" + *command
                                                + "` has no {node}, which it needs where more "
                                                  "than one node is restarted");
  }

  /// A roll through a cluster that is not well makes it worse.
  static const pg::node_to_roll& expect_well(const nodes& all, const std::string& name) {
    const auto* node = find(all, name);
    if (node == nullptr)
      throw command_error(exit_code::nothing, "no living node is called '" + name + "'");
    for (const auto& one : all) {
      auto state = one.alive ? one.state : "silent";
      if (state == "draining")
        throw command_error(exit_code::failed,
                            one.name + " is drained already: `nova shell --role admin -c 'undrain "
                              + one.name + "'`, or find out who did it and why");
      if (state != "up")
        throw command_error(exit_code::failed, one.name + " is " + state
                                                 + ", and a cluster that "
                                                   "is not well is not restarted");
    }
    return *node;
  }

  double rate() {
    auto began = monotonic_now();
    auto before = pg::count_written_threads::run(conn_);
    signals_.pause(counted_for);
    auto more = static_cast<double>(pg::count_written_threads::run(conn_) - before);
    return more / std::chrono::duration<double>(monotonic_now() - began).count();
  }

  // ---- what is said

  void say(const std::string& node, const std::string& text) {
    ctx_.err << node << ": " << text << '\n' << std::flush;
  }

  exit_code say_plan() {
    for (const auto& name : names_)
      ctx_.out << fmt::format(
        "{0}: drain, reason '{1}', and wait until nothing of it runs, {2} s at most\n"
        "{0}: stop: {3}; it has left within {4} s\n{0}: start: {5}\n"
        "{0}: wait until it is up, linked as before and steady, {6} s at most\n",
        name, options_.reason, options_.drained_within.count(), keeper_->how_to_stop(name),
        options_.ended_within.count(), keeper_->how_to_start(name), options_.ready_within.count());
    return exit_code::done;
  }

  void print_done() {
    table all{{"node", "version_before", "version_after", "drained_s", "away_s", "ready_s",
               "threads_per_second_before", "threads_per_second_after"},
              {}};
    auto tenth = [](double value) { return std::round(value * 10) / 10; };
    for (const auto& one : done_)
      all.rows.push_back({one.name, one.version_before, one.version_after, tenth(one.drained_s),
                          tenth(one.away_s), tenth(one.ready_s), tenth(one.rate_before),
                          tenth(one.rate_after)});
    print(ctx_, all);
  }

  // ---- one node

  /// Looks until `missing` says that nothing is; says what is waited for when that changes. Answers
  /// how many seconds it took. Throws when the time is over.
  double wait(const std::string& node, std::chrono::seconds within,
              const std::function<std::string(const nodes&)>& missing) {
    auto began = monotonic_now();
    auto told_at = began - said_again;
    std::string told;
    for (;;) {
      auto now = missing(look());
      auto passed = monotonic_now() - began;
      if (now.empty())
        return std::chrono::duration<double>(passed).count();
      if (passed >= within)
        throw std::runtime_error(
          fmt::format("after {} s it still waited: {}", within.count(), now));
      if (now != told || monotonic_now() - told_at >= said_again) {
        say(node, "waits: " + now);
        told = now;
        told_at = monotonic_now();
      }
      signals_.pause(look_interval);
    }
  }

  void order(const char* action, const std::string& node) {
    pg::operation what;
    what.action = action;
    what.target = "node:" + node;
    what.reason = options_.reason;
    (void)pg::operate(conn_, what, operator_here("command"));
  }

  void restart(const std::string& name) {
    rolled_node done;
    done.name = name;
    done.rate_before = rate_;
    auto all = look();
    auto old = expect_well(all, name);
    done.version_before = old.version;
    order("drain", name);
    drained_ = old.id;
    say(name, "drains");
    done.drained_s = wait(name, options_.drained_within,
                          [&](const nodes& now) { return still_running(now, old); });
    auto began = monotonic_now();
    say(name, "drained, stops: " + keeper_->how_to_stop(name));
    keeper_->stop(name);
    wait(name, options_.ended_within, [&](const nodes& now) {
      auto there =
        std::any_of(now.begin(), now.end(), [&](const auto& one) { return one.id == old.id; });
      return std::string{there ? "its process to end" : ""};
    });
    drained_ = 0;
    down_ = true;
    say(name, "ended, starts: " + keeper_->how_to_start(name));
    keeper_->start(name);
    done.ready_s = wait(name, options_.ready_within,
                        [&](const nodes& now) { return not_ready(now, old, done); });
    done.away_s = std::chrono::duration<double>(monotonic_now() - began).count();
    down_ = false;
    rate_ = done.rate_after = rate();
    say(name, fmt::format("ready; {:.1f} threads a second before, {:.1f} now", done.rate_before,
                          done.rate_after));
    done_.push_back(std::move(done));
  }

  static std::string still_running(const nodes& now, const pg::node_to_roll& old) {
    auto found =
      std::find_if(now.begin(), now.end(), [&](const auto& one) { return one.id == old.id; });
    if (found == now.end())
      return {}; // somebody stopped it already
    auto work = counted(found->claims, "thread") + counted(found->leases, "lease");
    return work.empty() ? work : work.substr(2) + " to end there";
  }

  std::string not_ready(const nodes& now, const pg::node_to_roll& old, rolled_node& done) {
    if (auto why = keeper_->ended(done.name); !why.empty())
      throw std::runtime_error(why);
    const auto* fresh = find(now, done.name);
    if (fresh == nullptr || fresh->id == old.id)
      return "a new process to join";
    down_ = false;
    done.version_after = fresh->version;
    if (fresh->state != "up")
      return "it is " + fresh->state;
    std::vector<std::string> missing;
    for (const auto& peer : old.linked_to)
      if (find(now, peer) != nullptr && !has(fresh->linked_to, peer)
          && !has(fresh->never_linked_to, peer))
        missing.push_back(peer);
    if (!missing.empty())
      return "links to " + joined(missing);
    return fresh->steady ? "" : "it has to be steady for a lease";
  }

  static bool has(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  }

  // ---- the end

  /// What it drained, and lives, works on. Answers what became of it, in words.
  std::string undrain(const std::string& name) {
    if (down_)
      return "no process of it has joined";
    if (drained_ == 0)
      return "it runs";
    try {
      auto all = look();
      auto lives =
        std::any_of(all.begin(), all.end(), [&](const auto& one) { return one.id == drained_; });
      if (!lives)
        return "its process has ended, and was not started again";
      order("undrain", name);
      return "it is undrained and goes on as before";
    } catch (const std::exception& failure) {
      return fmt::format("it could not be undrained ({}): `nova shell -c 'undrain {}'`",
                         failure.what(), name);
    }
  }

  [[noreturn]] void give_up(const std::string& why) {
    const auto& name = names_[at_];
    auto state = undrain(name);
    std::vector<std::string> behind{names_.begin() + static_cast<std::ptrdiff_t>(at_) + 1,
                                    names_.end()};
    std::vector<std::string> restarted;
    for (const auto& one : done_)
      restarted.push_back(one.name);
    throw command_error(exit_code::failed,
                        fmt::format("{}: {}; {}; restarted: {}; not touched: {}", name, why, state,
                                    restarted.empty() ? "none" : joined(restarted),
                                    behind.empty() ? "none" : joined(behind)));
  }

  context& ctx_;
  const roll_options& options_;
  stop_signals signals_;
  pg::connection conn_;
  std::unique_ptr<node_keeper> keeper_;
  std::vector<std::string> names_;
  size_t at_ = 0;
  int64_t drained_ = 0; // the incarnation that this drained and did not see end
  bool down_ = false;   // it ended, and no other of its name has joined
  double rate_ = 0;
  std::vector<rolled_node> done_;
};

} // namespace

exit_code roll_nodes(context& ctx, const roll_options& options) {
  if (options.stop.empty() != options.start.empty())
    throw command_error(exit_code::usage, "--stop and --start belong together");
  return roll{ctx, options}.run();
}

} // namespace nova::app
