#include "jobs/broker_connection.hpp"

#include "actors/observed_actor.hpp"
#include "messages/timer.hpp"

#include <caf/local_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

namespace nova::jobs {
namespace {

using namespace std::chrono_literals;

// How long the broker is waited on when nobody asks for anything else meanwhile.
constexpr auto receive_wait = 200ms;
// After trouble, before it is asked again.
constexpr auto receive_pause = 1s;

struct broker_connection_state : observed {
  static inline const char* name = "broker_connection";

  explicit broker_connection_state(broker_connection_actor::pointer self)
    : observed(self), self(self) {}

  /// What `use` does with the client, or why it could not.
  template <class Use>
  broker_trouble attempt(const char* what, Use use) {
    doing(what);
    broker_trouble trouble;
    try {
      if (!client)
        client = transports::make_broker_client(settings);
      use(*client);
    } catch (const transports::broker_error& failure) {
      trouble = {to_string(failure.kind()), failure.what()};
    }
    doing("");
    return trouble;
  }

  messages_published publish(const publish_messages& request) {
    messages_published answer;
    answer.trouble = attempt("publish messages", [&](transports::broker_client& broker) {
      answer.too_large = broker.publish(*request.some);
    });
    return answer;
  }

  messages_received give(size_t most) {
    messages_received answer{{}, trouble_of_receiving};
    auto count = std::min(most, came.size());
    answer.some.assign(std::make_move_iterator(came.begin()),
                       std::make_move_iterator(came.begin() + static_cast<long>(count)));
    came.erase(came.begin(), came.begin() + static_cast<long>(count));
    wanted = most - count;
    if (wanted > 0 && !std::exchange(looping, true))
      call_after(self, 0ms, [this] { receive(); });
    return answer;
  }

  /// Again and again while more is wanted; in between what is asked for is done.
  void receive() {
    looping = false;
    if (wanted == 0 || !came.empty())
      return;
    auto wait = self->mailbox().empty() ? receive_wait : 0ms;
    trouble_of_receiving = attempt("receive messages", [&](transports::broker_client& broker) {
      came = broker.receive(wanted, wait);
    });
    if (!came.empty() || trouble_of_receiving) {
      // Of trouble who receives is told by the answer to its next question.
      wanted = came.empty() ? wanted : 0;
      self->send(listener, deliveries_waiting{transport});
    }
    if (came.empty() && !std::exchange(looping, true))
      call_after(self, trouble_of_receiving ? receive_pause : 0s, [this] { receive(); });
  }

  deliveries_settled settle(const settle_deliveries& request) {
    deliveries_settled answer;
    answer.trouble = attempt("settle deliveries", [&](transports::broker_client& broker) {
      if (!request.done.empty())
        answer.counted += broker.acknowledge(request.done);
      if (!request.again.empty())
        answer.counted += broker.put_back(request.again);
    });
    return answer;
  }

  deliveries_settled hold(hold_deliveries& request) {
    for (const auto& one : came)
      request.receipts.push_back(one.receipt);
    deliveries_settled answer{request.receipts.size(), {}};
    if (!request.receipts.empty())
      answer.trouble = attempt("hold deliveries", [&](transports::broker_client& broker) {
        broker.extend(request.receipts);
      });
    return answer;
  }

  deliveries_settled end() {
    wanted = 0;
    settle_deliveries all;
    for (auto& one : std::exchange(came, {}))
      all.again.push_back({one.receipt, {one.id, std::move(one.payload)}, 0ms});
    auto answer = settle(all);
    client.reset(); // what is on its way to us goes to others
    return answer;
  }

  broker_seen look() {
    broker_seen answer;
    answer.trouble = attempt("look at the broker", [&](transports::broker_client& broker) {
      answer.depth = broker.depth();
    });
    return answer;
  }

  broker_connection_actor::pointer self;
  std::string transport;
  transports::broker_settings settings;
  deliveries_listener listener;
  std::unique_ptr<transports::broker_client> client;
  std::vector<transports::delivery> came; // nobody has asked for them yet; as many as were wanted
  size_t wanted = 0;
  broker_trouble trouble_of_receiving;
  bool looping = false;
};

broker_connection_actor::behavior_type
broker_connection(observed_pointer<broker_connection_actor, broker_connection_state> self,
                  directory_slot slot, std::string transport, transports::broker_settings settings,
                  deliveries_listener listener) {
  auto& state = self->state;
  state.slot = std::move(slot);
  state.transport = std::move(transport);
  state.settings = std::move(settings);
  state.listener = std::move(listener);
  return {
    [self](const publish_messages& request) { return self->state.publish(request); },
    [self](const receive_messages& request) { return self->state.give(request.most); },
    [self](const settle_deliveries& request) { return self->state.settle(request); },
    [self](hold_deliveries& request) { return self->state.hold(request); },
    [self](end_receiving) { return self->state.end(); },
    [self](look_at_broker) { return self->state.look(); },
  };
}

} // namespace

broker_connection_actor start_broker_connection(caf::local_actor* parent, directory_slot slot,
                                                std::string transport,
                                                transports::broker_settings settings,
                                                deliveries_listener listener) {
  return parent->spawn<caf::linked + caf::detached>(broker_connection, std::move(slot),
                                                    std::move(transport), std::move(settings),
                                                    std::move(listener));
}

} // namespace nova::jobs
