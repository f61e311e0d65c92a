#include "jobs/job_claimer.hpp"

#include "pg/jobs/claim_upkeep.hpp"
#include "pg/jobs/queues_due.hpp"
#include "pg/messenger/messenger_claim.hpp"
#include "pg/messenger/messenger_mark_alone.hpp"
#include "pg/queue/queue_read.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/database_fake.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <deque>
#include <map>
#include <stdexcept>

using namespace nova;
using namespace nova::jobs;
using namespace nova::test;
using namespace std::chrono_literals;

namespace {

/// The claim that waits longest gets one message.
struct give_claim {};

/// A batch ends so.
struct end_batch {
  std::vector<job_outcome> outcomes;
};

} // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(end_batch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(give_claim)

namespace {

using held_database = database_actor::extend<caf::reacts_to<give_claim>>;
using held_doer = handler_actor::extend<caf::reacts_to<end_batch>>;

/// Messages to claim, queues to read, and handlers that answer when the test says so.
struct fixture : actor_fixture {
  fixture() {
    fake.on<look_for_handlers>([this](const look_for_handlers& query) {
      look_for_handlers::answer found{std::to_string(rows.size()) + rows_changed, {}, true};
      if (query.known != found.digest)
        found.handlers = rows;
      return found;
    });
    fake.on<pg::messenger_claim>([this](const pg::messenger_claim& query) {
      std::vector<pg::claimed_message> taken;
      for (; !messages.empty() && taken.size() < static_cast<size_t>(query.limit);
           messages.pop_front())
        taken.push_back(messages.front());
      return taken;
    });
    fake.on<pg::queue_read>([this](const pg::queue_read& query) {
      std::vector<queue_message> taken;
      for (auto& waiting = queued[query.queue]; !waiting.empty() && taken.size() < query.limit;
           waiting.pop_front())
        taken.push_back(waiting.front());
      return taken;
    });
    fake.on<pg::queues_due>([this](const pg::queues_due& query) {
      std::vector<pg::queue_due> due;
      for (const auto& name : query.queues)
        if (!queued[name].empty())
          due.push_back({name, 0ms});
      return due;
    });
    fake.answer<look_ahead>({});
    fake.on<pg::claim_upkeep>([this](const pg::claim_upkeep&) { return std::exchange(tasks, {}); });
    fake.answer<pg::messenger_mark_alone>(true);
    fake.answer<extend_jobs>({});
    fake.on<end_jobs>([](const end_jobs&) { return uint64_t{0}; });
    needs.built_in.add("*", held_handler());
    needs.tasks = held_handler();
    settings.window = 4;
    settings.refill = 2;
  }

  ~fixture() {
    for (const auto& actor :
         {caf::actor_cast<caf::actor>(claimer), caf::actor_cast<caf::actor>(database)})
      self->send_exit(actor, caf::exit_reason::kill);
    run();
    open.clear();
  }

  /// Does what the test says, later.
  handler held_handler() {
    handler how;
    how.start = [this](caf::local_actor* parent, directory_slot) {
      return parent->spawn<caf::linked>(
        [this](held_doer::pointer doer) -> held_doer::behavior_type {
          auto promise = std::make_shared<caf::typed_response_promise<batch_outcome>>();
          return {
            [this, doer, promise](const job_batch& batch) -> caf::result<batch_outcome> {
              if (crash)
                throw std::runtime_error{"row 3 is odd"};
              started.push_back(batch.jobs->front());
              sizes.push_back(batch.jobs->size());
              open.push_back(doer);
              *promise = doer->make_response_promise<batch_outcome>();
              return *promise;
            },
            [promise](end_batch& end) { promise->deliver(batch_outcome{std::move(end.outcomes)}); },
          };
        });
    };
    return how;
  }

  void start() {
    database = fake.spawn(system);
    needs.database = database;
    claimer = system.spawn(job_claimer, directory_slot{}, needs, settings);
    claimer->attach_functor([this] { gone = true; });
    run();
  }

  void send(int count, int crashes = 0) {
    for (int i = 0; i < count; ++i) {
      pg::claimed_message one;
      one.id = ++sent;
      one.token = 100 + sent;
      one.type = "mail.sent";
      one.queue = "default";
      one.crashes = crashes;
      messages.push_back(one);
    }
  }

