#pragma once

#include "simulator/destination.hpp"
#include "simulator/notification_payloads.hpp"
#include "simulator/options.hpp"
#include "simulator/world.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nova::simulator {

/// What became of notifications so far, over all destinations.
struct delivery_statistics {
  uint64_t events = 0;       // told, before anything was lost or doubled
  uint64_t lost = 0;         // on purpose
  uint64_t coalesced = 0;    // took the place of an earlier one
  uint64_t dropped = 0;      // too many waited, or nobody could be delivered to
  uint64_t sent = 0;         // attempts that ended
  uint64_t acknowledged = 0; // deliveries answered with 200
  uint64_t given_up = 0;     // deliveries without 200 after their last attempt
  uint64_t waiting = 0;      // deliveries that are due later or under way
  /// From the first byte sent to the answer, of the last 10,000 acknowledged.
  std::chrono::microseconds p50{0}, p95{0}, p99{0}, most{0};
};
std::string to_json(const delivery_statistics& of);

/// An event that no destination was ever told of, on purpose.
struct lost_event {
  uint64_t number = 0; // of the event, from 1
  std::string type;
  std::string grant_id;
  std::string object_id; // of messages; empty for others
};

/// Sends signed notifications to destinations, on a thread of its own. Any thread may call.
class deliveries {
public:
  deliveries(world& in, webhook_options options);
  /// Gives up what waits.
  ~deliveries();

  deliveries(const deliveries&) = delete;
  deliveries& operator=(const deliveries&) = delete;

  /// Adds a destination as it is, without asking it.
  destination add(destination wanted);
  /// Asks the URL first, as Nylas does: `GET url?challenge=…` must answer 200 with the challenge.
  /// `done` gets the reason when it does not, on the thread of the deliveries.
  void challenge(const std::string& url, std::function<void(std::optional<std::string>)> done);

  [[nodiscard]] std::vector<destination> list() const;
  [[nodiscard]] std::optional<destination> find(const std::string& id) const;
  /// Applies `edit` to a destination and returns it; nothing when there is none.
  std::optional<destination> change(const std::string& id,
                                    const std::function<void(destination&)>& edit);
  bool remove(const std::string& id);

  /// Queues an event for every destination that wants it.
  void send(const event& what);
  /// Queues these bytes for every destination, signed, whatever they are.
  void send_raw(const std::string& body);

  /// Half of what may wait does: who can make fewer events should.
  [[nodiscard]] bool crowded() const;

  void distort(const distortion& how);

  /// Told of each delivery that is answered with 200: the notification's id, and when the first
  /// byte of that attempt was sent, in microseconds since 1970. Runs on the thread of the
  /// deliveries and must not call them. For proofs that nothing acknowledged is lost.
  using acknowledgement_observer = std::function<void(const std::string& id, int64_t posted_at)>;
  void on_acknowledged(acknowledgement_observer see);

  [[nodiscard]] delivery_statistics statistics() const;
  /// Those that `statistics().lost` counts, in their order; of more than 100,000 the last.
  [[nodiscard]] std::vector<lost_event> lost() const;

private:
  class implementation;
  std::unique_ptr<implementation> implementation_;
};

} // namespace nova::simulator
