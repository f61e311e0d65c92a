#include "nylas/digest.hpp"
#include "simulator/generator.hpp"
#include "tests/support/node_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <string>

using namespace nova;
using namespace std::chrono_literals;

namespace {

constexpr uint64_t kib = 1024;

void no_death(const std::string& reason) {
  BOOST_ERROR("the node gave up: " + reason);
}

constexpr sql::statement waiting{
  "waiting",
  "select count(*) from flux_email_attachments a left join nova.attachment_bytes b using "
  "(inbox_id, nylas_message_id, nylas_attachment_id) where b.state is null or b.state = "
  "'due'"};
constexpr sql::statement states{
  "states", "select nylas_message_id || '/' || nylas_attachment_id, case state when 'stored' then "
            "encode(sha256, 'hex') else state end from nova.attachment_bytes"};
constexpr sql::statement wrong{
  "wrong", "select count(*) from nova.attachment_contents where sha256 <> sha256(content)"};
constexpr sql::statement understate{"understate", "update flux_email_attachments set size = 10"};
constexpr sql::statement rows{"rows", "select count(*) from flux_email_attachments"};

simulator::options with_attachments() {
  auto options = test::a_mailbox(25, 2);
  options.grants.front().mailbox.attachment_rate = 0.6;
  return options;
}

struct fixture : test::node_fixture {
  fixture() : node_fixture(with_attachments()) {}

  app::node_settings settings_with(uint64_t bytes_max) const {
    auto made = settings();
    made.attachments.bytes_max = bytes_max;
    made.attachments.look = 100ms;
    return made;
  }

  void backfill(const app::node_settings& how) {
    auto config = start_backfill(inbox);
    app::node node{how, no_death};
    BOOST_REQUIRE(test::eventually([&] { return backfill_status(config) == "completed"; }));
    if (how.attachments.bytes_max > 0)
      fetch_all();
  }

  void fetch_all() {
    BOOST_TEST(test::eventually([&] { return conn.exec(waiting).value<uint64_t>() == 0; }, 60s));
  }

  /// What of each attachment of the mailbox should be there: the sha256 of its bytes, or that it is
  /// too large.
  std::map<std::string, std::string> expected(uint64_t bytes_max) {
    std::map<std::string, std::string> all;
    provider.visit_truth(grant(), [&](const simulator::message_record& message) {
      for (const auto& file : message.attachments)
        if (!message.draft)
          all[message.id + '/' + file.id] =
            file.size > bytes_max ? "too_large" : hex(nylas::sha256_of(attachment_bytes(file)));
    });
    return all;
  }

  static std::string hex(const std::string& raw) {
    std::string text;
    for (unsigned char byte : raw)
      for (auto half : {unsigned{byte} >> 4U, unsigned{byte} & 15U})
        text += "0123456789abcdef"[half];
    return text;
  }

  std::map<std::string, std::string> found() {
    std::map<std::string, std::string> all;
    for (auto& [id, what] : conn.exec(states).rows<std::string, std::string>())
      all.emplace(std::move(id), std::move(what));
    return all;
  }

  std::string inbox = add_inbox();
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(attachment_test, fixture)

BOOST_AUTO_TEST_CASE(a_node_stores_the_bytes_of_all_attachments_as_the_provider_has_them) {
  backfill(settings_with(1024 * kib));

  BOOST_TEST(found().size() > 30u);
  BOOST_TEST((found() == expected(1024 * kib)));
  BOOST_TEST(conn.exec(wrong).value<uint64_t>() == 0u);
}

BOOST_AUTO_TEST_CASE(
  what_is_listed_as_small_and_is_large_is_cut_off_and_comes_when_the_limit_grows) {
  backfill(settings_with(0));
  BOOST_TEST(found().empty());
  conn.exec(understate);

  {
    app::node node{settings_with(20 * kib), no_death};
    fetch_all();
  }
  BOOST_TEST((found() == expected(20 * kib)));
  BOOST_TEST((expected(20 * kib) != expected(1024 * kib)));

  app::node node{settings_with(1024 * kib), no_death};
  BOOST_TEST(test::eventually([&] { return found() == expected(1024 * kib); }, 60s));
}

BOOST_AUTO_TEST_CASE(a_failing_provider_delays_bytes_and_loses_none) {
  provider.state().set_faults(*simulator::fault_script::parse(
    R"({"rules":[{"fault":"429","path_regex":"/download","every":3,"retry_after":1}]})"));
  backfill(settings_with(1024 * kib));
  BOOST_TEST((found() == expected(1024 * kib)));
}

BOOST_AUTO_TEST_CASE(where_nothing_is_kept_no_row_is_written_and_nothing_is_fetched) {
  auto how = settings_with(0);
  how.store.attachments_listed = false;
  backfill(how);
  BOOST_TEST(conn.exec(rows).value<uint64_t>() == 0u);
  BOOST_TEST(found().empty());
  BOOST_TEST(test::broken_invariants(conn) == std::vector<std::string>{},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
