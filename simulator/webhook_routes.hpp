#pragma once

#include "simulator/answers.hpp"
#include "simulator/deliveries.hpp"
#include "simulator/live.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace nova::simulator {

/// What the routes of webhooks work on.
struct webhook_parts {
  deliveries& hooks;
  live_generator& live;
  /// Signs what goes to destinations that `/sim/webhooks` made.
  std::string secret;
};

/// True for `/v3/webhooks`, `/sim/webhooks`, `/sim/notifications` and `/sim/live`.
bool is_webhook_route(const call& call);

/// Answers those; later and on another thread when a URL must be asked first.
void answer_webhooks(const std::shared_ptr<call>& call, const webhook_parts& parts,
                     const std::function<void(http::response)>& reply);

} // namespace nova::simulator
