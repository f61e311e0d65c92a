#include "cluster/membership.hpp"

#include "base/log.hpp"
#include "base/once_a_minute.hpp"
#include "base/seed.hpp"
#include "cluster/lease_keeper.hpp"
#include "cluster/machine.hpp"
#include "cluster/membership_rules.hpp"
#include "cluster/node_name.hpp"
#include "cluster/try_connect.hpp"
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
#include <thread>
#include <variant>

// The thread wakes at each tick, when a notification comes and when another thread wants something.
// Then it takes the steps of one round, one after the other, as `membership_rules` decides.
namespace nova::cluster {
namespace {

constexpr base::log membership_log{"Membership"};

using std::chrono::milliseconds;

constexpr std::array<const char*, 3> channels{"nova_cluster", "nova_threads", "nova_settings"};
constexpr const char* name_is_taken = "NV011";

members list_of(pg::connection& conn, int64_t self, const std::string& machine) {
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
  implementation(membership_settings settings, effects_gate& gate, membership_events events)
    : settings_(std::move(settings)), gate_(gate), events_(std::move(events)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      rules_({.lease = settings_.lease,
              .tick = settings_.tick,
              .margin = settings_.margin,
              .canary_limit = settings_.canary_limit},
             base::random_engine(settings_.seed)),
      leases_(settings_.lease, events_.lease) {
    canary();
    conn_.emplace(settings_.database);
    while (!join())
      settings_.node.replaces = whom_to_replace(*conn_, settings_.node, settings_.replace);
    for (const auto* channel : channels)
      conn_->listen(channel);
    read_list();
    membership_log.info("joined", {{"node", settings_.node.name},
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
      membership_log.warn("did not leave; the lease runs out", {{"reason", failure.what()}});
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

  void trust() {
    gate_.trust_until(rules_.trusted_until());
    tell_effects();
  }

  void tell_effects() {
    auto open = gate_.open();
    if (std::exchange(told_open_, open) == open)
      return;
    if (!open)
      membership_log.warn("effects are parked: the lease could not be renewed");
    else
      membership_log.info("effects are allowed");
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
    rules_.joined(sent);
    trust();
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
          membership_log.warn("the database does not answer", {{"reason", failure.what()}});
        tell_effects();
        rest(rules_.connection_lost());
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

  void connect_again() {
    conn_->reconnect();
    for (const auto* channel : channels)
      conn_->listen(channel);
    if (std::exchange(broken_, false))
      membership_log.info("the database is back");
    rules_.connected();
  }

  void round() {
    pause(rules_.wait(settings_.clock(), orders()));
    if (stopping_)
      return;
    for (const auto& notice : conn_->take_notifications()) {
      rules_.noticed(notice.channel);
      if (events_.notice)
        events_.notice(notice.channel, notice.payload);
    }
    while (auto step = rules_.next(settings_.clock(), orders()))
      std::visit([this](const auto& asked) { perform(asked); }, *step);
  }

  /// Ended by a notification and by a wake-up.
  void pause(milliseconds limit) const {
    std::array<pollfd, 2> waits{{{wake_.get(), POLLIN, 0}, {conn_->socket(), POLLIN, 0}}};
    (void)::poll(waits.data(), waits.size(), static_cast<int>(limit.count()));
    eventfd_t count = 0;
    eventfd_read(wake_.get(), &count);
  }

  /// Leases first: whoever suspects a node and then wants a lease has both looked at in that order.
  membership_orders orders() {
    membership_orders said;
    said.leases = leases_.has_orders();
    said.draining = draining_;
    said.canary_heard =
      base::monotonic_time{base::monotonic_time::duration{canary_.load(std::memory_order_relaxed)}};
    std::lock_guard lock{mutex_};
    said.suspects = std::exchange(suspects_, {});
    return said;
  }

  void perform(const renew_lease& asked) {
    std::string load;
    {
      std::lock_guard lock{mutex_};
      load.swap(load_);
    }
    rules_.answered(asked, pg::heartbeat_node{self_.id, settings_.lease, load}.run(*conn_));
    trust();
  }

  void perform(const change_state& asked) {
    if (asked.state == "degraded")
      membership_log.warn("actors do not run: degraded");
    else if (asked.state == "up")
      membership_log.info("well again");
    pg::set_node_state{self_.id, asked.state}.run(*conn_);
  }

  void perform(const renew_held_leases& /*asked*/) {
    leases_.renew(*conn_, self_.id);
  }

  void perform(const connect_to& asked) {
    auto probe = try_connect(asked.address, settings_.probe_limit);
    if (auto times = suspected_.due(asked.name + ": " + asked.reason, settings_.clock()); times > 0)
      membership_log.warn("suspects a node", {{"node", asked.name},
                                              {"reason", asked.reason},
                                              {"probe", to_string(probe)},
                                              {"times", times}});
    rules_.answered(asked, probe, settings_.clock());
  }

  void perform(const vote& asked) {
    auto refused = asked.probe == connect_result::refused;
    auto dead =
      pg::suspect_node{self_.id, asked.node, refused, asked.reason, settings_.lease}.run(*conn_);
    if (dead)
      membership_log.warn("declared dead", {{"incarnation", asked.node}, {"reason", asked.reason}});
    rules_.answered(asked, dead, settings_.clock());
  }

  void perform(const expire_others& asked) {
    auto dead = pg::expire_nodes{self_.id, settings_.lease}.run(*conn_);
    for (auto node : dead)
      membership_log.warn("declared dead: its lease ran out", {{"incarnation", node}});
    rules_.answered(asked, dead.size());
  }

  void perform(const read_members& /*asked*/) {
    read_list();
    if (events_.changed)
      events_.changed(*view());
  }

  void read_list() {
    auto list = std::make_shared<const members>(list_of(*conn_, self_.id, settings_.node.machine));
    rules_.answered(read_members{}, list);
    std::lock_guard lock{mutex_};
    view_ = std::move(list);
  }

  void perform(const follow_lease_orders& /*asked*/) {
    leases_.follow_orders(*conn_, self_.id);
  }

  void perform(const give_leases_back& /*asked*/) {
    leases_.give_back_all(*conn_, self_.id);
  }

  void perform(const end_process& /*asked*/) {
    dead_ = true;
    auto reason = why_dead();
    membership_log.error("declared dead: this process stops without writing", {{"reason", reason}});
    if (events_.dead)
      events_.dead(reason);
  }

  /// The process must end whether or not the database still says why.
  std::string why_dead() {
    try {
      for (const auto& row : pg::list_nodes{1}.run(*conn_))
        if (row.id == self_.id)
          return row.dead_reason;
      return "its row is gone";
    } catch (const pg::error& failure) {
      return std::string{"the reason cannot be read: "} + failure.what();
    }
  }

  membership_settings settings_;
  effects_gate& gate_;
  membership_events events_;
  http::unique_fd wake_;
  std::optional<pg::connection> conn_;
  pg::incarnation self_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> draining_{false};
  std::atomic<bool> dead_{false};
  bool broken_ = false;
  bool told_open_ = true;
  std::atomic<base::monotonic_time::rep> canary_{0};
  membership_rules rules_; // of the thread
  lease_keeper leases_;
  base::once_a_minute suspected_; // for the log
  mutable std::mutex mutex_;
  std::shared_ptr<const members> view_;
  std::map<int64_t, std::string> suspects_;
  std::string load_;
  std::thread thread_;
};

membership::membership(membership_settings settings, effects_gate& gate, membership_events events)
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
