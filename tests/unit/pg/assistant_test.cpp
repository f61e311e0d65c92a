#include "pg/assistant/assistant_active_users.hpp"
#include "pg/assistant/assistant_feedback.hpp"
#include "pg/assistant/assistant_sees_everything.hpp"
#include "pg/assistant/assistant_usage.hpp"
#include "pg/assistant/find_tenant.hpp"
#include "tests/support/database_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;

namespace {

struct fixture : test::database_fixture {
  fixture() {
    conn.run("insert into tenants (id, name, slug) values ('t1', 'One', 'one'), ('t2', 'Two', "
             "'two'), ('two', 'Three', 'three')");
    conn.run("insert into users (id, tenant_id, email) values ('u1', 't1', 'a'), ('u2', 't1', 'b'),"
             " ('u3', 't2', 'c')");
    conn.run("insert into usage_metrics (tenant_id, user_id, date, total_messages, total_tokens, "
             "estimated_cost) values ('t1', 'u1', current_date, 1, 10, 0.5), ('t1', 'u2', "
             "current_date, 2, 20, 0.25), ('t2', 'u3', current_date - 3, 4, 400, 4)");
    conn.run("insert into conversations (id, tenant_id, user_id) values ('c', 't1', 'u1')");
    conn.run("insert into messages (id, conversation_id, role, content) values ('m', 'c', "
             "'assistant', 'x')");
    conn.run("insert into feedback (message_id, user_id, rating) values ('m', 'u1', 1), ('m', "
             "'u2', -1)");
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(assistant_test, fixture)

BOOST_AUTO_TEST_CASE(active_users_are_counted_by_day_of_all_tenants_or_of_one) {
  auto all = perform(pg::assistant_active_users{30, ""});
  BOOST_REQUIRE(all.size() == 2u);
  BOOST_TEST(all[0].users == 2u);
  BOOST_TEST(all[1].users == 1u);
  BOOST_TEST(all[0].day > all[1].day);
  BOOST_TEST(perform(pg::assistant_active_users{2, ""}).size() == 1u);
  BOOST_TEST(perform(pg::assistant_active_users{30, "t2"}).size() == 1u);
  BOOST_TEST(perform(pg::assistant_active_users{30, "nobody"}).empty());
}

BOOST_AUTO_TEST_CASE(feedback_is_summed_by_day) {
  auto days = perform(pg::assistant_feedback{30, "t1"});
  BOOST_REQUIRE(days.size() == 1u);
  BOOST_TEST(days[0].positive == 1u);
  BOOST_TEST(days[0].negative == 1u);
  BOOST_TEST(days[0].average == 0.0);
  BOOST_TEST(perform(pg::assistant_feedback{30, "t2"}).empty());
}

BOOST_AUTO_TEST_CASE(usage_lists_the_largest_tenant_first) {
  auto tenants = perform(pg::assistant_usage{7, ""});
  BOOST_REQUIRE(tenants.size() == 2u);
  BOOST_TEST(tenants[0].name == "Two");
  BOOST_TEST(tenants[0].tokens == 400u);
  BOOST_TEST(tenants[1].users == 2u);
  BOOST_TEST(tenants[1].messages == 3u);
  BOOST_TEST(tenants[1].cost == "0.75");
}

BOOST_AUTO_TEST_CASE(a_tenant_is_found_by_id_before_slug) {
  BOOST_TEST(perform(pg::find_tenant{"one"}).value() == "t1");
  BOOST_TEST(perform(pg::find_tenant{"t2"}).value() == "t2");
  BOOST_TEST(perform(pg::find_tenant{"two"}).value() == "two");
  BOOST_TEST(!perform(pg::find_tenant{"four"}));
}

BOOST_AUTO_TEST_CASE(a_role_from_which_policies_hide_rows_is_told_apart) {
  BOOST_TEST(perform(pg::assistant_sees_everything{}));
  conn.run("set role authenticated");
  BOOST_TEST(!perform(pg::assistant_sees_everything{}));
  conn.run("set role service_role");
  BOOST_TEST(perform(pg::assistant_sees_everything{}));
}

BOOST_AUTO_TEST_SUITE_END()
