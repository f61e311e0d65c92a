#include "cluster/lease_keeper.hpp"

#include "base/log.hpp"
#include "pg/cluster/release_lease.hpp"
#include "pg/cluster/renew_leases.hpp"
#include "pg/cluster/take_leases.hpp"

#include <utility>
#include <vector>

namespace nova::cluster {
namespace {

constexpr base::log lease_keeper_log{"Leases"};

} // namespace

lease_keeper::lease_keeper(std::chrono::milliseconds lease, listener told)
  : lease_(lease), told_(std::move(told)) {}

void lease_keeper::want(std::string name) {
  std::lock_guard lock{mutex_};
  dropped_.erase(name);
  wanted_.insert(std::move(name));
  news_ = true;
}

void lease_keeper::drop(std::string name) {
  std::lock_guard lock{mutex_};
  wanted_.erase(name);
  dropped_.insert(std::move(name));
  news_ = true;
}

bool lease_keeper::has_orders() const {
  std::lock_guard lock{mutex_};
  return news_;
}

void lease_keeper::renew(pg::connection& conn, int64_t node) {
  if (held_.empty())
    return;
  auto still = pg::renew_leases{node, held_, lease_}.run(conn);
  for (auto one = held_.begin(); one != held_.end();) {
    if (still.contains(one->first)) {
      ++one;
      continue;
    }
    lease_keeper_log.warn("lease lost", {{"lease", one->first}});
    auto name = one->first;
    one = held_.erase(one);
    tell(name, std::nullopt);
  }
}

void lease_keeper::follow_orders(pg::connection& conn, int64_t node) {
  std::set<std::string> dropped;
  std::vector<std::string> missing;
  {
    std::lock_guard lock{mutex_};
    dropped = std::exchange(dropped_, {});
    news_ = false;
    for (const auto& name : wanted_)
      if (!held_.contains(name))
        missing.push_back(name);
  }
  for (const auto& name : dropped)
    give_back(conn, node, name);
  if (missing.empty())
    return;
  for (auto& [name, token] : pg::take_leases{missing, node, lease_}.run(conn)) {
    lease_keeper_log.info("lease taken", {{"lease", name}, {"token", token}});
    held_.emplace(name, token);
    tell(name, token);
  }
}

void lease_keeper::give_back_all(pg::connection& conn, int64_t node) {
  while (!held_.empty())
    give_back(conn, node, held_.begin()->first);
}

void lease_keeper::give_back(pg::connection& conn, int64_t node, std::string name) {
  auto found = held_.find(name);
  if (found == held_.end())
    return;
  // Forgotten before it is given back: should the connection be lost meanwhile, it runs out.
  auto token = found->second;
  held_.erase(found);
  pg::release_lease{name, node, token}.run(conn);
  tell(name, std::nullopt);
}

void lease_keeper::tell(const std::string& name, std::optional<int64_t> token) const {
  if (told_)
    told_(name, token);
}

} // namespace nova::cluster
