#include "jobs/brokers.hpp"

#include "actors/database.hpp"
#include "actors/database_worker.hpp"
#include "actors/queue_listener.hpp"
#include "actors/wakeups.hpp"
#include "base/secrets.hpp"
#include "jobs/function_handler.hpp"
#include "jobs/job_claimer.hpp"
#include "jobs/sql_handler.hpp"
#include "pg/findings.hpp"
#include "tests/support/broker_server.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/log_capture.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

using namespace nova;
using namespace nova::jobs;
using namespace nova::test;
using namespace std::chrono_literals;

namespace {

const auto& types = broker_types();

/// A node's part that does jobs, without the node: it ends with the object, in order or at once.
class engine {
public:
  engine(const std::string& url, std::map<std::string, std::string> secrets,
         const std::string& worker, job_function function) {
    std::vector<database_actor> workers;
    for (int i = 0; i < 3; ++i)
      workers.push_back(spawn_database_worker(system_, {url, true}, {}));
    pool_ = system_.spawn(nova::database, directory_slot{}, std::move(workers), database_limits{});
    brokers_settings of_brokers;
    of_brokers.worker = of_brokers.consumer = worker;
    of_brokers.secrets = std::make_shared<base::secrets>(std::move(secrets), std::string{});
    of_brokers.poll = 200ms;
    of_brokers.look = 500ms;
    of_brokers.outbox_lease = 2s;
    of_brokers.trouble = {100ms, 500ms};
    brokers_ = system_.spawn(brokers, directory_slot{}, pool_, nullptr, of_brokers);
    job_claimer_needs needs{pool_, nullptr, brokers_};
    needs.built_in.add("work", function_handler(std::move(function)));
    needs.makers["sql"] = [this](const pg::set_handler& row) { return sql_handler(row, pool_); };
    job_claimer_settings settings;
    settings.worker = worker;
    settings.poll = 200ms;
    settings.transports = {"far", "default"};
    claimer_ = system_.spawn(job_claimer, directory_slot{}, std::move(needs), settings);
  }

  ~engine() {
    caf::scoped_actor self{system_};
    for (const auto& one :
         {caf::actor_cast<caf::actor>(claimer_), caf::actor_cast<caf::actor>(brokers_),
          caf::actor_cast<caf::actor>(pool_)}) {
      self->send_exit(one, caf::exit_reason::user_shutdown);
      self->wait_for(one);
    }
  }

  void crash_claimer() {
    caf::scoped_actor self{system_};
    self->send_exit(claimer_, caf::exit_reason::kill);
    self->wait_for(claimer_);
  }

private:
  caf::actor_system_config config_;
  caf::actor_system system_{config_};
  database_actor pool_;
  brokers_actor brokers_;
  jobs_wakeup_actor claimer_;
};

struct fixture : database_fixture {
  /// False when there is no such broker here.
  bool begin(const std::string& type, const std::string& more = {}) {
    server = start_broker_server(type);
    if (!server)
      return false;
    insert_transport(more);
    return true;
  }

  void insert_transport(const std::string& more = {}) {
    conn.run(("insert into messenger_transports (name, type, config, retry_delay, retry_jitter) "
              "values ('far', '"
              + server->type() + "', '" + server->config_text() + "', '100 milliseconds', 0)"
              + more)
               .c_str());
  }

  std::unique_ptr<engine> start(const std::string& worker = "one") {
    return start_with(server->password(), worker);
  }

  std::unique_ptr<engine> start_with(const std::string& password,
                                     const std::string& worker = "one") {
    return std::make_unique<engine>(
      url(), std::map<std::string, std::string>{{"NOVA_SECRET_BROKER", password}}, worker,
      [this](const std::vector<claimed_job>& some) {
        std::vector<job_outcome> outcomes;
        for (const auto& job : some)
          outcomes.push_back(handle(job));
        return outcomes;
      });
  }

