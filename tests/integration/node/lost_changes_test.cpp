#include "app/verification.hpp"
#include "tests/integration/node/reported_case.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdlib>
#include <ostream>
#include <set>

using namespace nova;
using namespace std::chrono_literals;

namespace {

bool at_length() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing sets it
  return std::getenv("NOVA_SOAK") != nullptr;
}

/// Loses notifications, cuts lists and answers short, shifts pages under who reads them, and leaves
/// out a field that the owner of an application may have taken away.
simulator::options a_lossy_mailbox(simulator::provider kind) {
  auto options = small_mailbox(at_length() ? 4000 : 80, 3, kind);
  options.grants.front().habits.offset_cursors = true;
  if (kind == simulator::provider::imap)
    options.grants.front().mailbox.span = std::chrono::days{80}; // Nylas keeps ninety
  // Of notifications; of the short run so many that some are lost.
  options.settings.webhooks_lost = at_length() ? 0.005 : 0.05;
  options.settings.fields_left_out = "snippet";
  options.faults = R"({"rules": [
    {"path_regex": "^/v3/grants/[^/]+/messages$", "fault": "short-page", "rate": 0.1},
    {"path_regex": "^/v3/grants/[^/]+/messages$", "fault": "long-page", "rate": 0.05},
    {"path_regex": "^/v3/grants/[^/]+/messages$", "fault": "empty-page", "rate": 0.05},
    {"path_regex": "^/v3/grants/", "fault": "truncated-json", "rate": 0.02},
    {"path_regex": "^/v3/grants/", "fault": "cut-body", "rate": 0.02}]})";
  return options;
}

simulator::live_options many_changes() {
  simulator::live_options live;
  live.rate = 0;
  live.count = at_length() ? 20'000 : 300;
  live.mix.move = 2;
  live.how.truncated = 0.1;
  live.how.transformed = 0.05;
  live.how.mislabelled = 0.05;
  live.how.duplicates = 0.05;
  live.how.reorder = 100ms;
  return live;
}

/// A mailbox that was brought in, and then changed while notifications got lost.
struct lossy_fixture : reported_fixture {
  explicit lossy_fixture(simulator::provider kind) : reported_fixture(a_lossy_mailbox(kind)) {
    how.certifier.enabled = false;
    start();
    inbox = add_inbox();
    auto config = start_backfill(inbox);
    BOOST_REQUIRE(test::eventually([&] { return backfill_status(config) == "completed"; }, 300s));
    BOOST_REQUIRE(test::eventually([&] { return !address.empty(); }));
    provider.add_webhook_target("http://" + address + "/webhooks/nylas");
    BOOST_REQUIRE(provider.start_live(many_changes()));
    test::eventually([&] { return !provider.live().progress().running; }, 600s);
    handled(300s);
    for (const auto& one : provider.webhooks().lost())
      lost.insert(one.object_id);
    // What was in doubt is fetched some seconds later.
    test::eventually([&] { return std::ranges::includes(lost, look()); }, 30s);
    stop();
    look();
  }

  app::verification certify_by_hand(simulator::provider kind) {
    app::verification_scope all;
    all.inbox = inbox_id{inbox};
    all.grant_id = grant();
    all.provider = to_string(kind);
    all.by = "a test";
    return app::verify_mailbox(conn, settings().api, all);
  }

  /// What the certifier does by itself.
  void certify_alone() {
    how.certifier.enabled = true;
    start();
    BOOST_TEST(test::eventually([&] { return certified_backfills() == 1; }, 300s));
    expect_proven(at_length() ? 900s : 40s);
  }

  bool is_named(const std::string& id) {
    return names("missing", id) || names("extra", id) || names("differing", id);
  }

  const std::set<std::string>& look() {
    different = test::differing_messages(conn, provider, grant());
    return different;
  }

  std::string inbox;
  std::set<std::string> different; // what is not as the provider has it
  std::set<std::string> lost;      // of what nobody was told
};

} // namespace

namespace nova::simulator {

std::ostream& operator<<(std::ostream& out, provider which) {
  return out << to_string(which);
}

} // namespace nova::simulator

BOOST_AUTO_TEST_SUITE(lost_changes)

BOOST_DATA_TEST_CASE(what_was_lost_is_named_by_hand_and_by_the_certifier_that_mends_it,
                     boost::unit_test::data::make({simulator::provider::google,
                                                   simulator::provider::microsoft,
                                                   simulator::provider::imap}),
                     kind) {
  lossy_fixture f{kind};
  BOOST_TEST_REQUIRE(!f.different.empty());
  for (const auto& id : f.different)
    BOOST_TEST(f.lost.contains(id), id << " differs, and Nova was told of it");

  BOOST_TEST(!f.certify_by_hand(kind).equal());
  for (const auto& id : f.different)
    BOOST_TEST(f.is_named(id), id << " is not named");
  BOOST_TEST(test::differing_messages(f.conn, f.provider, f.grant()) == f.different,
             "who only looks mends nothing");

  f.certify_alone();
}

BOOST_AUTO_TEST_SUITE_END()
