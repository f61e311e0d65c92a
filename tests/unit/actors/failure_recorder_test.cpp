#include "actors/failure_recorder.hpp"

#include "actors/message_names.hpp"
#include "messages/error_code.hpp"
#include "pg/cluster/record_actor_failures.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/database_fake.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/stateful_actor.hpp>

using namespace nova;
using namespace std::chrono_literals;

namespace {

/// A database that keeps failures, and refuses those of the kind "bad".
struct fixture : test::actor_fixture {
  fixture() {
    fake.on<pg::record_actor_failures>([this](const auto& query) {
      last = query;
      return keep(query.failures);
    });
    database = fake.spawn(system);
  }

  ~fixture() {
    self->send_exit(recorder, caf::exit_reason::kill);
    self->send_exit(database, caf::exit_reason::kill);
    run();
  }

  ec keep(const std::vector<pg::actor_failure>& rows) {
    ++statements;
    if (away)
      return ec::database_unavailable;
    for (const auto& row : rows)
      if (row.kind == "bad")
        return ec::database_refused;
    for (const auto& row : rows)
      kept += (kept.empty() ? "" : " ") + row.kind;
    return ec::none;
  }

  void start() {
    if (recorder)
      self->send_exit(recorder, caf::exit_reason::kill);
    recorder = system.spawn(failure_recorder, directory_slot{},
                            failure_recorder_needs{directory, database, written, 7});
    run();
  }

  void fail(const std::string& kind) {
    directory->record({{kind, "", ""}, "crashed: no luck", "", 0, directory->now(), 0});
  }

  std::string kept;
  pg::record_actor_failures last;
  int statements = 0;
  bool away = false;
  std::shared_ptr<actor_directory> directory = std::make_shared<actor_directory>(clock());
  std::shared_ptr<std::atomic<uint64_t>> written = std::make_shared<std::atomic<uint64_t>>(0);
  test::database_fake fake;
  database_actor database;
  failure_recorder_actor recorder;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(failure_recorder_test, fixture)

BOOST_AUTO_TEST_CASE(a_swarm_of_failures_is_one_statement) {
  start();
  fail("a");
  fail("b");
  advance(250ms);
  BOOST_TEST(kept == "a b");
  BOOST_TEST(statements == 1);
}

BOOST_AUTO_TEST_CASE(a_failure_says_where_it_was_and_at_what) {
  start();
  directory->record({{"thread_sync", "t1", ""},
                     "crashed: no luck",
                     "fetching page 3",
                     2,
                     directory->now(),
                     0,
                     number_of_type(typeid(pg::record_actor_failures))});
  advance(250ms);
  BOOST_TEST((last.node == 7));
  BOOST_REQUIRE(last.failures.size() == 1u);
  BOOST_TEST(last.failures[0].kind == "thread_sync");
  BOOST_TEST(last.failures[0].key == "t1");
  BOOST_TEST(last.failures[0].message_type == "record_actor_failures");
  BOOST_TEST(last.failures[0].doing == "fetching page 3");
  BOOST_TEST(last.failures[0].restart_number == 2u);
}

BOOST_AUTO_TEST_CASE(without_failures_it_writes_nothing) {
  start();
  for (int i = 0; i < 10; ++i)
    advance(1s);
  BOOST_TEST(statements == 0);
}

BOOST_AUTO_TEST_CASE(failures_wait_until_the_database_is_back) {
  away = true;
  fail("a");
  start();
  fail("b");
  away = false;
  advance(2s);
  BOOST_TEST(kept == "a b");
}

BOOST_AUTO_TEST_CASE(one_that_the_server_refuses_does_not_keep_the_others_out) {
  for (const auto* kind : {"a", "bad", "b", "c"})
    fail(kind);
  start();
  for (int i = 0; i < 8; ++i)
    advance(250ms);
  BOOST_TEST(kept == "a b c");
}

BOOST_AUTO_TEST_CASE(the_next_recorder_goes_on_where_the_last_one_stopped) {
  fail("a");
  start();
  fail("b");
  start();
  advance(250ms);
  BOOST_TEST(kept == "a b");
}

BOOST_AUTO_TEST_SUITE_END()
