#include "cluster/membership.hpp"

#include "base/backoff.hpp"
#include "base/log.hpp"
#include "base/seed.hpp"
#include "cluster/knock.hpp"
#include "cluster/lease_keeper.hpp"
#include "cluster/machine.hpp"
#include "cluster/node_name.hpp"
#include "http/listen_socket.hpp"
#include "pg/cluster/expire_nodes.hpp"
#include "pg/cluster/heartbeat_node.hpp"
#include "pg/cluster/leave_cluster.hpp"
#include "pg/cluster/list_members.hpp"
#include "pg/cluster/list_nodes.hpp"
#include "pg/cluster/register_node.hpp"
#include "pg/cluster/set_node_state.hpp"
#include "pg/cluster/suspect_node.hpp"
#include "pg/error.hpp"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <thread>

// The loop wakes at each tick, when a notification comes and when somebody suspects a node:
//
//   renew the lease, and those held beside it ─▶ judge whose lease ran out, and who is suspected ─▶
//   read the list if it changed ─▶ take what is free and wanted
//
// The node trusts itself until the moment before it *sent* the last renewal that was answered, plus
// the lease, less a margin: whatever the network did to the answer, the database's lease is longer.
namespace nova::cluster {
namespace {

constexpr base::log log{"Membership"};

using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::array<const char*, 3> channels{"nova_cluster", "nova_threads", "nova_settings"};
constexpr base::backoff between_tries{milliseconds{50}, milliseconds{1000}};
constexpr const char* name_is_taken = "NV011";
constexpr size_t probes_a_round = 2;
constexpr milliseconds look_pause{50};
constexpr int looks_max = 5;
constexpr std::chrono::seconds votes_count_for{10}; // as nova.suspect_node says

members read_members(pg::connection& conn, int64_t self, const std::string& machine) {
  auto list = pg::list_members{}.run(conn);
  members found;
  found.version = list.version;
  found.self = self;
  for (auto& row : list.members) {
    member one;
    one.id = row.id;
    one.epoch = row.epoch;
    one.name = std::move(row.name);
    one.address = std::move(row.address);
    one.version = std::move(row.version);
    one.state = std::move(row.state);
    one.roles = std::move(row.roles);
    one.protocol = static_cast<uint32_t>(row.protocol);
    one.protocol_min = static_cast<uint32_t>(row.protocol_min);
    one.capacity = static_cast<uint32_t>(row.capacity);
    one.reachable = means_the_same(one.address, row.machine, machine);
    found.nodes.push_back(std::move(one));
  }
  return found;
}

} // namespace

class membership::implementation {
public:
  implementation(membership_settings settings, base::effects_gate& gate, membership_events events)
    : settings_(std::move(settings)), gate_(gate), events_(std::move(events)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), leases_(settings_.lease, events_.lease) {
    canary();
    conn_.emplace(settings_.database);
    while (!join())
      settings_.node.replaces = whom_to_replace(*conn_, settings_.node, settings_.replace);
    for (const auto* channel : channels)
      conn_->listen(channel);
    view_ = std::make_shared<const members>(read_members(*conn_, self_.id, settings_.node.machine));
    log.info("joined", {{"node", settings_.node.name},
                        {"incarnation", self_.id},
                        {"address", settings_.node.address},
                        {"members", view_->nodes.size()}});
  }

  ~implementation() {
    stop();
  }

  void start() {
    thread_ = std::thread{[this] { run(); }};
  }

  void stop() {
    if (stopping_.exchange(true))
      return;
    wake();
    if (thread_.joinable())
      thread_.join();
    gate_.trust_until({});
    try {
      if (conn_ && !dead_)
        pg::leave_cluster{self_.id}.run(*conn_);
    } catch (const pg::error& failure) {
      log.warn("did not leave; the lease runs out", {{"reason", failure.what()}});
    }
  }

  void suspect(int64_t node, std::string reason) {
    {
      std::lock_guard lock{mutex_};
      suspects_[node] = std::move(reason);
    }
    wake();
  }

  void want_lease(std::string name) {
    leases_.want(std::move(name));
    wake();
  }

  void drop_lease(std::string name) {
    leases_.drop(std::move(name));
    wake();
  }

  void canary() noexcept {
    canary_.store(settings_.clock().time_since_epoch().count(), std::memory_order_relaxed);
  }

  void report_load(std::string json) {
    std::lock_guard lock{mutex_};
    load_ = std::move(json);
  }

  void drain() {
    draining_ = true;
    wake();
  }

  [[nodiscard]] std::shared_ptr<const members> view() const {
    std::lock_guard lock{mutex_};
    return view_;
  }

  [[nodiscard]] pg::incarnation self() const noexcept {
    return self_;
  }

private:
  void wake() const {
    eventfd_write(wake_.get(), 1);
  }

  void trust(clock::time_point sent) {
    gate_.trust_until(sent + settings_.lease - settings_.margin);
    tell_effects();
  }

