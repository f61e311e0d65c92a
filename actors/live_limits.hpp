#pragma once

#include <atomic>
#include <cstdint>

namespace nova {

/// What operators may change while a node runs. Written by who watches the live settings, read by
/// actors before each decision. Zero and below: what the node was started with.
struct live_limits {
  std::atomic<uint32_t> threads{0};       // threads under way at one time: `threads.window`
  std::atomic<int64_t> call_pause_ms{-1}; // between two calls for one grant: `pace.pause`

  /// Set by the node's door to the API: nothing can be called, so nobody takes work that must be.
  std::atomic<bool> provider_away{false};
};

} // namespace nova
