#include "app/node.hpp"
#include "pg/migrator.hpp"
#include "tests/support/node_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace nova;

namespace {

void no_death(const std::string& reason) {
  BOOST_ERROR("the node gave up: " + reason);
}

} // namespace

BOOST_AUTO_TEST_SUITE(worker_role_test)

BOOST_AUTO_TEST_CASE(a_node_that_owns_nothing_does_a_whole_backfill) {
  test::node_fixture f{test::a_mailbox(30)};
  pg::migrator{f.conn}.make_worker("nova_node_worker");
  auto config = f.start_backfill(f.add_inbox());
  auto settings = f.settings();
  auto owner = settings.database.url.find("postgres@");
  BOOST_REQUIRE(owner != std::string::npos);
  settings.attachments.bytes_max = 1 << 20;
  settings.attachments.look = std::chrono::milliseconds{100};
  settings.database.url.replace(owner, std::string{"postgres"}.size(), "nova_node_worker");

  app::node node{std::move(settings), no_death};

  BOOST_TEST(test::eventually([&] { return f.backfill_status(config) == "completed"; }));
  BOOST_TEST(test::differences(f.conn, f.provider, f.grant()) == std::vector<std::string>{},
             boost::test_tools::per_element());
  BOOST_TEST(test::broken_invariants(f.conn) == std::vector<std::string>{},
             boost::test_tools::per_element());
  constexpr sql::statement with_bytes{
    "with_bytes",
    "select count(*) > 0 and count(*) = count(b.sha256) from flux_email_attachments a "
    "left join nova.attachment_bytes b using (inbox_id, nylas_message_id, "
    "nylas_attachment_id)"};
  BOOST_TEST(test::eventually([&] { return f.conn.exec(with_bytes).value<bool>(); }));
  constexpr sql::statement failures{"failures", "select coalesce(string_agg(reason, '; '), '') "
                                                "from nova.actor_failures"};
  BOOST_TEST(f.conn.exec(failures).value<std::string>() == "");
}

BOOST_AUTO_TEST_SUITE_END()
