#include "actors/lease_board.hpp"

#include <caf/send.hpp>

#include <utility>

namespace nova {

void lease_board::connect(order want, order drop) {
  std::lock_guard lock{mutex_};
  want_ = std::move(want);
  drop_ = std::move(drop);
  for (const auto& [name, one] : entries_)
    want_(name);
}

void lease_board::want(const std::string& name, const lease_listener_actor& listener) {
  std::lock_guard lock{mutex_};
  auto [which, fresh] = entries_.try_emplace(name);
  which->second.listener = listener;
  if (which->second.token != 0)
    caf::anon_send(listener, lease_changed{name, which->second.token});
  if (fresh && want_)
    want_(name);
}

void lease_board::drop(const std::string& name) {
  std::lock_guard lock{mutex_};
  if (entries_.erase(name) > 0 && drop_)
    drop_(name);
}

void lease_board::changed(const std::string& name, int64_t token) {
  std::lock_guard lock{mutex_};
  auto found = entries_.find(name);
  if (found == entries_.end() || std::exchange(found->second.token, token) == token)
    return;
  caf::anon_send(found->second.listener, lease_changed{name, token});
}

} // namespace nova