  job_outcome handle(const claimed_job& job) {
    std::lock_guard guard{mutex};
    ++runs[job.id];
    last = job;
    if (job.body.find("never") != std::string::npos)
      return {verdict::fail, "never", "it can never be done"};
    if (job.body.find("always") != std::string::npos)
      return {verdict::retry, "broken", "it broke"};
    if (job.body.find("once") != std::string::npos && job.attempts == 0)
      return {verdict::retry, "broken", "it broke"};
    if (job.body.find("busy") != std::string::npos && runs[job.id] == 1)
      return {verdict::snooze, "", "", 300ms};
    done.insert(job.id);
    return {};
  }

  size_t done_count() {
    std::lock_guard guard{mutex};
    return done.size();
  }

  std::string text(const std::string& sql) {
    auto name = "test " + std::to_string(++statements);
    auto answer = conn.exec(sql::statement{name.c_str(), sql.c_str()});
    return std::get<0>(answer.one<std::optional<std::string>>()).value_or("");
  }

  void send(int count, const std::string& body = "{}") {
    // With the number in each: else the function is called once.
    conn.run(("select count(*) from generate_series(1, " + std::to_string(count)
              + ") n, lateral messenger_send('work', '" + body
              + "'::jsonb || jsonb_build_object('n', n), p_transport => 'far')")
               .c_str());
  }

  bool outbox_is_empty() {
    return text("select count(*)::text from messenger_messages") == "0";
  }

  /// Nothing is left at the broker either.
  bool broker_is_empty() {
    return text("select coalesce(max(depth), -1)::text from nova.messenger_broker_states "
                "where error_class is null and seen_at > now() - interval '2 seconds'")
           == "0";
  }

