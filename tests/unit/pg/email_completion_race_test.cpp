#include "pg/email/add_inbox.hpp"
#include "pg/email/claim_threads.hpp"
#include "pg/email/complete_threads.hpp"
#include "pg/email/fail_threads.hpp"
#include "pg/email/release_threads.hpp"
#include "pg/email/try_complete_backfill.hpp"
#include "tests/support/eventually.hpp"
#include "tests/unit/pg/backfill_fixture.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <future>
#include <ostream>

using namespace nova;
using namespace std::chrono_literals;
namespace data = boost::unit_test::data;

namespace {

// What another session does and has not committed while completion is decided.
struct other_side {
  const char* name;
  const char* script;
};

std::ostream& operator<<(std::ostream& out, const other_side& x) {
  return out << x.name;
}

const other_side other_sides[] = {
  {"a plain insert", "insert into queued_threads (config_id, thread_id) select id, 't3' from "
                     "flux_inbox_configurations"},
  {"a reopening under the lock",
   "do $$ begin perform from flux_inbox_configurations for no key update; "
   "update queued_threads set status = 'queued' where thread_id = 't2'; end $$"},
  {"a reopening that updates the configuration",
   "do $$ begin update flux_inbox_configurations set updated_at = now(); "
   "update queued_threads set status = 'queued' where thread_id = 't2'; end $$"},
  {"a retry of failed threads",
   "select nova.retry_failed_threads(id, null, 'test') from flux_inbox_configurations"},
  {"a thread of another program",
   "select queue_thread_sync(id, 't3') from flux_inbox_configurations"},
};

constexpr sql::statement naive_completion{
  "naive_completion", "update flux_inbox_configurations c set backfill_status = 'completed' where "
                      "backfill_status = 'thread_sync' and discovery_done "
                      "and not exists (select from queued_threads q where q.config_id = c.id and "
                      "q.status in ('queued', 'processing'))"};
constexpr sql::statement count_waiting{"count_waiting",
                                       "select count(*) from pg_stat_activity where "
                                       "wait_event_type = 'Lock' and datname = current_database()"};
constexpr sql::statement is_premature{
  "is_premature",
  "select exists (select from flux_inbox_configurations c join queued_threads q on q.config_id = "
  "c.id "
  "where c.backfill_status = 'completed' and q.status in ('queued', 'processing'))"};

struct race_fixture : test::backfill_fixture {
  race_fixture() {
    config = backfill_with({"t1", "t2"});
    auto claims = claim(2);
    perform(pg::complete_threads{{claims[0]}, {1}});
    perform(pg::fail_threads{{{claims[1], "404", true, false, 0}}});
  }

  /// The other side has begun, `decide` runs until it waits or has an answer, the other side
  /// commits.
  template <class Decide>
  bool ends_premature(const other_side& other, Decide decide) {
    pg::connection own{url()}, observer{url()};
    std::future<void> decided;
    {
      pg::transaction open{conn};
      conn.run(other.script);
      decided = std::async(std::launch::async, [&] { decide(own); });
      test::eventually([&] {
        return decided.wait_for(0s) == std::future_status::ready
               || observer.exec(count_waiting).value<int>() > 0;
      });
      open.commit();
    }
    decided.get();
    return observer.exec(is_premature).value<bool>();
  }

  std::string config;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(email_completion_race_test, race_fixture)

BOOST_DATA_TEST_CASE(completion_is_never_premature, data::make(other_sides), other) {
  BOOST_TEST(!ends_premature(other, [&](pg::connection& own) {
    pg::try_complete_backfill{config}.run(own);
  }));
}

// Shows that the cases above are races: the obvious single statement loses them, except where the
// other side moved the configuration itself, which that statement then sees.
BOOST_DATA_TEST_CASE(one_statement_would_be_premature,
                     data::make(other_sides) ^ data::make({true, true, true, true, true}), other,
                     premature) {
  BOOST_TEST(ends_premature(other, [](pg::connection& own) { own.exec(naive_completion); })
             == premature);
}

BOOST_AUTO_TEST_CASE(many_deciders_complete_it_once) {
  std::vector<std::future<bool>> deciders;
  deciders.reserve(8);
  for (int i = 0; i < 8; ++i)
    deciders.push_back(std::async(std::launch::async, [&] {
      pg::connection own{url()};
      return pg::try_complete_backfill{config}.run(own);
    }));
  int completed = 0;
  for (auto& decider : deciders)
    completed += decider.get();
  BOOST_TEST(completed == 1);
}

BOOST_AUTO_TEST_CASE(statistics_equal_rows_after_concurrent_work) {
  inbox = perform(pg::add_inbox{"other@example.com", "grant-2", "google"}).id.value;
  auto other = backfill_with(numbered("x", 300));
  auto work = [&](int seed) {
    pg::connection own{url()};
    for (int i = 0; i < 30; ++i) {
      auto claims = pg::claim_threads{"n" + std::to_string(seed), 1, 10}.run(own);
      for (size_t j = 0; j < claims.size(); ++j) {
        if ((i + static_cast<int>(j) + seed) % 3 == 0)
          pg::fail_threads{{{claims[j], "x", false, false, 0}}}.run(own);
        else
          pg::complete_threads{{claims[j]}, {2}}.run(own);
      }
      pg::release_threads{"n" + std::to_string(seed)}.run(own);
    }
  };

  { std::jthread one(work, 0), two(work, 1), three(work, 2); }

  BOOST_TEST(counts(other).find("statistics") == std::string::npos);
  BOOST_TEST(counts(config).find("statistics") == std::string::npos);
  BOOST_TEST(value("select (sum(messages_synced) = (select sum(messages_synced) from "
                   "inbox_sync_stats))::text from queued_threads")
             == "true");
}

BOOST_AUTO_TEST_SUITE_END()
