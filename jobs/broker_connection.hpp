#pragma once

#include "actors/directory.hpp"
#include "transports/broker_client.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/fwd.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nova::jobs {

/// Why a broker did not do what it was asked for; without a class it did.
struct broker_trouble {
  std::string error_class = {}; // as `transports::to_string(broker_failure)`
  std::string text = {};        // for people; without secrets

  explicit operator bool() const {
    return !error_class.empty();
  }
};

/// At most a few hundred.
struct publish_messages {
  std::shared_ptr<const std::vector<transports::outgoing_message>> some;
};

struct messages_published {
  std::vector<size_t> too_large = {}; // their places: the broker never takes them
  broker_trouble trouble = {};
};

/// What has come is given at once, at most so many; of what is missing the listener is told when it
/// comes.
struct receive_messages {
  size_t most = 0;
};

struct messages_received {
  std::vector<transports::delivery> some = {};
  broker_trouble trouble = {};
};

struct settle_deliveries {
  std::vector<std::string> done;
  std::vector<transports::returned_message> again;
};

struct hold_deliveries {
  std::vector<std::string> receipts;
};

/// Puts back what has come and nobody has asked for yet, and receives no more until somebody asks.
struct end_receiving {};

struct deliveries_settled {
  size_t counted = 0; // those that were still ours
  broker_trouble trouble = {};
};

struct look_at_broker {};

struct broker_seen {
  std::optional<int64_t> depth = {};
  broker_trouble trouble = {};
};

/// Something has come for who asked for more than there was.
struct deliveries_waiting {
  std::string transport;
};

/// One connection with a broker.
using broker_connection_actor = caf::typed_actor<
  // All of them answer always, with the trouble if there was any.
  caf::replies_to<publish_messages>::with<messages_published>,
  caf::replies_to<receive_messages>::with<messages_received>,
  caf::replies_to<settle_deliveries>::with<deliveries_settled>,
  caf::replies_to<hold_deliveries>::with<deliveries_settled>,
  caf::replies_to<end_receiving>::with<deliveries_settled>,
  caf::replies_to<look_at_broker>::with<broker_seen>>;

using deliveries_listener = caf::typed_actor<caf::reacts_to<deliveries_waiting>>;

/// Starts one, linked to `parent`. Detached: its thread blocks on the broker, and reads the file of
/// the password; no message has one. `listener` may be null for who does not receive.
broker_connection_actor start_broker_connection(caf::local_actor* parent, directory_slot slot,
                                                std::string transport,
                                                transports::broker_settings settings,
                                                deliveries_listener listener);

} // namespace nova::jobs

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::jobs::publish_messages)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::jobs::messages_published)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::jobs::receive_messages)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::jobs::messages_received)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::jobs::settle_deliveries)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::jobs::hold_deliveries)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::jobs::end_receiving)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::jobs::deliveries_settled)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::jobs::look_at_broker)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::jobs::broker_seen)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::jobs::deliveries_waiting)
