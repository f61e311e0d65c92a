#include "jobs/sql_handler.hpp"

#include "pg/cluster/register_node.hpp"
#include "pg/messenger/messenger_claim.hpp"
#include "pg/messenger/messenger_send.hpp"
#include "tests/support/database_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <map>
#include <optional>
#include <string>

using namespace nova;
using namespace nova::jobs;
using namespace std::chrono_literals;

namespace {

/// A role that may write one table, and functions of it.
struct fixture : test::database_fixture {
  fixture() {
    conn.run("do $$ begin create role clerk; exception when duplicate_object then null; end $$;"
             "create schema work; grant usage on schema work to clerk;"
             "create table work.ledger (job text, who text); grant insert on work.ledger to clerk;"
             "create function work.book(job jsonb) returns void language sql as"
             " $$ insert into work.ledger values (job ->> 'key', current_user) $$;"
             "create function work.refuse(job jsonb) returns void language plpgsql as"
             " $$ begin perform work.book(job); raise exception 'no such customer' using errcode = "
             "'NM007'; end $$;"
             "create function work.break(job jsonb) returns void language plpgsql as"
             " $$ begin perform work.book(job); perform 1 / 0; end $$;"
             "create function work.sleep(job jsonb) returns void language sql as $$ select "
             "pg_sleep(60) $$;"
             "create function work.peep(job jsonb) returns void language sql as"
             " $$ select count(*) from nova.cluster_secret $$;");
  }

  ~fixture() {
    // Roles outlive the database.
    conn.run("drop owned by clerk");
  }

  claimed_job claim() {
    conn.run("select public.messenger_send('order', '{\"n\": 1}')");
    auto taken = perform(pg::messenger_claim{.worker = "w"}).at(0);
    claimed_job job{source::message, "default", taken.id, taken.token, taken.type,
                    taken.queue,     {},        0,        0,           taken.headers,
                    taken.body};
    return job;
  }

  job_outcome run(const claimed_job& job, const std::string& function,
                  std::chrono::milliseconds timeout = 5s) {
    return perform(run_sql_job{{function, "clerk", timeout, R"({"key": "message-1"})"}, job});
  }

  std::string text(const char* sql) {
    auto name = names.try_emplace(sql, "test " + std::to_string(names.size())).first;
    auto answer = conn.exec(sql::statement{name->second.c_str(), sql});
    return std::get<0>(answer.one<std::optional<std::string>>()).value_or("");
  }

  std::map<std::string, std::string> names; // under which statements are prepared
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(sql_handler_test, fixture)

BOOST_AUTO_TEST_CASE(the_effect_and_the_end_are_one_transaction) {
  auto job = claim();
  auto outcome = run(job, "work.book");
  BOOST_TEST((outcome.what == verdict::done));
  BOOST_TEST(outcome.settled);
  BOOST_TEST(text("select string_agg(job || ' ' || who, ',') from work.ledger")
             == "message-1 clerk");
  BOOST_TEST(text("select count(*)::text from messenger_messages") == "0");
}

BOOST_AUTO_TEST_CASE(who_has_lost_the_lease_has_no_effect) {
  auto job = claim();
  --job.token;
  auto outcome = run(job, "work.book");
  BOOST_TEST(outcome.settled);
  BOOST_TEST(text("select count(*)::text from work.ledger") == "0");
  BOOST_TEST(text("select status from messenger_messages") == "processing");
}

BOOST_AUTO_TEST_CASE(an_error_takes_the_effect_back_and_is_tried_again) {
  auto outcome = run(claim(), "work.break");
  BOOST_TEST((outcome.what == verdict::retry));
  BOOST_TEST(outcome.error_class == "sql_22012");
  BOOST_TEST(text("select count(*)::text from work.ledger") == "0");
  BOOST_TEST(text("select current_user::text") == conn.user(), "the role is its own again");
}

BOOST_AUTO_TEST_CASE(a_function_may_say_that_it_can_never_be_done) {
  auto outcome = run(claim(), "work.refuse");
  BOOST_TEST((outcome.what == verdict::fail));
  BOOST_TEST(outcome.text.find("no such customer") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_function_that_takes_too_long_is_ended) {
  auto began = std::chrono::steady_clock::now();
  auto outcome = run(claim(), "work.sleep", 200ms);
  BOOST_TEST((std::chrono::steady_clock::now() - began < 20s), "not by the session's own limit");
  BOOST_TEST((outcome.what == verdict::retry));
  BOOST_TEST(outcome.error_class == "sql_57014");
}

BOOST_AUTO_TEST_CASE(a_function_has_the_rights_of_its_role_only) {
  auto outcome = run(claim(), "work.peep");
  BOOST_TEST(outcome.error_class == "sql_42501");
}

BOOST_AUTO_TEST_CASE(a_function_that_is_gone_is_named) {
  auto outcome = run(claim(), "work.gone");
  BOOST_TEST(outcome.error_class == "sql_42883");
  BOOST_TEST(outcome.text.find("work.gone") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_node_that_is_declared_dead_gives_its_jobs_back_in_that_transaction) {
  conn.run(
    "select nova.register_node('a', '{jobs}', '1'); select nova.register_node('b', '{jobs}', '1')");
  conn.run("select public.messenger_send('order', '{}')");
  conn.run("select public.messenger_claim('default', null, 'node/' || (select epoch from "
           "nova.cluster_nodes where name = 'a'))");
  BOOST_TEST(text("select status from messenger_messages") == "processing");
  conn.run("select nova.end_node((select id from nova.cluster_nodes where name = 'a'), 'dead', "
           "null, 'test')");
  BOOST_TEST(text("select status || ' ' || crashes || ' ' || attempts from messenger_messages")
             == "pending 1 0");
}

BOOST_AUTO_TEST_CASE(what_ends_its_second_process_alone_is_given_up) {
  auto job = claim();
  conn.run("update messenger_messages set crashes = 1");
  conn.run(
    ("update messenger_messages set locked_by = 'w alone' where id = " + std::to_string(job.id))
      .c_str());
  conn.run("select public.messenger_rescue('{w}')");
  BOOST_TEST(text("select error_class from messenger_failed_messages") == "worker_lost");
}

BOOST_AUTO_TEST_SUITE_END()