  void hear() {
    self->send(claimer, jobs_available{jobs_available::kind::messages, "default"});
    run();
  }

  /// The batch that runs longest ends so.
  void answer(std::vector<job_outcome> outcomes) {
    self->send(open.front(), end_batch{std::move(outcomes)});
    open.pop_front();
    run();
  }

  void answer(job_outcome outcome = {}) {
    answer(std::vector{std::move(outcome)});
  }

  end_jobs last_end() {
    return fake.asked<end_jobs>().back();
  }

  database_fake fake;
  database_actor database;
  job_claimer_needs needs;
  job_claimer_settings settings;
  jobs_wakeup_actor claimer;
  std::vector<pg::set_handler> rows;
  std::string rows_changed;
  std::deque<pg::claimed_message> messages;
  std::map<std::string, std::deque<queue_message>> queued;
  std::vector<pg::claimed_upkeep> tasks;
  std::vector<claimed_job> started;
  std::vector<size_t> sizes;
  std::deque<held_doer> open;
  int sent = 0;
  bool crash = false;
  bool gone = false;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(job_claimer_test, fixture)

BOOST_AUTO_TEST_CASE(no_more_jobs_are_in_hand_than_the_window_allows) {
  send(10);
  start();
  BOOST_TEST(open.size() == 4u);
  answer();
  BOOST_TEST(started.size() == 4u, "one place is less than a claim is worth");
  answer();
  BOOST_TEST(started.size() == 6u);
  BOOST_TEST(fake.asked<pg::messenger_claim>().back().limit == 2);
}

BOOST_AUTO_TEST_CASE(two_claims_are_under_way_where_more_is_there) {
  settings.batch = 1;
  settings.refill = 1;
  send(4);
  auto behind = database = fake.spawn(system);
  std::deque<std::pair<uint32_t, caf::typed_response_promise<query_done>>> claims; // by the limit
  auto holds_claims =
    system.spawn([&](held_database::pointer holder) -> held_database::behavior_type {
      return {
        [&, holder](query_job& job) -> caf::result<query_done> {
          auto claim = std::any_cast<std::shared_ptr<pg::messenger_claim>>(&job.query);
          if (claim == nullptr)
            return holder->delegate(behind, job);
          claims.emplace_back((*claim)->limit, holder->make_response_promise<query_done>());
          return claims.back().second;
        },
        [&](give_claim) {
          std::vector<pg::claimed_message> taken;
          if (!messages.empty()) {
            taken.push_back(messages.front());
            messages.pop_front();
          }
          claims.front().second.deliver(query_done{taken});
          claims.pop_front();
        },
      };
    });
  needs.database = caf::actor_cast<database_actor>(holds_claims);
  claimer = system.spawn(job_claimer, directory_slot{}, needs, settings);
  run();
  BOOST_TEST(claims.size() == 1u, "nobody knows yet whether there is more");
  self->send(holds_claims, give_claim{});
  run();
  BOOST_TEST(claims.size() == 2u, "that one got all that it asked for");
  self->send_exit(holds_claims, caf::exit_reason::kill);
  run();
}

BOOST_AUTO_TEST_CASE(what_is_done_is_written_in_one_transaction_with_its_token) {
  send(2);
  start();
  answer();
  auto first = last_end();
  BOOST_TEST(first.completed.ids == std::vector<int64_t>{1});
  BOOST_TEST(first.completed.tokens == std::vector<int64_t>{101});
  answer({verdict::retry, "http_500", "no", 3s});
  auto second = last_end();
  BOOST_TEST(second.failed.ids == std::vector<int64_t>{2});
  BOOST_TEST(second.failed.classes == std::vector<std::string>{"http_500"});
  BOOST_TEST(second.failed.verdicts == std::vector<std::string>{"retry"});
  BOOST_TEST((second.failed.after_ms == std::vector<std::optional<int64_t>>{3000}));
}

BOOST_AUTO_TEST_CASE(a_type_that_nobody_does_is_tried_again_and_says_what_helps) {
  needs.built_in = {};
  rows = {{"other", "", "", "held", "{}", 1s}};
  needs.makers["held"] = [this](const pg::set_handler&) { return held_handler(); };
  send(1);
  start();
  BOOST_TEST(started.empty());
  BOOST_TEST(last_end().failed.classes == std::vector<std::string>{"no_handler"});
  BOOST_TEST(last_end().failed.messages.front().find("nova messenger handlers set --type mail.sent")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(nothing_is_claimed_where_nobody_does_anything) {
  needs.built_in = {};
  send(1);
  start();
  advance(settings.poll);
  BOOST_TEST(fake.asked<pg::messenger_claim>().empty());
}

BOOST_AUTO_TEST_CASE(a_handler_that_is_set_while_the_node_runs_is_used_at_once) {
  needs.built_in = {};
  needs.makers["held"] = [this](const pg::set_handler&) { return held_handler(); };
  send(1);
  start();
  rows = {{"mail.sent", "", "", "held", "{}", 1s}};
  self->send(claimer, jobs_available{jobs_available::kind::handlers});
  run();
  BOOST_TEST(started.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_queue_that_pushes_is_read_when_it_wakes_and_its_last_try_is_given_up) {
  rows = {{"", "", "orders", "held", "{}", 1s}};
  needs.makers["held"] = [this](const pg::set_handler&) { return held_handler(); };
  settings.tries_max = 3;
  start();
  BOOST_TEST(started.empty());
  queued["orders"].push_back({7, 1, R"({"a": 1})"});
  queued["orders"].push_back({8, 3, "{}"});
  self->send(claimer, queue_woken{"orders"});
  run();
  BOOST_REQUIRE(started.size() == 2u);
  BOOST_TEST(started[0].body == R"({"a": 1})");
  answer({verdict::retry, "http_500", "no"});
  BOOST_TEST(last_end().later.begin()->second.ids == std::vector<int64_t>{7});
  answer({verdict::retry, "http_500", "no"});
  auto given_up = last_end().archived.begin()->second;
  BOOST_TEST(given_up.ids == std::vector<int64_t>{8});
  BOOST_TEST(given_up.reason == "http_500: no");
}

BOOST_AUTO_TEST_CASE(without_a_wakeup_the_poll_finds_the_work) {
  start();
  send(1);
  advance(settings.poll);
  BOOST_TEST(started.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_delayed_message_is_claimed_when_it_is_due) {
  send(1);
  fake.answer<look_ahead>({300ms, {}, {}});
  start();
  send(1);
  advance(200ms);
  BOOST_TEST(started.size() == 1u);
  advance(100ms);
  BOOST_TEST(started.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_task_of_upkeep_is_a_job_like_any_other) {
  tasks.push_back({"tidy", 5, "analyze", "messages", R"({"a": 1})", 2});
  start();
  BOOST_REQUIRE(started.size() == 1u);
  BOOST_TEST(started[0].type == "tidy");
  BOOST_TEST(started[0].body == R"({"kind":"analyze","target":"messages","options":{"a": 1}})");
  advance(settings.lease / 4);
  BOOST_TEST(fake.asked<extend_jobs>().back().tasks.names == std::vector<std::string>{"tidy"});
  answer({verdict::retry, "sql_55P03", "locked", 3s});
  auto ended = last_end().tasks.at(0);
  BOOST_TEST(ended.task == "tidy");
  BOOST_TEST(ended.token == 5);
  BOOST_TEST((ended.outcome.end == pg::upkeep_end::failed));
  BOOST_TEST((ended.outcome.after == 3s));
}

BOOST_AUTO_TEST_CASE(a_handler_that_takes_too_long_is_ended_and_its_job_tried_again) {
  send(1);
  start();
  advance(30s);
  run();
  BOOST_TEST(last_end().failed.classes == std::vector<std::string>{"timeout"});
  open.clear();
  send(1);
  hear();
  BOOST_TEST(started.size() == 2u, "its place is free again");
}

BOOST_AUTO_TEST_CASE(a_handler_that_throws_is_a_failed_attempt) {
  crash = true;
  send(1);
  start();
  BOOST_TEST(last_end().failed.classes == std::vector<std::string>{"crashed"});
  BOOST_TEST(!gone);
}

BOOST_AUTO_TEST_CASE(what_runs_is_held_for_longer_by_one_statement) {
  send(3);
  start();
  advance(settings.lease / 4);
  auto held = fake.asked<extend_jobs>();
  BOOST_REQUIRE(held.size() == 1u);
  BOOST_TEST(held[0].ids.size() == 3u);
  BOOST_TEST(held[0].lease.count() == settings.lease.count());
}

BOOST_AUTO_TEST_CASE(a_job_that_another_has_by_now_is_ended_without_a_word) {
  send(1);
  start();
  fake.answer<extend_jobs>({1});
  advance(settings.lease / 4);
  open.clear();
  run();
  BOOST_TEST(fake.asked<end_jobs>().empty());
  send(4);
  hear();
  BOOST_TEST(started.size() == 5u, "its place is free again");
}

BOOST_AUTO_TEST_CASE(a_job_that_ended_its_process_runs_alone) {
  settings.refill = 1;
  send(1);
  send(1, 1);
  send(1);
  start();
  BOOST_TEST(started.size() == 2u, "the one in the middle waits until nothing else runs");
  send(1);
  hear();
  answer();
  BOOST_TEST(started.size() == 2u);
  answer();
  BOOST_REQUIRE(started.size() == 3u);
  BOOST_TEST(started.back().id == 2);
  BOOST_TEST(fake.asked<pg::messenger_mark_alone>().size() == 1u);
  answer();
  BOOST_TEST(started.size() == 4u, "then the others go on");
}

BOOST_AUTO_TEST_CASE(a_handler_takes_as_many_at_once_as_it_says) {
  auto how = held_handler();
  how.chunk = 3;
  needs.built_in.add("mail.sent", how);
  send(4);
  start();
  BOOST_TEST(sizes == (std::vector<size_t>{3, 1}));
  answer(std::vector<job_outcome>{{}, {verdict::fail, "bad", "row"}});
  auto ended = last_end();
  BOOST_TEST(ended.jobs >= 1u);
  size_t completed = 0, failed = 0;
  for (const auto& one : fake.asked<end_jobs>()) {
    completed += one.completed.ids.size();
    failed += one.failed.ids.size();
  }
  BOOST_TEST(completed == 1u);
  BOOST_TEST(failed == 2u, "what it says nothing about is tried again");
}

BOOST_AUTO_TEST_CASE(a_drain_lets_what_runs_end_and_claims_nothing) {
  send(5);
  start();
  self->send_exit(claimer, caf::exit_reason::user_shutdown);
  run();
  BOOST_TEST(!gone);
  for (int i = 0; i < 4; ++i)
    answer();
  BOOST_TEST(gone);
  BOOST_TEST(messages.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_drain_that_takes_too_long_gives_back_what_runs_without_an_attempt) {
  send(1);
  start();
  self->send_exit(claimer, caf::exit_reason::user_shutdown);
  run();
  advance(settings.drain_limit);
  open.clear();
  run();
  BOOST_TEST(last_end().snoozed.begin()->second.ids == std::vector<int64_t>{1});
  BOOST_TEST(gone);
}

BOOST_AUTO_TEST_CASE(a_limit_ends_it_after_so_many) {
  settings.limit = 3;
  settings.refill = 1;
  send(10);
  start();
  BOOST_TEST(started.size() == 3u);
  for (int i = 0; i < 3; ++i)
    answer();
  BOOST_TEST(gone);
  BOOST_TEST(settings.counts->done == 3u);
}

BOOST_AUTO_TEST_CASE(ends_that_could_not_be_written_are_held_and_written_later) {
  send(1);
  start();
  fake.on<end_jobs>([](const end_jobs&) -> caf::expected<uint64_t> {
    return caf::make_error(ec::database_unavailable);
  });
  answer();
  advance(settings.lease / 4);
  BOOST_TEST(fake.asked<extend_jobs>().back().ids == std::vector<int64_t>{1});
  fake.on<end_jobs>([](const end_jobs&) { return uint64_t{0}; });
  advance(2s);
  BOOST_TEST(last_end().completed.ids == std::vector<int64_t>{1});
}

BOOST_AUTO_TEST_SUITE_END()