  std::shared_ptr<broker_server> server;
  std::mutex mutex;
  std::map<int64_t, int> runs;
  std::set<int64_t> done;
  claimed_job last;
  int statements = 0;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(brokers_test, fixture)

BOOST_DATA_TEST_CASE(what_sql_sends_is_done_once_and_is_gone, boost::unit_test::data::make(types),
                     type) {
  if (!begin(type))
    return;
  conn.run(
    "select messenger_send('work', '{\"n\": [1, null]}', '{\"h\": \"x\"}', 'far', 'billing', 7, "
    "p_tenant_id => 'acme')");
  send(299);
  auto engine = start();

  BOOST_TEST(eventually([&] { return done_count() == 300; }));
  BOOST_TEST(eventually([&] { return outbox_is_empty() && broker_is_empty(); }, 20s));
  std::lock_guard guard{mutex};
  for (const auto& [id, count] : runs)
    BOOST_TEST(count == 1, "message " << id);
  BOOST_TEST(text("select count(*)::text from messenger_failed_messages") == "0");
}

BOOST_DATA_TEST_CASE(a_handler_is_given_the_whole_message, boost::unit_test::data::make(types),
                     type) {
  if (!begin(type))
    return;
  auto engine = start();
  auto id = text("select id::text from messenger_send('work', '{\"n\": [1, null, \"\\u00e4\"]}', "
                 "'{\"h\": \"x\"}', 'far', 'billing', 7, p_tenant_id => 'acme')");

  BOOST_TEST(eventually([&] { return done_count() == 1; }));
  std::lock_guard guard{mutex};
  BOOST_TEST(std::to_string(last.id) == id);
  BOOST_TEST(last.type == "work");
  BOOST_TEST(last.place == "far");
  BOOST_TEST(last.queue == "billing");
  BOOST_TEST(last.tenant == "acme");
  BOOST_TEST(last.headers == "{\"h\":\"x\"}");
  BOOST_TEST(last.body == "{\"n\":[1,null,\"\xC3\xA4\"]}");
  BOOST_TEST(last.attempts == 0);
}

BOOST_DATA_TEST_CASE(a_delayed_message_waits_for_its_time, boost::unit_test::data::make(types),
                     type) {
  if (!begin(type))
    return;
  auto engine = start();
  auto began = std::chrono::steady_clock::now();
  conn.run("select messenger_send('work', '{}', p_transport => 'far', p_delay => '1 second')");

  BOOST_TEST(eventually([&] { return done_count() == 1; }));
  BOOST_TEST((std::chrono::steady_clock::now() - began >= 1s));
}

BOOST_DATA_TEST_CASE(failures_are_tried_again_and_given_up_here,
                     boost::unit_test::data::make(types), type) {
  if (!begin(type))
    return;
  auto engine = start();
  send(5, "{\"x\": \"once\"}");
  send(3, "{\"x\": \"always\"}");
  send(2, "{\"x\": \"never\"}");
  send(1, "{\"x\": \"busy\"}");

  BOOST_TEST(eventually([&] {
    return done_count() == 6 && text("select count(*)::text from messenger_failed_messages") == "5";
  }));
  BOOST_TEST(eventually([&] { return outbox_is_empty() && broker_is_empty(); }, 20s));
  BOOST_TEST(text("select string_agg(distinct error_class || attempts || ' ' || "
                  "jsonb_array_length(errors), ',' "
                  "order by error_class || attempts || ' ' || jsonb_array_length(errors)) "
                  "from messenger_failed_messages")
             == "broken3 3,never1 1");
  // Whoever repairs the cause sends them again, by the same way.
  conn.run("update messenger_failed_messages set body = '{}'; "
           "select messenger_retry_failed(array(select id from messenger_failed_messages))");
  BOOST_TEST(eventually([&] { return done_count() == 11; }));
}

BOOST_DATA_TEST_CASE(a_claimer_that_dies_loses_nothing, boost::unit_test::data::make(types), type) {
  if (!begin(type))
    return;
  send(200);
  auto first = start("first");
  BOOST_TEST(eventually([&] { return done_count() >= 20; }));
  first->crash_claimer();
  auto second = start("second");

  BOOST_TEST(eventually([&] { return done_count() == 200; }));
  BOOST_TEST(eventually([&] { return outbox_is_empty() && broker_is_empty(); }, 20s));
  BOOST_TEST(text("select count(*)::text from messenger_failed_messages") == "0");
}

BOOST_DATA_TEST_CASE(a_broker_that_goes_away_and_comes_back_loses_nothing,
                     boost::unit_test::data::make(types), type) {
  if (!begin(type) || !keeps_messages(type))
    return;
  log_capture log;
  auto engine = start();
  send(100);
  BOOST_TEST(eventually([&] { return done_count() >= 10; }));

  server->kill();
  send(100, "{\"x\": \"once\"}");
  BOOST_TEST(eventually([&] {
    return text("select count(*)::text from nova.messenger_broker_due() where kind = "
                "'transport/unreachable'")
           == "1";
  }));
  BOOST_TEST(eventually([&] {
    return text("select count(*)::text from messenger_messages where last_error like "
                "'unreachable: %'")
           != "0";
  }));
  BOOST_TEST(text("select count(*)::text from messenger_messages where attempts > 0") == "0");
  server->start();

  BOOST_TEST(eventually([&] { return done_count() == 200; }));
  BOOST_TEST(eventually([&] { return outbox_is_empty() && broker_is_empty(); }, 20s));
  BOOST_TEST(text("select count(*)::text from messenger_failed_messages") == "0");
  BOOST_TEST(text("select count(*)::text from nova.messenger_broker_due()") == "0");
  BOOST_TEST((log.times("a broker cannot be used") > 0));
  BOOST_TEST((log.times("a broker can be used again") > 0));
}

BOOST_DATA_TEST_CASE(a_wrong_password_is_said_and_loses_nothing,
                     boost::unit_test::data::make(types), type) {
  if (!begin(type) || !checks_passwords(type))
    return;
  log_capture log;
  {
    auto engine = start_with("wrong-secret");
    send(10);
    BOOST_TEST(eventually([&] {
      return text("select count(*)::text from messenger_messages where last_error like "
                  "'refused: %' and status = 'pending' and attempts = 0")
             == "10";
    }));
    BOOST_TEST(eventually([&] {
      return text("select kind || ' ' || what from nova.messenger_broker_due()")
             == "transport/refused transport:far";
    }));
    BOOST_TEST((log.times("refused") > 0));
    BOOST_TEST(log.times("wrong-secret") == 0u);
    BOOST_TEST(text("select count(*)::text from messenger_messages where last_error like "
                    "'%wrong-secret%'")
               == "0");
    auto all = pg::find_trouble(conn, 100);
    BOOST_TEST(std::ranges::any_of(all, [](const auto& one) {
      return one.text.find("its broker cannot be used (refused)") != std::string::npos;
    }));
  }
  auto engine = start();
  BOOST_TEST(eventually([&] { return done_count() == 10; }));
}

BOOST_DATA_TEST_CASE(what_cannot_be_read_or_kills_its_processes_is_kept_here,
                     boost::unit_test::data::make(types), type) {
  if (!begin(type))
    return;
  auto other = transports::make_broker_client(
    {type, server->config(), "another program",
     std::make_shared<base::secrets>(
       std::map<std::string, std::string>{{"NOVA_SECRET_BROKER", server->password()}},
       std::string{})});
  BOOST_TEST(other
               ->publish({{"", "no json"},
                          {"", "{\"type\": \"work\", \"priority\": \"high\"}"},
                          {"", "{\"type\": \"work\", \"body\": \"\\u0000\"}"},
                          {"", "{\"type\": \"work\", \"expires_ms\": 1}"},
                          {"", "{\"type\": \"work\", \"body\": {\"x\": \"foreign\"}}"}})
               .empty());
  auto engine = start();

  BOOST_TEST(eventually([&] {
    return text("select count(*)::text from messenger_failed_messages") == "4" && done_count() == 1;
  }));
  BOOST_TEST(
    text("select string_agg(error_class || ' ' || body, ', ' order by error_class, body::text) "
         "from messenger_failed_messages where error_class <> 'expired'")
    == "undecodable \"no json\", undecodable \"{\\\"type\\\": \\\"work\\\", \\\"body\\\": "
       "\\\"\\\\u0000\\\"}\", undecodable \"{\\\"type\\\": \\\"work\\\", \\\"priority\\\": "
       "\\\"high\\\"}\"");
  BOOST_TEST(text("select string_agg(type, '') from messenger_failed_messages where error_class = "
                  "'expired'")
             == "work");
  std::lock_guard guard{mutex};
  BOOST_TEST(last.id < 0);
  BOOST_TEST(last.body == "{\"x\":\"foreign\"}");
}

BOOST_AUTO_TEST_CASE(a_transport_of_a_type_that_is_not_built_says_so) {
  // As a program without the client of RabbitMQ would find it.
  conn.run("alter table messenger_transports disable trigger messenger_check_transport; "
           "alter table messenger_transports drop constraint messenger_transports_type; "
           "insert into messenger_transports (name, type) values ('far', 'pigeon'); "
           "create or replace function nova.messenger_brokers() returns table (name text, type "
           "text, config text, "
           "open boolean) language sql security definer as $$ select t.name, t.type, '{}', true "
           "from public.messenger_transports t $$");
  log_capture log;
  engine one{url(), {}, "one", [](const std::vector<claimed_job>& some) {
               return std::vector<job_outcome>(some.size());
             }};
  BOOST_TEST(eventually(
    [&] { return (log.times("transport type pigeon is not built into this program") > 0); }));
  BOOST_TEST(eventually(
    [&] { return text("select error_class from nova.messenger_broker_states") == "not_built"; }));
}

BOOST_AUTO_TEST_SUITE_END()
