#pragma once

#include "messages/peer_links.hpp"

#include <algorithm>
#include <mutex>
#include <optional>
#include <vector>

namespace nova {

/// The peers that are linked now, for who needs one in the middle of its work. Written by `links`
/// alone; any thread reads.
class peer_board {
public:
  void set(std::vector<peer> peers) {
    std::lock_guard lock{mutex_};
    peers_ = std::move(peers);
  }

  [[nodiscard]] std::vector<peer> all() const {
    std::lock_guard lock{mutex_};
    return peers_;
  }

  [[nodiscard]] std::optional<peer> find(int64_t node) const {
    std::lock_guard lock{mutex_};
    auto found =
      std::find_if(peers_.begin(), peers_.end(), [&](const peer& one) { return one.node == node; });
    return found == peers_.end() ? std::nullopt : std::optional{*found};
  }

private:
  mutable std::mutex mutex_;
  std::vector<peer> peers_;
};

} // namespace nova
