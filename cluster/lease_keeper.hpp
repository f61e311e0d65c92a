#pragma once

#include "pg/connection.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

namespace nova::cluster {

/// The leases that a node wants and holds. What is wanted is tried again and again. `want` and
/// `drop` may be called on any thread, the rest on the control thread of the `membership`.
class lease_keeper {
public:
  /// Told on the control thread: the lease is held under that token; or nothing: not any more.
  using listener = std::function<void(const std::string& name, std::optional<int64_t> token)>;

  lease_keeper(std::chrono::milliseconds lease, listener told);

  void want(std::string name);
  /// Gives it back, so that another node can take it at once.
  void drop(std::string name);

  /// True while something was wanted or dropped that was not looked at yet.
  [[nodiscard]] bool has_orders() const;

  /// Extends what is held. Throws `pg::error`, as the next.
  void renew(pg::connection& conn, int64_t node);
  /// Gives back what was dropped, takes what is wanted and free.
  void follow_orders(pg::connection& conn, int64_t node);
  /// Gives back all that is held; it stays wanted.
  void give_back_all(pg::connection& conn, int64_t node);

private:
  void give_back(pg::connection& conn, int64_t node, std::string name);
  void tell(const std::string& name, std::optional<int64_t> token) const;

  const std::chrono::milliseconds lease_;
  const listener told_;

  mutable std::mutex mutex_; // guards the next three
  std::set<std::string> wanted_;
  std::set<std::string> dropped_;
  bool news_ = false;

  std::map<std::string, int64_t> held_; // name and token
};

} // namespace nova::cluster
