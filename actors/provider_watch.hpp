#pragma once

#include "actors/grant_calls.hpp"
#include "actors/live_limits.hpp"
#include "actors/promised_answer.hpp"
#include "actors/query.hpp"
#include "base/backoff.hpp"
#include "mail/outages.hpp"
#include "messages/timer.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace nova {

struct provider_watch_needs {
  database_actor database;
  http_client_actor http;
  std::string node; // whose outages these are
  /// Where the node's other actors see that nothing can be called; may be null.
  std::shared_ptr<live_limits> live;
  /// Tell the home of a grant.
  std::function<void(pause_grant)> pause;
  std::function<void(resume_grant)> resume;
  /// Of the jitter; 0 takes a random one.
  uint64_t seed = 0;
};

/// A call whose answer may not be the fault of what it asked for. Who asked waits for the finding.
struct held_call {
  std::string target;
  promised_answer<api_answered> answer;
  std::chrono::steady_clock::time_point failed_at;
  api_answered answered;
  std::string reason;
  /// Told before who asked is, with whether the call was at fault; may be empty.
  std::function<void(bool alone)> found;
};

/// Finds out whose fault a failed call is, for the node's `grants`, whose part it is. Until another
/// call for the mailbox succeeds, or a probe tells, the call's answer is kept back:
///
///   one id of the mailbox ─────(ok)──▶ the call's own: it is answered, `alone`
///     │ no answer  │ refused
///     │            ▼
///     │       the grant ──────(valid)──▶ the grant is away  ◀──(answers)──┐
///     │            │ └──────(invalid)──▶ the grant has expired ◀──────────┤
///     │            │ refused, no answer                                   │
///     └────────────┴──▶ one grant of the application ─────────────────────┘
///                          ├───(401)──▶ the application is away, from this node
///                          └──(none)──▶ the network is, unless another grant was just called
///
/// What is away has a row (nova.provider_outages), and nobody calls it but for probes: a node
/// probes for itself, from a second to half a minute apart; grants are probed by any node that can
/// call, as their rows say, so that this outlives every process.
class provider_watch {
public:
  explicit provider_watch(grants_home_actor::pointer self) : self_(self) {}

  void open(provider_watch_needs needs);

  /// Nothing can be called from here.
  [[nodiscard]] bool away() const;
  /// What who wants to call is told then.
  [[nodiscard]] caf::error refusal() const;

  /// A call of that grant, which began then, was answered.
  void succeeded(const grant_id& grant, const std::string& target,
                 std::chrono::steady_clock::time_point began);
  /// It was throttled. True when it was several times in a row, and no other call was in between:
  /// then it may be the only one.
  [[nodiscard]] bool throttled_again(const grant_id& grant, const std::string& target);
  void hold(const grant_id& grant, held_call&& call);

private:
  using time_point = std::chrono::steady_clock::time_point;

  /// A grant about which is being asked.
  struct doubt {
    std::vector<held_call> calls;
    bool of_row = false; // its row asked, if no call did
    time_point since;
    std::string target, reason;
    uint32_t asked = 0;
    bool refused = false; // the grant itself, by a 401 or the like
  };

  /// A call that was throttled and has not succeeded since.
  struct throttled_call {
    uint32_t times = 0;
    time_point last;
  };

  struct outage {
    outage_scope scope = outage_scope::network;
    std::string error;
    time_point since;
    uint32_t probes = 0;
  };

  [[nodiscard]] time_point now() const;
  template <class Judge>
  void call(nylas::api_request&& request, Judge judge);
  void ask_mailbox(const std::string& grant);
  void judge_mailbox(const std::string& grant, const api_answered& result, time_point began);
  void ask_grant(const std::string& grant);
  void ask_application(const std::string& grant);
  void judge_application(const api_answered& result);
  void settle(const std::string& grant, const caf::error& reason);
  void settle_alone(const std::string& grant, time_point began);
  void settle_away(const std::string& grant);
  void settle_expired(const std::string& grant, const std::string& reason);
  void go_away(outage_scope scope, const std::string& error);
  void come_back();
  void probe();
  void probe_node();
  void probe_grants();
  void tick_after(std::chrono::milliseconds delay);
  template <class Query>
  void tell_database(Query query);

  grants_home_actor::pointer self_;
  provider_watch_needs needs_;
  std::map<std::string, doubt> doubts_;       // by grant
  std::vector<std::string> asks_application_; // grants that wait for that answer
  std::optional<outage> outage_;
  std::string suspect_; // the grant whose calls failed last
  timer next_probe_{self_};
  bool forgotten_ = false; // the rows of this node are gone
  std::string last_called_;
  time_point last_called_at_{};
  std::map<std::string, std::map<std::string, throttled_call>> throttled_; // by grant and call
  std::mt19937_64 random_;
};

} // namespace nova
