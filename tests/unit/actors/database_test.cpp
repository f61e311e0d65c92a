#include "actors/database.hpp"

#include "tests/support/actor_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <deque>
#include <memory>

using namespace nova;
using namespace std::chrono_literals;

namespace {

/// A query of which the workers here make up the answer.
struct count_rows {
  static constexpr const char* name = "count_rows";

  int run(pg::connection&) const {
    return 0;
  }
};

query_done a_row() {
  return query_done{1};
}

struct count_others {
  static constexpr const char* name = "count_others";

  int run(pg::connection&) const {
    return 0;
  }
};

using end_one = int;
using held_worker = database_actor::extend<caf::reacts_to<end_one>>;

/// A pool over workers that touch no database: they end a job when they are told to, as they are
/// told to.
struct fixture : test::actor_fixture {
  ~fixture() {
    self->send_exit(pool, caf::exit_reason::kill);
    for (auto& worker : workers)
      self->send_exit(worker, caf::exit_reason::kill);
    run();
    open.clear();
  }

  void start(size_t count, database_limits limits = {}) {
    std::vector<database_actor> handles;
    for (size_t i = 0; i < count; ++i) {
      auto worker = system.spawn([this](held_worker::pointer me) -> held_worker::behavior_type {
        return {
          [this, me](const query_job& job) -> caf::result<query_done> {
            jobs.emplace_back(job.name);
            if (refusal)
              return refusal;
            if (!held)
              return outcome == ec::none ? caf::result<query_done>{a_row()} : outcome;
            open.emplace_back(me->address(), me->make_response_promise<query_done>());
            return open.back().second;
          },
          [this](end_one) {
            open.front().second.deliver(a_row());
            open.pop_front();
          },
        };
      });
      workers.push_back(worker);
      handles.emplace_back(worker);
    }
    pool = system.spawn(database, directory->open({"database", "", ""}), handles, limits);
    pool->attach_functor([this] { gone = true; });
    run();
  }

  /// Asks for something; what comes of it goes to `told`.
  void request() {
    auto whom = pool;
    auto to = told;
    auto told_rows = [to](int rows) { to->push_back(std::to_string(rows) + " rows"); };
    auto told_why = [to](const caf::error& e) { to->push_back(describe(e)); };
    system.spawn([=, other = another](caf::event_based_actor* asker) {
      if (other)
        nova::ask(asker, whom, count_others{}).then(told_rows, told_why);
      else
        nova::ask(asker, whom, count_rows{}).then(told_rows, told_why);
    });
    run();
  }

  void end_job() {
    caf::anon_send(caf::actor_cast<held_worker>(open.front().first), end_one{0});
    run();
  }

  std::vector<held_worker> workers;
  std::deque<std::pair<caf::actor_addr, caf::typed_response_promise<query_done>>> open;
  std::vector<std::string> jobs;
  std::shared_ptr<std::vector<std::string>> told = std::make_shared<std::vector<std::string>>();
  /// What the database cannot, as far as the pool has felt it.
  [[nodiscard]] std::vector<failing_loop> trouble() const {
    return directory->snapshot({"database", "", ""}).at(0).failing;
  }

