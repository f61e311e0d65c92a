#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace nova {

/// A GET of the Nylas API, relative to its base URI. Holds no secret: the transport adds the key.
struct call_api {
  std::string target;
  uint32_t timeout_ms = 90'000;
  uint64_t body_max = uint64_t{64} << 20;
};

/// What the API said, or why it said nothing (status 0 and `failure`).
struct api_answered {
  int32_t status = 0;
  std::string body;
  std::string failure;
  std::string request_id;
  std::string retry_after;
  /// What the provider charged for it, where the headers say so.
  std::optional<int32_t> gmail_quota_usage, provider_requests;
  bool too_large = false;
  /// Not fine, though another call for the same mailbox succeeded right after it: the fault is that
  /// of what was asked for. Only the door says so (`grants_actor`).
  bool alone = false;
  /// Wall clock in microseconds: the provider's state was read between the two.
  int64_t started_at = 0, answered_at = 0;
  /// Of the node's budget for answers (`nylas/answer_budget`); stays on the node.
  std::shared_ptr<const void> share;
};

/// Talks HTTP; the only actor that blocks on the network.
using http_client_actor = caf::typed_actor<
  // Always answers, whatever the status; fails only with ec::overloaded or ec::stopped.
  caf::replies_to<call_api>::with<api_answered>>;

} // namespace nova

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::call_api)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::api_answered)
