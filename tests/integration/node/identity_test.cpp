// Mail that its provider gives another id, against a mailbox with the habits of Microsoft.
#include "base/clock.hpp"
#include "pg/email/add_inbox.hpp"
#include "pg/explanation.hpp"
#include "simulator/world.hpp"
#include "tests/support/node_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <optional>

using namespace nova;
using namespace std::chrono_literals;

namespace {

void no_death(const std::string& reason) {
  BOOST_ERROR("the node gave up: " + reason);
}

struct fixture : test::node_fixture {
  fixture() : test::node_fixture{mailbox()} {
    auto inbox = pg::add_inbox{"owner@example.com", grant_id{grant()}, "microsoft"}.run(conn);
    auto config = start_backfill(inbox.id.value);
    node.emplace(quick(), no_death);
    BOOST_REQUIRE(test::eventually([&] { return backfill_status(config) == "completed"; }, 60s));
  }

  static simulator::options mailbox() {
    auto options = test::a_mailbox(10, 2);
    options.grants.front().provider = simulator::provider::microsoft;
    options.webhooks.time_scale = 0.001;
    return options;
  }

  app::node_settings quick() {
    auto made = settings();
    made.reconcile.sweep_look = 200ms;
    made.http.enabled = true;
    made.http.trust.secrets = {provider.webhook_secret()};
    made.listening = [this](const app::node_addresses& at) { address = at.http; };
    return made;
  }

  simulator::grant_state& mail() {
    return *provider.state().grants().front();
  }

  std::string create(const simulator::new_message& wanted) {
    return provider.change().quiet().create(mail(), wanted)->id;
  }

  std::string create(const std::string& subject) {
    simulator::new_message wanted;
    wanted.subject = subject;
    return create(wanted);
  }

  /// Into another folder, where it has another id; webhooks are told only when `told`.
  std::string move(const std::string& id, bool told = false) {
    const auto& folders = mail().mail->source().folders();
    auto change = told ? provider.change() : provider.change().quiet();
    return change.move(mail(), id, folders.back().id)->id;
  }

  std::string value(const std::string& text) {
    pg::connection other{url()};
    return other.exec({"value", text.c_str()}).value<std::string>();
  }

  void run(const std::string& text) {
    conn.run(text.c_str());
  }

  bool becomes(const std::string& text, const std::string& wanted) {
    return test::eventually([&] { return value(text) == wanted; }, 30s);
  }

  /// Everything that came lately is listed again.
  void sweep() {
    run("update flux_inboxes set last_swept_at = null, sweep_claimed_until = null");
    BOOST_REQUIRE(
      becomes("select bool_and(last_swept_at is not null)::text from flux_inboxes", "true"));
  }

  /// The minute between two 404s passes.
  void let_a_minute_pass() {
    run("update flux_email_messages set not_found_at = not_found_at - interval '1 minute', "
        "refetch_at = now() where not_found > 0 and deleted_at is null");
  }

  std::string living(const std::string& subject) {
    return "select coalesce(string_agg(nylas_message_id, ' ' order by nylas_message_id), '') from "
           "flux_email_messages where deleted_at is null and subject = '"
           + subject + "'";
  }

  std::string row_of(const std::string& id) {
    return value("select id::text from flux_email_messages where nylas_message_id = '" + id + "'");
  }

  std::string address;
  std::optional<app::node> node;
  const std::string ties = "select coalesce(string_agg(former_id || '>' || message_id, ' '), '') "
                           "from nova.message_former_ids";
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(identity_test, fixture)

BOOST_AUTO_TEST_CASE(a_move_that_nobody_tells_of_ends_as_one_row_once_the_old_id_is_gone) {
  auto first = create("Moved");
  sweep();
  auto row = row_of(first);
  auto second = move(first);
  BOOST_TEST(first != second);

  sweep();
  BOOST_TEST(becomes("select max(not_found)::text from flux_email_messages", "1"));
  BOOST_TEST(value(ties) == "");
  let_a_minute_pass();

  BOOST_TEST(becomes(ties, first + ">" + second));
  BOOST_TEST(value(living("Moved")) == second);
  BOOST_TEST(row_of(second) == row);
  BOOST_TEST(test::differences(conn, provider, grant()) == std::vector<std::string>{},
             boost::test_tools::per_element());
  BOOST_TEST(test::broken_invariants(conn) == std::vector<std::string>{},
             boost::test_tools::per_element());
  auto told = pg::explain_message(conn, {first}, 100);
  BOOST_TEST(!told.stored);
  BOOST_TEST(std::any_of(told.steps.begin(), told.steps.end(), [&](const auto& step) {
    return step.text == "the provider gave it another id: it is " + second + " now";
  }));
}

BOOST_AUTO_TEST_CASE(a_move_that_is_told_as_deleted_and_created_is_one_row_when_it_is_confirmed) {
  auto first = create("Told");
  sweep();
  auto row = row_of(first);
  BOOST_REQUIRE(test::eventually([&] { return !address.empty(); }));
  provider.add_webhook_target("http://" + address + "/webhooks/nylas");

  auto second = move(first, true);
  BOOST_TEST(becomes(living("Told"), second));
  // Known from a notification, which has no headers, it is read after five minutes.
  run("update flux_email_messages set refetch_at = now() where provisional");

  BOOST_TEST(becomes(ties, first + ">" + second));
  BOOST_TEST(value(living("Told")) == second);
  BOOST_TEST(row_of(second) == row);
}

BOOST_AUTO_TEST_CASE(two_that_are_both_there_stay_two_whatever_their_message_ids_say) {
  simulator::new_message copy;
  copy.subject = "Twin";
  copy.header_id = "<twin@example.com>";
  copy.date = base::seconds_of(base::wall_now()) - 3600;
  copy.from = {{"Bob", "bob@example.com"}};
  auto sent = create(copy);
  sweep();
  auto came_back = create(copy);
  auto forged = copy;
  forged.from = {{"Eve", "eve@example.com"}};
  forged.subject = "Forged";
  create(forged);

  sweep();
  BOOST_TEST(
    becomes("select count(*)::text from flux_email_messages where refetch_at is not null", "0"));
  BOOST_TEST(value("select count(*)::text from flux_email_messages where rfc822_message_id = "
                   "'twin@example.com' and deleted_at is null")
             == "3");
  // One of them is deleted for good: the other is not it.
  provider.change().quiet().remove(mail(), sent);
  run("update flux_email_messages set refetch_at = now() where nylas_message_id = '" + sent + "'");
  BOOST_TEST(becomes("select max(not_found)::text from flux_email_messages", "1"));
  let_a_minute_pass();

  BOOST_TEST(becomes(living("Twin"), came_back));
  BOOST_TEST(value(ties) == "");
  BOOST_TEST(test::differences(conn, provider, grant()) == std::vector<std::string>{},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