  void tell_effects() {
    auto open = gate_.open();
    if (std::exchange(told_open_, open) == open)
      return;
    if (!open)
      log.warn("effects are parked: the lease could not be renewed");
    else
      log.info("effects are allowed");
    if (events_.effects)
      events_.effects(open);
  }

  /// False: a living node has the name.
  bool join() {
    auto sent = settings_.clock();
    try {
      self_ = pg::register_node{settings_.node, settings_.lease}.run(*conn_);
    } catch (const pg::error& failure) {
      if (failure.sqlstate() != name_is_taken)
        throw;
      return false;
    }
    trust(sent);
    return true;
  }

  void run() {
    if (events_.changed)
      events_.changed(*view());
    while (!stopping_ && !dead_) {
      try {
        if (broken_ || !conn_->alive())
          connect_again();
        round();
      } catch (const pg::error& failure) {
        // Once an outage; each try would say the same.
        if (!std::exchange(broken_, true))
          log.warn("the database does not answer", {{"reason", failure.what()}});
        tell_effects();
        rest(between_tries.delay(tries_++, random_));
      }
    }
  }

  /// Woken by nothing but the end.
  void rest(milliseconds time) {
    auto until = settings_.clock() + time;
    while (!stopping_ && settings_.clock() < until) {
      auto left = std::chrono::ceil<milliseconds>(until - settings_.clock());
      pollfd waits{wake_.get(), POLLIN, 0};
      (void)::poll(&waits, 1, static_cast<int>(std::max(left, milliseconds{0}).count()));
      eventfd_t count = 0;
      eventfd_read(wake_.get(), &count);
    }
  }

  void round() {
    pause(settings_.tick);
    if (stopping_)
      return;
    for (const auto& notice : conn_->take_notifications()) {
      stale_ = stale_ || notice.channel == "nova_cluster";
      if (events_.notice)
        events_.notice(notice.channel, notice.payload);
    }
    if (!renew())
      return;
    judge();
    auto changed = std::exchange(stale_, false);
    if (changed)
      read_again();
    if (changed || leases_.has_orders() || settings_.clock() - taken_ >= settings_.tick) {
      taken_ = settings_.clock();
      leases_.follow_orders(*conn_, self_.id);
    }
    if (drained_ && !draining_)
      leases_.give_back_all(*conn_, self_.id);
  }

  /// Waits for the next tick, a notification or a wake-up.
  void pause(milliseconds limit) {
    auto left = std::chrono::duration_cast<milliseconds>(renewed_ + limit - settings_.clock());
    if (suspicions_wait() || leases_.has_orders())
      left = {};
    if (!again_.empty())
      left = std::min(left, look_pause);
    std::array<pollfd, 2> waits{{{wake_.get(), POLLIN, 0}, {conn_->socket(), POLLIN, 0}}};
    (void)::poll(waits.data(), waits.size(),
                 static_cast<int>(std::clamp(left, milliseconds{0}, limit).count()));
    eventfd_t count = 0;
    eventfd_read(wake_.get(), &count);
  }

  [[nodiscard]] bool suspicions_wait() const {
    std::lock_guard lock{mutex_};
    return !suspects_.empty();
  }

  bool renew() {
    if (settings_.clock() - renewed_ < settings_.tick)
      return true;
    std::string load;
    {
      std::lock_guard lock{mutex_};
      load.swap(load_);
    }
    auto sent = settings_.clock();
    auto found = pg::heartbeat_node{self_.id, settings_.lease, load}.run(*conn_);
    renewed_ = sent;
    if (!found) {
      die();
      return false;
    }
    trust(sent);
    stale_ = stale_ || found->version != seen_version_;
    if (draining_ && found->state != "draining")
      pg::set_node_state{self_.id, "draining"}.run(*conn_);
    else
      watch_canary(found->state);
    leases_.renew(*conn_, self_.id);
    return true;
  }

  /// This thread renews while no actor runs, and while no peer can be reached; then the node must
  /// not judge others.
  void watch_canary(const std::string& state) {
    auto now = settings_.clock();
    auto heard = clock::time_point{clock::duration{canary_.load(std::memory_order_relaxed)}};
    auto runs = settings_.canary_limit.count() == 0 || now - heard < settings_.canary_limit;
    if (state == "up" && !runs) {
      log.warn("actors do not run: degraded");
      pg::set_node_state{self_.id, "degraded"}.run(*conn_);
    } else if (state == "degraded" && runs && now - voted_ > votes_count_for) {
      log.info("well again");
      pg::set_node_state{self_.id, "up"}.run(*conn_);
    }
  }

