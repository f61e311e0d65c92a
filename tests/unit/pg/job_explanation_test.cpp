#include "schema/statement.hpp"
#include "tests/unit/pg/look_fixture.hpp"

#include <boost/test/data/test_case.hpp>

#include <string>

using namespace nova;
using test::state_case;

namespace {

const std::string handler =
  "insert into nova.messenger_handlers (type, kind, config) values ('report', 'http', "
  "'{\"url\": \"https://example.com\"}');";

const std::string node =
  "insert into nova.cluster_nodes (epoch, state, name, roles, lease_until) values (7, 'up', 'n1', "
  "'{jobs}', clock_timestamp() + interval '1 hour');";

std::string send(const std::string& more = "") {
  return "select from messenger_send(array['{\"type\": \"report\", \"tenant_id\": \"acme\"" + more
         + "}'::jsonb]);";
}

const std::string any_id(36, '?');

/// The one message is claimed; then it fails so often.
std::string claimed(int failures = 0, const std::string& error_class = "http_500") {
  std::string all;
  auto once = "update nova.messenger_delayed set due_at = clock_timestamp();"
              "select from messenger_claim('default', null, 'node/7', 1);";
  for (int n = 0; n < failures; ++n)
    all += once
           + ("select from messenger_fail((select array_agg(id) from messenger_messages), (select "
              "array_agg(token) from messenger_messages), array['no reply'], array['"
              + error_class + "']);");
  return failures > 0 ? all : once;
}

std::string key(const std::string& limit, const std::string& values) {
  return "update nova.messenger_handlers set " + limit
         + ";insert into nova.job_keys (handler, key, failures, open_until) select id, " + values
         + " from nova.messenger_handlers;";
}

/// The chain of the one message, its steps one after the other.
const state_case of_chains[] = {
  {"a_message_in_line", handler + node + send() + send(),
   "ok sent: report for queue default of transport default, priority 0 -> \n"
   "ok due: it may be done now -> \n"
   "ok transport: transport default gives messages out -> \n"
   "ok handler: a handler of kind http does type report -> \n"
   "ok nodes: 1 living nodes have the role jobs -> \n"
   "BLOCKS line: ? messages go before it, of those that share the lane of queue default -> jobs"},
  {"nobody_has_the_role", handler + send(),
   "BLOCKS nodes: 0 living nodes have the role jobs -> nova run --roles jobs"},
  {"no_handler_for_its_type", handler + node + send(R"(, "type": "other")"),
   "BLOCKS handler: no handler is set for type other, so it fails with class no_handler -> nova "
   "messenger handlers set --type other (--http URL | --sql FUNCTION --as ROLE)"},
  {"a_transport_of_others", node + send(),
   "ok handler: no handler names transport default: workers of your own claim it -> "},
  {"a_transport_that_is_paused",
   handler + node + send()
     + "insert into messenger_transports (name, type, paused) values ('default', 'supabase', true)",
   "BLOCKS transport: transport default is paused -> nova messenger transports --resume default"},
  {"a_message_for_later", handler + node + send(R"(, "delay": "1 hour")"),
   "BLOCKS due: it is not to be done before this time -> nothing: it comes by itself"},
  {"a_key_that_is_stopped",
   handler + node + send()
     + key("limit_key = 'tenant', breaker_failures = 3",
           "'acme', 3, clock_timestamp() + interval '99 s'"),
   "BLOCKS key: its key 'acme' is stopped for 99 s more, after 3 failures in a row -> keys"},
  {"a_key_that_is_full",
   handler + node + send(R"(, "body": {"account": 5})")
     + key("limit_key = '/body/account', limit_running = 1", "'5', 0, null")
     + "insert into nova.job_permits (handler, key, job, worker, until) select handler, key, 'x', "
       "'w', clock_timestamp() + interval '1 minute' from nova.job_keys;",
   "BLOCKS key: 1 jobs of its key '5' run: that is its limit -> keys"},
  {"a_key_of_another",
   handler + node + send()
     + key("limit_key = 'tenant', breaker_failures = 3",
           "'other', 3, clock_timestamp() + interval '99 s'"),
   "BLOCKS line: 0 messages go before it, of those that share the lane of queue default -> jobs"},
  {"somebody_works_at_it", handler + node + send() + claimed(),
   "ok claimed: n1 works at it, attempt 1 -> "},
  {"a_lease_that_is_over",
   handler + node + send() + claimed()
     + "update messenger_messages set locked_until = clock_timestamp() - interval '1 s';",
   "BLOCKS claimed: the lease of n1 has run out: the next look takes it back -> nothing: a node "
   "with the role jobs does it within seconds"},
  {"what_failed_is_told", handler + node + send() + claimed(1),
   "ok tried: attempt 1 failed on node/7: http_500: no reply -> "},
  {"what_was_given_up", handler + node + send() + claimed(3),
   "BLOCKS ended: given up with class http_500, as failure " + any_id
     + " -> nova messenger failed retry " + any_id},
  {"what_was_sent_again",
   handler + node + send() + claimed(3)
     + "update messenger_failed_messages set retried_at = now(), retried_as = 5, retried_by = "
       "'eve';",
   "ok ended: sent again as message 5 by eve -> "},
  {"what_is_done", "",
   "BLOCKS unknown: no message waits, runs or was given up under this id; what is done leaves no "
   "row -> nova messenger failed list"},
};

constexpr sql::statement newest{"newest",
                                "select coalesce((select max(id) from messenger_messages), (select "
                                "max(message_id) from messenger_failed_messages), 1)::text"};

struct fixture : test::look_fixture {
  std::vector<std::string> chain(const std::string& id) {
    config.swap(asked = id);
    auto steps = look("job");
    config.swap(asked);
    return steps;
  }

  std::string asked;
};

} // namespace

BOOST_AUTO_TEST_SUITE(an_explained_job)

BOOST_DATA_TEST_CASE_F(fixture, says, of_chains, one) {
  if (!one.change.empty())
    change(one.change);
  auto steps = chain(conn.exec(newest).value<std::string>());

  // Each line of what is expected is a step, in this order.
  size_t next = 0;
  for (size_t begin = 0; begin < one.says.size();) {
    auto end = std::min(one.says.find('\n', begin), one.says.size());
    auto wanted = one.says.substr(begin, end - begin);
    auto name = wanted.substr(0, wanted.find(':'));
    while (next < steps.size() && !steps[next].starts_with(name))
      ++next;
    BOOST_TEST_REQUIRE(next < steps.size(), one.says << " is not told");
    expect(steps[next++], wanted);
    begin = end + 1;
  }
}

BOOST_FIXTURE_TEST_CASE(is_found_by_the_id_of_its_failure, fixture) {
  change(handler + send() + claimed(3));
  auto failure =
    conn.exec(sql::statement{"failure", "select id::text from messenger_failed_messages"})
      .value<std::string>();

  BOOST_TEST(chain(failure) == chain(conn.exec(newest).value<std::string>()),
             boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(is_no_word_that_breaks_the_look, fixture) {
  for (const auto* id : {"", "nonsense", "99999999999999999999999999", "-1", "1; drop table x"})
    BOOST_TEST(chain(id).at(0).starts_with("BLOCKS unknown"), id);
}

BOOST_AUTO_TEST_SUITE_END()
