#pragma once

#include "actors/http_client.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

/// What everybody who lists mail does about an answer that is no page: backfills, sweeps and
/// comparisons. Pure functions.
namespace nova {

/// How long a call for a page may wait for its turn.
constexpr std::chrono::seconds listing_call_timeout{7200};
/// Before a page is asked for again that the grant was throttled for, when nothing says how long.
constexpr std::chrono::milliseconds listing_throttle_pause{5'000};

enum class page_refusal : uint8_t {
  wait,      // the grant is throttled: no attempt is used
  again,     // a failure of this page, which uses one
  restart,   // its cursor is taken no longer
  smaller,   // the page is too large for one answer
  too_large, // a message is, by itself
  refused,   // whatever is tried
};

inline page_refusal judge_refusal(const api_answered& result, int limit) {
  switch (result.verdict) {
    case nylas::verdict::throttle:
    case nylas::verdict::auth:
      // The grant's refusal uses no attempt; that of this page alone does.
      return result.alone ? page_refusal::again : page_refusal::wait;
    case nylas::verdict::ok:
    case nylas::verdict::transient: return page_refusal::again;
    case nylas::verdict::stale_cursor: return page_refusal::restart;
    case nylas::verdict::gone:
    case nylas::verdict::bad_item: break;
  }
  if (!result.too_large)
    return page_refusal::refused;
  return limit > 1 ? page_refusal::smaller : page_refusal::too_large;
}

/// The limit of the next pages after one that failed: a smaller one may succeed.
inline int after_failure(int limit) {
  return std::max(limit / 2, 5);
}

} // namespace nova
