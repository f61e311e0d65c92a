#pragma once

#include "messages/error.hpp"
#include "messages/inbox.hpp"

#include <caf/actor_system.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <utility>
#include <vector>

namespace nova::test {

/// The inboxes' part of a database, in memory: records what it is asked, answers what the test put
/// there. While `away`, every request fails.
struct inbox_database_fake {
  inbox_database_actor spawn(caf::actor_system& system) {
    return system.spawn([this]() -> inbox_database_actor::behavior_type {
      return {
        [this](const set_inbox_status& request) {
          return reply(statuses, request, inbox_status_set{true});
        },
        [this](const find_inbox& request) { return reply(finds, request, inbox); },
        [this](const store_folder& request) { return reply(folders, request, done{}); },
        [this](const discover_again& request) { return reply(discoveries, request, done{}); },
        [this](const claim_refetches& request) {
          return reply(refetch_claims, request, away ? refetches : std::exchange(refetches, {}));
        },
        [this](const refetch_gone& request) { return reply(gone, request, refetch_settled{}); },
        [this](const postpone_refetch& request) { return reply(postponed, request, done{}); },
        [this](const claim_sweeps& request) {
          return reply(sweep_claims, request, away ? sweeps : std::exchange(sweeps, {}));
        },
        [this](const finish_sweep& request) { return reply(finished, request, done{}); },
        [this](const give_back_sweep& request) { return reply(given_back, request, done{}); },
        [this](const record_outage& request) { return reply(outages, request, done{}); },
        [this](const end_outage& request) { return reply(outages_ended, request, done{}); },
        [this](const claim_probes& request) {
          return reply(probe_claims, request, away ? probes : std::exchange(probes, {}));
        },
      };
    });
  }

  template <class Request, class Answer>
  caf::result<Answer> reply(std::vector<Request>& asked, const Request& request, Answer answer) {
    asked.push_back(request);
    if (away)
      return ec::database_unavailable;
    return answer;
  }

  bool away = false;
  inbox_found inbox;
  refetches_claimed refetches; // handed out once
  sweeps_claimed sweeps;
  probes_claimed probes;

  std::vector<discover_again> discoveries;
  std::vector<set_inbox_status> statuses;
  std::vector<find_inbox> finds;
  std::vector<store_folder> folders;
  std::vector<claim_refetches> refetch_claims;
  std::vector<refetch_gone> gone;
  std::vector<postpone_refetch> postponed;
  std::vector<claim_sweeps> sweep_claims;
  std::vector<finish_sweep> finished;
  std::vector<give_back_sweep> given_back;
  std::vector<record_outage> outages;
  std::vector<end_outage> outages_ended;
  std::vector<claim_probes> probe_claims;
};

} // namespace nova::test
