#pragma once

#include "pg/email/add_gap.hpp"
#include "pg/email/begin_discovery.hpp"
#include "pg/email/claim_window.hpp"
#include "pg/email/fail_discovery.hpp"
#include "pg/email/give_up_window.hpp"
#include "pg/email/keep_samples.hpp"
#include "pg/email/list_backfills.hpp"
#include "pg/email/open_window.hpp"
#include "pg/email/record_page.hpp"
#include "pg/email/restart_window.hpp"
#include "tests/support/database_fake.hpp"

#include <vector>

namespace nova::test {

/// A database with a backfill and its windows, as far as the actors that list them ask.
struct backfill_database_fake : database_fake {
  backfill_database_fake() {
    on<pg::list_backfills>([this](const auto&) { return found; });
    on<pg::begin_discovery>([this](const auto&) {
      opener = last_asker;
      return opened;
    });
    on<pg::claim_window>([this](const auto&) { return ++last_token; });
    on<pg::open_window>([this](const pg::open_window& query) {
      auto answer = window;
      answer.window.id = query.window;
      answer.window.token = query.token;
      return answer;
    });
    on<pg::record_page>([this](const pg::record_page& query) {
      if (query.next_cursor.empty())
        std::erase_if(opened.windows,
                      [&](const auto& listed) { return listed.id == query.window.id; });
      return pg::page_recorded{static_cast<uint32_t>(query.threads.size()), false, !paused};
    });
    on<pg::restart_window>([this](const auto&) { return ++restarts; });
    take<pg::give_up_window, pg::add_gap, pg::keep_samples>();
    answer<pg::fail_discovery>(false);
  }

  std::vector<backfill_config> found;
  pg::begun_discovery opened;
  caf::strong_actor_ptr opener; // who opened a backfill last
  /// Every window that is opened, but for its id: at its last step, so that one page ends it.
  claimed_window window{inbox_id{"i1"}, grant_id{"g1"}, "google", {1, 1000, 2000, "check:", 0}};
  bool paused = false;
  int64_t last_token = 0;
  uint32_t restarts = 0;
};

} // namespace nova::test
