#pragma once

#include "pg/email/claim_probes.hpp"
#include "pg/email/claim_refetches.hpp"
#include "pg/email/claim_sweeps.hpp"
#include "pg/email/discover_again.hpp"
#include "pg/email/end_outage.hpp"
#include "pg/email/finish_sweep.hpp"
#include "pg/email/give_back_sweep.hpp"
#include "pg/email/keep_sweep.hpp"
#include "pg/email/list_inboxes.hpp"
#include "pg/email/postpone_refetches.hpp"
#include "pg/email/record_outage.hpp"
#include "pg/email/refetch_not_found.hpp"
#include "pg/email/set_inbox_status.hpp"
#include "pg/email/store_folders.hpp"
#include "tests/support/database_fake.hpp"

#include <utility>
#include <vector>

namespace nova::test {

/// A database with one inbox, and what there is to do for it.
struct inbox_database_fake : database_fake {
  inbox_database_fake() {
    on<pg::list_inboxes>([this](const auto&) {
      return inbox.id.value.empty() ? std::vector<nova::inbox>{} : std::vector{inbox};
    });
    on<pg::claim_refetches>([this](const auto&) { return std::exchange(refetches, {}); });
    on<pg::claim_sweeps>([this](const auto&) { return std::exchange(sweeps, {}); });
    on<pg::claim_probes>([this](const auto&) { return std::exchange(probes, {}); });
    answer<pg::set_inbox_status>(true);
    answer<pg::discover_again>(true);
    answer<pg::refetch_not_found>(false);
    on<pg::keep_sweep>([this](const auto&) { return !sweep_lost; });
    take<pg::store_folders, pg::postpone_refetches, pg::finish_sweep, pg::give_back_sweep,
         pg::record_outage, pg::end_outage>();
  }

  nova::inbox inbox; // without an id: there is none
  // Handed out once.
  std::vector<refetch> refetches;
  std::vector<sweep> sweeps;
  std::vector<grant_id> probes;
  bool sweep_lost = false; // another has it
};

} // namespace nova::test