  void judge() {
    std::map<int64_t, std::string> suspects;
    {
      std::lock_guard lock{mutex_};
      // The others wait for the next round: a probe of who is silent takes its time, and meanwhile
      // nothing is renewed.
      while (!suspects_.empty() && suspects.size() < probes_a_round)
        suspects.insert(suspects_.extract(suspects_.begin()));
    }
    take_those_due(suspects);
    auto now = view();
    for (const auto& [node, reason] : suspects) {
      auto found = std::find_if(now->nodes.begin(), now->nodes.end(),
                                [&, id = node](const member& one) { return one.id == id; });
      if (found == now->nodes.end() || !found->reachable)
        continue;
      auto how = knock(found->address, settings_.probe_limit);
      log.warn("suspects a node", {{"node", found->name},
                                   {"reason", reason},
                                   {"probe", how == knocked::refused   ? "refused"
                                             : how == knocked::answers ? "answers"
                                                                       : "silent"}});
      // A process that is being killed closes its links a moment before it stops to listen.
      if (!vote(node, how == knocked::refused, reason) && how == knocked::answers)
        look_again(node, reason);
    }
    if (settings_.clock() - expired_ >= settings_.tick) {
      expired_ = settings_.clock();
      for (auto node : pg::expire_nodes{self_.id, settings_.lease}.run(*conn_)) {
        log.warn("declared dead: its lease ran out", {{"incarnation", node}});
        stale_ = true;
      }
    }
  }

  void look_again(int64_t node, const std::string& reason) {
    auto& looks = looks_[node];
    if (looks < looks_max) {
      again_[node] = {settings_.clock() + look_pause * (1 << looks++), reason};
    } else {
      looks_.erase(node);
    }
  }

  void take_those_due(std::map<int64_t, std::string>& suspects) {
    std::erase_if(again_, [&](const auto& one) {
      if (one.second.due > settings_.clock())
        return false;
      suspects.emplace(one.first, one.second.reason);
      return true;
    });
  }

  bool vote(int64_t node, bool refused, const std::string& reason) {
    voted_ = settings_.clock();
    if (pg::suspect_node{self_.id, node, refused, reason, settings_.lease}.run(*conn_)) {
      log.warn("declared dead", {{"incarnation", node}, {"reason", reason}});
      looks_.erase(node);
      stale_ = true;
      return true;
    }
    return false;
  }

  void read_again() {
    auto read =
      std::make_shared<const members>(read_members(*conn_, self_.id, settings_.node.machine));
    seen_version_ = read->version;
    drained_ = std::any_of(read->nodes.begin(), read->nodes.end(), [this](const member& one) {
      return one.id == self_.id && one.state == "draining";
    });
    {
      std::lock_guard lock{mutex_};
      view_ = read;
    }
    if (events_.changed)
      events_.changed(*read);
  }

  void connect_again() {
    conn_->reconnect();
    for (const auto* channel : channels)
      conn_->listen(channel);
    if (std::exchange(broken_, false))
      log.info("the database is back");
    tries_ = 0;
    stale_ = true;
    renewed_ = {};
  }

  void die() {
    dead_ = true;
    gate_.trust_until({});
    tell_effects();
    auto reason = why_dead();
    log.error("declared dead: this process stops without writing", {{"reason", reason}});
    if (events_.dead)
      events_.dead(reason);
  }

  std::string why_dead() {
    for (const auto& row : pg::list_nodes{1}.run(*conn_))
      if (row.id == self_.id)
        return row.dead_reason;
    return "its row is gone";
  }

  membership_settings settings_;
  base::effects_gate& gate_;
  membership_events events_;
  base::unique_fd wake_;
  std::optional<pg::connection> conn_;
  pg::incarnation self_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> draining_{false};
  std::atomic<bool> dead_{false};
  bool broken_ = false;
  uint32_t tries_ = 0; // to connect, in a row
  std::mt19937_64 random_ = base::random_engine(settings_.seed);
  bool told_open_ = true;
  bool drained_ = false; // by an operator, when it is not `draining_`
  bool stale_ = true;    // the list of members is to be read
  int64_t seen_version_ = -1;
  clock::time_point renewed_, expired_, taken_, voted_;
  std::atomic<clock::rep> canary_{0};
  lease_keeper leases_;
  mutable std::mutex mutex_;
  std::shared_ptr<const members> view_;
  struct second_look {
    clock::time_point due;
    std::string reason;
  };
  std::map<int64_t, second_look> again_; // of the thread, as the next
  std::map<int64_t, int> looks_;
  std::map<int64_t, std::string> suspects_;
  std::string load_;
  std::thread thread_;
};

membership::membership(membership_settings settings, base::effects_gate& gate,
                       membership_events events)
  : implementation_(
    std::make_unique<implementation>(std::move(settings), gate, std::move(events))) {}

membership::~membership() = default;

void membership::start() {
  implementation_->start();
}

pg::incarnation membership::self() const noexcept {
  return implementation_->self();
}

std::shared_ptr<const members> membership::view() const {
  return implementation_->view();
}

void membership::suspect(int64_t node, std::string reason) {
  implementation_->suspect(node, std::move(reason));
}

void membership::want_lease(std::string name) {
  implementation_->want_lease(std::move(name));
}

void membership::drop_lease(std::string name) {
  implementation_->drop_lease(std::move(name));
}

void membership::canary() noexcept {
  implementation_->canary();
}

void membership::report_load(std::string json) {
  implementation_->report_load(std::move(json));
}

void membership::drain() {
  implementation_->drain();
}

void membership::stop() {
  implementation_->stop();
}

} // namespace nova::cluster
