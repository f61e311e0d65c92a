#include "actors/thread_jobs.hpp"

#include "actors/thread_dispatcher.hpp"
#include "pg/email/accept_thread_jobs.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/database_fake.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/stateful_actor.hpp>

using namespace nova;
using namespace nova::test;

namespace {

struct fixture : actor_fixture {
  fixture() {
    database.answer<pg::accept_thread_jobs>(1);
    handle = database.spawn(system);
    dispatcher = system.spawn([this]() -> thread_dispatcher_actor::behavior_type {
      return {
        [this](threads_available) { ++wakeups; },
        [](const thread_ended&) {},
      };
    });
    work = system.spawn(thread_jobs, directory_slot{}, handle, dispatcher);
    run();
  }

  ~fixture() {
    for (const auto& actor :
         {caf::actor_cast<caf::actor>(work), caf::actor_cast<caf::actor>(handle),
          caf::actor_cast<caf::actor>(dispatcher)})
      self->send_exit(actor, caf::exit_reason::kill);
    run();
  }

  /// What becomes of a job with that body: the disposition, or the error.
  std::string job(const std::string& body) {
    queue_message message;
    message.body = body;
    message.received_at = 7;
    std::string result;
    ask(
      work, message, [&](const work_ended& ended) { result = to_string(ended.disposition); },
      [&](const caf::error& e) { result = describe(e); });
    return result;
  }

  database_fake database;
  database_actor handle;
  thread_dispatcher_actor dispatcher;
  queue_work_actor work;
  int wakeups = 0;
};

constexpr const char* good_job =
  R"({"config_id":"11111111-1111-1111-1111-111111111111","thread_id":"t1"})";

} // namespace

BOOST_FIXTURE_TEST_SUITE(thread_jobs_test, fixture)

BOOST_AUTO_TEST_CASE(a_job_becomes_a_row_and_the_dispatcher_hears_of_it) {
  BOOST_TEST(job(good_job) == "removed");
  BOOST_REQUIRE(database.asked<pg::accept_thread_jobs>().size() == 1u);
  BOOST_TEST(database.asked<pg::accept_thread_jobs>()[0].jobs.at(0).thread.value == "t1");
  BOOST_TEST(database.asked<pg::accept_thread_jobs>()[0].jobs.at(0).sent_at == 7);
  BOOST_TEST(wakeups == 1);
}

BOOST_AUTO_TEST_CASE(a_malformed_job_is_archived) {
  for (const auto* body :
       {"", "[]", "{}", R"({"config_id":"11111111-1111-1111-1111-111111111111"})",
        R"({"config_id":"nonsense","thread_id":"t1"})"})
    BOOST_TEST(job(body) == "archived", body);
  BOOST_TEST(database.asked<pg::accept_thread_jobs>().empty());
}

BOOST_AUTO_TEST_CASE(without_a_database_a_job_stays_in_its_queue) {
  database.away = true;
  BOOST_TEST(job(good_job) == "database_unavailable");
  BOOST_TEST(wakeups == 0);
}

BOOST_AUTO_TEST_SUITE_END()