  std::shared_ptr<actor_directory> directory = std::make_shared<actor_directory>();
  ec outcome = ec::none;
  caf::error refusal;
  bool another = false; // another query is asked for
  bool held = false;
  bool gone = false;
  database_actor pool;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(database_test, fixture)

BOOST_AUTO_TEST_CASE(requests_wait_for_an_idle_worker) {
  held = true;
  start(2);
  for (int i = 0; i < 3; ++i)
    request();
  BOOST_TEST(jobs.size() == 2u);
  end_job();
  BOOST_TEST(jobs.size() == 3u);
  end_job();
  end_job();
  BOOST_TEST(told->size() == 3u);
}

BOOST_AUTO_TEST_CASE(a_lost_connection_is_tried_again_and_the_asker_does_not_notice) {
  outcome = ec::database_unavailable;
  start(1);
  request();
  BOOST_TEST(told->empty());
  outcome = ec::none;
  advance(1s);
  BOOST_REQUIRE(told->size() == 1u);
  BOOST_TEST(told->front() == "1 rows");
}

BOOST_AUTO_TEST_CASE(a_commit_in_doubt_is_tried_again) {
  outcome = ec::database_in_doubt;
  start(1);
  request();
  outcome = ec::none;
  advance(1s);
  BOOST_REQUIRE(told->size() == 1u);
  BOOST_TEST(told->front() == "1 rows");
}

BOOST_AUTO_TEST_CASE(after_its_patience_the_asker_is_told) {
  outcome = ec::database_unavailable;
  start(1, {100, 2s, {}});
  request();
  for (int i = 0; i < 19; ++i)
    advance(100ms);
  auto tries = jobs.size();
  BOOST_TEST(tries > 3u);
  for (int i = 0; i < 10; ++i)
    advance(500ms);
  BOOST_REQUIRE(told->size() == 1u);
  BOOST_TEST(told->front() == "database_unavailable");
  BOOST_TEST(jobs.size() <= tries + 2);
}

BOOST_AUTO_TEST_CASE(while_the_gate_is_shut_nothing_is_run) {
  auto gate = std::make_shared<effects_gate>();
  database_limits limits;
  limits.gate = gate;
  start(1, limits);
  request();
  BOOST_TEST(jobs.empty());
  BOOST_TEST(told->empty());
  gate->trust_until(std::chrono::steady_clock::now() + 1h);
  advance(500ms);
  BOOST_TEST(jobs.size() == 1u);
  BOOST_TEST(told->front() == "1 rows");
}

BOOST_AUTO_TEST_CASE(what_the_server_refuses_is_not_tried_again) {
  outcome = ec::database_refused;
  start(1);
  request();
  BOOST_REQUIRE(told->size() == 1u);
  BOOST_TEST(told->front() == "database_refused");
  advance(10s);
  BOOST_TEST(jobs.size() == 1u);
}

BOOST_AUTO_TEST_CASE(beyond_its_bound_askers_are_turned_away) {
  held = true;
  start(1, {2, 6s, {}});
  for (int i = 0; i < 4; ++i)
    request();
  BOOST_REQUIRE(told->size() == 1u);
  BOOST_TEST(told->front() == "overloaded");
}

BOOST_AUTO_TEST_CASE(jobs_that_wait_for_a_connection_count_too) {
  outcome = ec::database_unavailable;
  start(1, {2, 6s, {}});
  for (int i = 0; i < 3; ++i)
    request();
  BOOST_REQUIRE(told->size() == 1u);
  BOOST_TEST(told->front() == "overloaded");
}

BOOST_AUTO_TEST_CASE(who_waits_is_told_when_the_pool_ends) {
  held = true;
  start(1);
  request();
  request();
  self->send_exit(pool, caf::make_error(ec::crashed));
  run();
  BOOST_REQUIRE(told->size() == 2u);
  BOOST_TEST(told->at(0) == "database_in_doubt: the pool ended");
  BOOST_TEST(told->at(1) == "database_in_doubt: the pool ended");
}

BOOST_AUTO_TEST_CASE(a_bug_in_a_worker_ends_the_pool_so_that_both_are_started_again) {
  start(2);
  self->send_exit(workers[0], caf::make_error(ec::crashed));
  run();
  BOOST_TEST(gone);
}

BOOST_AUTO_TEST_CASE(what_the_database_cannot_is_blamed_on_it_until_the_same_query_succeeds) {
  start(1);
  refusal = caf::make_error(ec::database_refused, std::string{"permission denied"},
                            std::string{"42501"}, std::string{"nova_worker"});
  request();
  request();
  auto found = trouble();
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_TEST(found[0].what == "run queries: the user of the database lacks a right");
  BOOST_TEST(found[0].reason == "count_rows: database_refused: permission denied");
  BOOST_TEST(found[0].about == "database");
  BOOST_TEST(found[0].next == "nova migrate up --worker-role nova_worker");
  BOOST_TEST(found[0].times == 2u);
  refusal = {};
  request();
  BOOST_TEST(trouble().empty());
}

BOOST_AUTO_TEST_CASE(what_a_query_itself_is_to_blame_for_is_no_trouble_of_the_database) {
  start(1);
  refusal =
    caf::make_error(ec::database_refused, std::string{"violates check"}, std::string{"23514"});
  request();
  BOOST_TEST(trouble().empty());
}

BOOST_AUTO_TEST_CASE(a_database_that_cannot_be_reached_is_blamed) {
  start(1);
  refusal = caf::make_error(ec::database_unavailable, std::string{"no route"}, std::string{});
  request();
  advance(1s);
  BOOST_REQUIRE(trouble().size() == 1u);
  BOOST_TEST(trouble()[0].what == "reach the database");
  BOOST_TEST((trouble()[0].level == base::finding_level::critical));
  refusal = {};
  advance(1s);
  BOOST_TEST(trouble().empty());
}

BOOST_AUTO_TEST_CASE(a_database_that_is_slow_again_and_again_is_told) {
  held = true;
  start(1);
  for (int i = 0; i < 5; ++i) {
    request();
    BOOST_TEST(trouble().empty());
    advance(1200ms);
    end_job();
  }
  BOOST_REQUIRE(trouble().size() == 1u);
  BOOST_TEST(trouble()[0].reason == "count_rows take 1.2 s, 5 in a row");
  BOOST_TEST((trouble()[0].level == base::finding_level::warning));
  request();
  end_job();
  BOOST_TEST(trouble().empty());
}

BOOST_AUTO_TEST_CASE(slowness_is_over_when_who_was_told_of_is_quick_again) {
  held = true;
  start(1);
  for (int i = 0; i < 5; ++i) {
    request();
    advance(1200ms);
    end_job();
  }
  BOOST_TEST(trouble().size() == 1u);
  another = true;
  request();
  end_job();
  BOOST_TEST(trouble().size() == 1u); // another query that is quick says nothing of this one
  another = false;
  request();
  end_job();
  BOOST_TEST(trouble().empty());
}

BOOST_AUTO_TEST_CASE(what_is_not_tried_again_is_over_when_others_succeed_for_a_while) {
  start(1);
  refusal =
    caf::make_error(ec::database_refused, std::string{"no such table"}, std::string{"42P01"});
  request();
  BOOST_TEST(trouble().size() == 1u);
  refusal = {};
  another = true;
  request();
  BOOST_TEST(trouble().size() == 1u); // it may come again
  advance(20s);
  request();
  BOOST_TEST(trouble().empty());
}

BOOST_AUTO_TEST_SUITE_END()
