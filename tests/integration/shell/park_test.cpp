#include "tests/integration/shell/shell_fixture.hpp"
#include "tests/support/raw_client.hpp"

#include <boost/test/unit_test.hpp>

// An actor that fails again and again is parked, everything says so, and `restart` takes it up.

using namespace nova;
using namespace std::chrono_literals;
using base::exit_code;

namespace {

struct fixture : test::shell_fixture {
  fixture() {
    auto how = inspected();
    how.http.enabled = true;
    how.http.port = 0;
    how.http.trust.secrets = {provider.webhook_secret()};
    how.listening = [this](const app::node_addresses& at) { http = at.http; };
    start(std::move(how));
  }

  std::string state_of(const std::string& actor) {
    return run("ps " + actor + " --columns state --no-headers").out;
  }

  /// Kills it again and again, until it is not started any more.
  bool kill_until_parked(const std::string& actor) {
    return test::eventually([&] {
      run("kill n1/" + actor + " --yes", "admin");
      return state_of(actor) == "parked\n";
    });
  }

  bool metrics_say(const std::string& line) {
    auto port = static_cast<uint16_t>(std::stoi(http.substr(http.rfind(':') + 1)));
    return test::raw_client{port}.get("/metrics").body.find(line) != std::string::npos;
  }

  std::string http;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(park_test, fixture)

BOOST_AUTO_TEST_CASE(what_is_left_of_the_restarts_is_seen_before_they_are_used_up) {
  for (auto i = 1; i <= 3; ++i) {
    BOOST_REQUIRE(test::eventually(
      [&] { return run("kill n1/thread_reader --yes", "admin").how == exit_code::done; }));
    auto restarted = "ps thread_reader --where 'state=idle and restarts=" + std::to_string(i) + "'";
    BOOST_REQUIRE(test::eventually([&] { return run(restarted).how == exit_code::done; }));
  }
  const std::string left = "restarts 3 of 5 in 60 s, next after 400 ms, beyond it: parked by "
                           "role/threads";
  for (const std::string command : {"actor n1/thread_reader", "tree", "why n1/thread_reader -o tsv",
                                    "doctor", "kill n1/thread_reader --dry-run"})
    BOOST_TEST(run(command).says(left), command << ": " << run(command).out);
  BOOST_TEST(json("ps thread_reader").says("\"budget\":\"" + left));
  BOOST_TEST(run("actor n1/database")
               .says("restarts 0 of 10 together in 60 s, next after 50 ms, "
                     "beyond it: node/n1 ends"));
}

BOOST_AUTO_TEST_CASE(who_is_killed_again_and_again_is_parked_until_it_is_restarted) {
  BOOST_REQUIRE(kill_until_parked("thread_jobs"));

  // What needs it is parked with it, what does not goes on.
  BOOST_TEST(test::eventually([&] { return state_of("thread_reader") == "parked\n"; }));
  BOOST_TEST(run("ps thread_jobs --where restarts=5").how == exit_code::done);
  BOOST_TEST(run("ps thread_dispatcher --where 'restarts=0 and state~idle'").how
             == exit_code::done);
  auto doctor = run("doctor");
  BOOST_TEST_INFO(doctor.out << doctor.err);
  BOOST_TEST(doctor.how == exit_code::failed);
  BOOST_TEST(doctor.says("CRIT n1/thread_jobs  parked by role/threads until it is restarted: "
                         "crashed: killed by"));
  BOOST_TEST(doctor.says("CRIT n1/thread_reader  parked by role/threads until it is restarted: "
                         "one that it needs is parked"));
  BOOST_TEST(doctor.says("next: restart n1/thread_jobs"));
  auto why = run("why n1/thread_jobs");
  BOOST_TEST_INFO(why.out << why.err);
  BOOST_TEST(why.says("parked by role/threads"));
  BOOST_TEST(why.says("restart n1/thread_jobs"));
  BOOST_TEST(run("actor n1/thread_jobs").says("parked by role/threads"));
  BOOST_TEST(run("tree").says("thread_jobs  parked"));
  auto status = run("status");
  BOOST_TEST(status.how == exit_code::failed);
  BOOST_TEST(status.says("findings, run `doctor`"));
  BOOST_TEST(run("kill n1/thread_jobs --yes", "admin").says("is parked and does not run"));
  BOOST_TEST(metrics_say(R"(nova_actors_parked{kind="thread_jobs"} 1)"));
  BOOST_TEST(metrics_say("nova_actor_parks_total 2"));

  auto restarted = run("restart n1/thread_jobs --yes", "operate");

  BOOST_TEST_INFO(restarted.out << restarted.err);
  BOOST_TEST(restarted.how == exit_code::done);
  for (const auto* actor : {"thread_jobs", "thread_reader"})
    BOOST_TEST(test::eventually([&] { return state_of(actor) == "idle\n"; }), actor);
  BOOST_TEST(!run("doctor").says("CRIT"));
  BOOST_TEST(metrics_say(R"(nova_actors_parked{kind="thread_jobs"} 0)"));
  BOOST_TEST(run("kill n1/thread_jobs --yes", "admin").how == exit_code::done);
  BOOST_TEST(test::eventually([&] { return state_of("thread_jobs") == "idle\n"; }));
}

/// Where the first of a role fails all the others of the role need it, and the other roles do not.
BOOST_AUTO_TEST_CASE(a_whole_role_is_parked_and_the_node_works_on) {
  BOOST_REQUIRE(kill_until_parked("thread_dispatcher"));
  for (const auto* actor : {"thread_jobs", "thread_reader"})
    BOOST_TEST(test::eventually([&] { return state_of(actor) == "parked\n"; }), actor);
  auto config = start_backfill(add_inbox());
  BOOST_TEST(test::eventually([&] {
    return backfill_status(config) == "thread_sync" || backfill_status(config) == "completed";
  }));
  BOOST_TEST(run("ps role --where 'restarts=0 and key=threads'").how == exit_code::done);

  BOOST_TEST(run("restart n1/thread_reader --yes", "operate").how == exit_code::done);
  BOOST_TEST(test::eventually([&] { return state_of("thread_dispatcher") == "idle\n"; }));
  BOOST_TEST(test::eventually([&] { return backfill_status(config) == "completed"; }));
}

BOOST_AUTO_TEST_SUITE_END()
