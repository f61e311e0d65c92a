#include "actors/actor_metrics.hpp"

#include "actors/queue_reader.hpp"
#include "actors/read_queue.hpp"
#include "messages/error_code.hpp"
#include "pg/queue/queue_delete_leased.hpp"
#include "pg/queue/queue_extend_leased.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/database_fake.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/stateful_actor.hpp>

using namespace nova;
using namespace std::chrono_literals;

namespace {

struct fixture : test::actor_fixture {
  /// Whether the text for Prometheus has that line.
  bool shows(const std::string& line) const {
    return ('\n' + all.text()).find('\n' + line + '\n') != std::string::npos;
  }

  base::metrics all;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(actor_metrics_test, fixture)

BOOST_AUTO_TEST_CASE(every_series_is_there_before_anything_happens) {
  pool_metrics pool{all};
  call_metrics calls{all};
  store_metrics store{all};
  thread_metrics threads{all};
  notification_metrics notifications{all};
  queue_metrics queue{all, "jobs"};
  for (const auto* line :
       {"nova_database_jobs_waiting 0", R"(nova_api_calls_total{result="not_made"} 0)",
        R"(nova_api_calls_total{result="throttle"} 0)",
        R"(nova_mail_messages_total{origin="webhook"} 0)",
        R"(nova_mail_decisions_total{decision="doubtful"} 0)",
        R"(nova_threads_total{outcome="crashed"} 0)",
        R"(nova_notifications_total{outcome="retried"} 0)",
        R"(nova_queue_messages_settled_total{fate="archived",queue="jobs"} 0)"})
    BOOST_TEST(shows(line), line);
}

BOOST_AUTO_TEST_CASE(a_reader_counts_what_it_reads_and_what_becomes_of_it) {
  test::database_fake queues;
  queues.on<read_queue>(
    [left = 2](const auto&) mutable { return std::vector<queue_message>(left-- == 2 ? 2 : 0); });
  queues.answer<pg::queue_delete_leased>(1);
  queues.answer<pg::queue_extend_leased>(1);
  auto database = queues.spawn(system);
  auto work = system.spawn([]() -> queue_work_actor::behavior_type {
    return {
      [first = true](const queue_message&) mutable -> caf::result<work_ended> {
        if (std::exchange(first, false))
          return work_ended{};
        return ec::provider_transient;
      },
    };
  });
  queue_reader_settings settings;
  settings.metrics = queue_metrics{all, "jobs"};
  auto reader = system.spawn(queue_reader, directory_slot{}, database, work, settings);
  run();
  BOOST_TEST(shows(R"(nova_queue_messages_read_total{queue="jobs"} 2)"));
  BOOST_TEST(shows(R"(nova_queue_messages_settled_total{fate="removed",queue="jobs"} 1)"));
  BOOST_TEST(shows(R"(nova_queue_messages_settled_total{fate="retried",queue="jobs"} 1)"));
  BOOST_TEST(shows(R"(nova_queue_messages_in_hand{queue="jobs"} 0)"));
  self->send_exit(reader, caf::exit_reason::kill);
}

BOOST_AUTO_TEST_CASE(the_directory_is_summed_by_kind_whenever_it_is_asked) {
  auto directory = std::make_shared<actor_directory>(clock());
  all.before_text(directory_metrics(all, directory));
  auto one = directory->open({"thread_sync", "a", ""});
  {
    auto other = directory->open({"thread_sync", "b", ""});
    one.restarted();
    one.holds(3);
    other.park(true);
    BOOST_TEST(shows(R"(nova_actors{kind="thread_sync"} 2)"));
    BOOST_TEST(shows(R"(nova_actor_messages_waiting{kind="thread_sync"} 3)"));
    BOOST_TEST(shows(R"(nova_actor_restarts{kind="thread_sync"} 1)"));
    BOOST_TEST(shows(R"(nova_actors_parked{kind="thread_sync"} 1)"));
  }
  directory->record({one.name(), "crashed", "", 0, directory->now(), 0});
  one = {};
  BOOST_TEST(shows(R"(nova_actors{kind="thread_sync"} 0)"));
  BOOST_TEST(shows("nova_actor_failures 1"));
}

BOOST_AUTO_TEST_SUITE_END()
