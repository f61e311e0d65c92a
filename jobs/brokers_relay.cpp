#include "base/log.hpp"
#include "jobs/brokers.hpp"
#include "messages/error_code.hpp"
#include "pg/connection.hpp"
#include "pg/messenger/messenger_complete.hpp"
#include "pg/messenger/messenger_fail.hpp"
#include "pg/messenger/messenger_hold_outbox.hpp"

#include <caf/stateful_actor.hpp>

#include <algorithm>
#include <utility>

// How what waits in the outbox comes to its broker: the other half of `brokers`.

namespace nova::jobs {
namespace {

constexpr base::log relay_log{"Brokers"};

using namespace std::chrono_literals;

constexpr auto publish_timeout = 60s;

/// What a broker has is no longer here, and what it never takes is among the failed messages.
struct end_outbox {
  static constexpr const char* name = "end_outbox";

  pg::messenger_complete sent;
  pg::messenger_fail refused;

  void run(pg::connection& conn) const {
    pg::transaction change{conn};
    if (!sent.ids.empty())
      sent.run(conn);
    if (!refused.ids.empty())
      refused.run(conn);
    change.commit();
  }
};

end_outbox ends_of(const std::vector<pg::outbox_message>& some,
                   const std::vector<size_t>& too_large) {
  end_outbox made;
  for (size_t i = 0; i < some.size(); ++i) {
    if (std::ranges::find(too_large, i) == too_large.end()) {
      made.sent.ids.push_back(some[i].id);
      made.sent.tokens.push_back(some[i].token);
      continue;
    }
    made.refused.ids.push_back(some[i].id);
    made.refused.tokens.push_back(some[i].token);
    made.refused.messages.emplace_back(
      "is larger than its broker takes: " + std::to_string(some[i].payload.size()) + " bytes");
    made.refused.classes.emplace_back("not_taken");
    made.refused.verdicts.emplace_back("unrecoverable");
  }
  return made;
}

} // namespace

void brokers_state::hear(const jobs_available& news) {
  if (news.of == jobs_available::kind::anything || news.of == jobs_available::kind::handlers)
    return look_for_transports();
  if (news.of != jobs_available::kind::messages)
    return;
  if (auto* of = find(news.transport))
    relay(*of);
}

/// While the broker cannot be used the timer of the next try decides.
void brokers_state::relay(broker& of) {
  if (draining_ || !of.row.open || of.next_relay.is_set())
    return;
  if (of.relaying) {
    of.relay_again = true;
    return;
  }
  of.relaying = true;
  constexpr auto what = "look into the outbox of a broker";
  ask(self, database,
      pg::messenger_claim_outbox{of.row.name, settings.worker, settings.batch,
                                 settings.outbox_lease})
    .then(
      [this, transport = of.row.name](std::vector<pg::outbox_message>& some) {
        could(relay_log, what);
        if (some.empty())
          relayed(transport, false);
        else
          send(transport, std::move(some));
      },
      [this, transport = of.row.name](const caf::error& reason) {
        could_not(relay_log, what, describe(reason));
        if (auto* found = find(transport))
          found->relay_again = false; // the poll comes back to it
        relayed(transport, false);
      });
}

void brokers_state::send(const std::string& transport, std::vector<pg::outbox_message>&& some) {
  auto* of = find(transport);
  if (of == nullptr)
    return; // what was claimed is given back when its lease is over
  auto messages = std::make_shared<std::vector<transports::outgoing_message>>();
  for (const auto& one : some)
    messages->push_back({std::to_string(one.id), one.payload});
  auto shared = std::make_shared<const std::vector<pg::outbox_message>>(std::move(some));
  timed_request(self, sender_of(*of), publish_timeout, publish_messages{messages})
    .then([this, transport,
           shared](const messages_published& answer) { sent(transport, *shared, answer); },
          [this, transport, shared](const caf::error& reason) {
            sent(transport, *shared, {{}, {"unreachable", describe(reason)}});
          });
}

void brokers_state::sent(const std::string& transport, const std::vector<pg::outbox_message>& some,
                         const messages_published& answer) {
  auto* of = find(transport);
  if (of == nullptr)
    return;
  heard(*of, answer.trouble);
  if (answer.trouble) {
    hold_back(*of, some, answer.trouble);
    return;
  }
  of->failures = 0;
  constexpr auto what = "empty the outbox of a broker";
  bool more = some.size() >= static_cast<size_t>(settings.batch);
  ask(self, database, ends_of(some, answer.too_large))
    .then(
      [this, transport, more] {
        could(relay_log, what);
        relayed(transport, more);
      },
      [this, transport](const caf::error& reason) {
        // They are sent once more when their leases are over, with the same ids.
        could_not(relay_log, what, describe(reason));
        relayed(transport, false);
      });
}

void brokers_state::relayed(const std::string& transport, bool more) {
  auto* of = find(transport);
  if (of == nullptr)
    return;
  of->relaying = false;
  if (std::exchange(of->relay_again, false) || more)
    relay(*of);
}

/// Rows that were claimed get the reason, and all wait until the next try.
void brokers_state::hold_back(broker& of, const std::vector<pg::outbox_message>& some,
                              const broker_trouble& trouble) {
  auto pause = settings.trouble.delay(of.failures, random_);
  of.failures += 1;
  of.relaying = of.relay_again = false;
  of.next_relay.after(pause, [this, transport = of.row.name] {
    if (auto* found = find(transport))
      relay(*found);
  });
  pg::messenger_hold_outbox query;
  for (const auto& one : some) {
    query.ids.push_back(one.id);
    query.tokens.push_back(one.token);
  }
  query.reason = trouble.error_class + ": " + trouble.text;
  constexpr auto what = "give back what a broker did not take";
  ask(self, database, std::move(query))
    .then([this] { could(relay_log, what); },
          [this](const caf::error& reason) { could_not(relay_log, what, describe(reason)); });
}

} // namespace nova::jobs
