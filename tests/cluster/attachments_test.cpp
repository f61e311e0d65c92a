#include "nylas/digest.hpp"
#include "simulator/generator.hpp"
#include "tests/cluster/node_process.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;
using namespace std::chrono_literals;
using test::eventually;
using test::node_process;

namespace {

constexpr sql::statement in_state{"in_state",
                                  "select count(*) from nova.attachment_bytes where state = $1"};
constexpr sql::statement held_by{
  "held_by", "select count(*) from nova.attachment_bytes b join nova.cluster_nodes n on n.epoch = "
             "b.claimed_by where n.name = $1"};
constexpr sql::statement has_content{
  "has_content", "select count(*) from nova.attachment_bytes b join nova.attachment_contents c "
                 "using (sha256) where b.nylas_message_id = $1 and b.nylas_attachment_id = $2 and "
                 "c.sha256 = $3 and sha256(c.content) = c.sha256"};

simulator::options slow_mailbox() {
  auto options = test::a_mailbox(30, 2);
  options.grants.front().mailbox.attachment_rate = 0.7;
  options.settings.latency = 100ms;
  return options;
}

} // namespace

BOOST_AUTO_TEST_SUITE(attachments_test)

BOOST_AUTO_TEST_CASE(what_a_node_was_fetching_when_it_was_killed_comes_by_another) {
  test::node_fixture f{slow_mailbox()};
  const std::map<std::string, std::string> bytes{{"NOVA_STORE_ATTACHMENTS", "1MB"}};
  auto config = f.start_backfill(f.add_inbox());
  auto first = std::make_unique<node_process>(f, "n1", bytes);
  auto count = [&](const sql::statement& which, const std::string& of) {
    return f.conn.exec(which, of).value<uint64_t>();
  };
  BOOST_REQUIRE(eventually([&] { return f.backfill_status(config) == "completed"; }, 60s));
  BOOST_REQUIRE(
    eventually([&] { return count(in_state, "stored") > 0 && count(held_by, "n1") > 0; }));
  BOOST_REQUIRE(first->freeze());
  auto held = count(held_by, "n1");
  first->signal(SIGKILL);
  BOOST_TEST(held > 0u);

  const node_process second{f, "n2", bytes};

  uint64_t wanted = 0;
  f.provider.visit_truth(f.grant(), [&](const simulator::message_record& message) {
    wanted += message.draft ? 0 : message.attachments.size();
  });
  BOOST_TEST(wanted > 20u);
  BOOST_TEST(eventually([&] { return count(in_state, "stored") == wanted; }, 60s),
             count(in_state, "stored") << " of " << wanted);
  f.provider.visit_truth(f.grant(), [&](const simulator::message_record& message) {
    for (const auto& file : message.attachments)
      if (!message.draft)
        BOOST_TEST(f.conn
                     .exec(has_content, message.id, file.id,
                           pg::bytes{nylas::sha256_of(attachment_bytes(file))})
                     .value<uint64_t>()
                   == 1u);
  });
}

BOOST_AUTO_TEST_SUITE_END()
