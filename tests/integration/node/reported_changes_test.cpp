#include "pg/email/add_inbox.hpp"
#include "pg/email/list_inboxes.hpp"
#include "tests/integration/node/reported_case.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

// What is told of changes, told wrongly or not at all, and what is done to the database.

using namespace nova;
using namespace std::chrono_literals;

namespace {

constexpr sql::statement stored{"stored", "select count(*) from flux_email_messages"};
constexpr sql::statement go_back{
  "go_back", "with gone as (delete from flux_email_messages where message_date > now() - interval "
             "'60 days' returning 1), old as (update flux_email_messages set unread = not unread "
             "where message_date <= now() - interval '60 days' returning 1) select 1"};
constexpr sql::statement delete_a_row{
  "delete_a_row", "delete from flux_email_messages where nylas_message_id = $1"};

constexpr auto microsoft = simulator::provider::microsoft;
constexpr auto google = simulator::provider::google;

const std::string& folder(reported_fixture& f, simulator::folder_role role) {
  return f.owner().mail->source().folders()[role].id;
}

/// So many changes of one kind, as fast as they go.
void live(reported_fixture& f, const simulator::live_mix& mix, uint64_t count) {
  simulator::live_options options;
  options.rate = 0;
  options.count = count;
  options.mix = mix;
  BOOST_REQUIRE(f.provider.start_live(options));
  BOOST_REQUIRE(test::eventually([&] { return !f.provider.live().progress().running; }));
}

simulator::options slow_index() {
  auto options = small_mailbox();
  options.settings.index_lag = 700ms;
  return options;
}

simulator::options numbered_cursors() {
  auto options = small_mailbox(40);
  options.grants.front().habits.offset_cursors = true;
  options.settings.clamp_limits = true;
  options.settings.messages_page_max = 5;
  return options;
}

const std::vector<reported_case> cases = {
  {"an update that is told before the creation is not undone by it", "Shopify/shopify-app-js#603",
   small_mailbox(),
   [](reported_fixture& f) {
     f.begin_told();
     auto first = f.put(days_ago(0, 1));
     auto later = *f.quiet().edit(f.owner(), first.id, {{}, {}, {}, false, true});
     f.tell(simulator::message_event(f.owner(), "message.updated", later));
     f.handled();
     f.tell(simulator::message_event(f.owner(), "message.created", first));
     f.handled();
   }},
  {"creations of old mail that are told again change nothing", "postalsys/emailengine#104",
   small_mailbox(),
   [](reported_fixture& f) {
     f.begin_told();
     auto before = f.count(stored);
     for (const auto& message : f.mail())
       f.tell(simulator::message_event(f.owner(), "message.created", message));
     f.handled();
     f.expect_equal();
     BOOST_TEST(f.count(stored) == before);
   }},
  {"an update of a message that is gone is handled once",
   "Rexezuge-CloudflareWorkers/Mail-Otter#237", small_mailbox(),
   [](reported_fixture& f) {
     f.begin_told();
     auto gone = f.mail().front();
     f.quiet().remove(f.owner(), gone.id);
     f.tell(simulator::truncate(simulator::message_event(f.owner(), "message.updated", gone)));
     f.handled();
   }},
  {"a message that cannot be read yet when it is told of is read later",
   "postalsys/emailengine#210", slow_index(),
   [](reported_fixture& f) {
     f.begin_told();
     simulator::distortion how;
     how.truncated = 1;
     f.provider.webhooks().distort(how);
     for (int i = 0; i < 5; ++i)
       f.provider.change().create(f.owner(), {});
     f.handled();
   }},
  {"the last of many turns of a flag counts, also when nobody is told of it",
   "nylas/sync-engine#145", small_mailbox(),
   [](reported_fixture& f) {
     f.begin_told();
     auto id = f.mail().front().id;
     for (int i = 0; i < 21; ++i)
       f.provider.change().edit(f.owner(), id, {{}, {}, {}, i % 2 == 0, {}});
     f.handled();
     f.expect_equal();
     f.quiet().edit(f.owner(), id, {{}, {}, {}, false, {}});
   }},
  {"a label on every message of a mailbox is on every row", "s1t5/mail-archiver#116",
   small_mailbox(30, 4, google),
   [](reported_fixture& f) {
     f.begin_told();
     for (const auto& message : f.mail()) {
       auto folders = message.folders;
       folders.push_back("Label_audit");
       f.provider.change().edit(f.owner(), message.id, {{}, {}, folders, {}, {}});
     }
     f.handled();
     f.expect_equal();
   }},
  {"a draft that is sent is one message, the sent one", "nylas/nylas-mail#933", small_mailbox(),
   [](reported_fixture& f) {
     f.begin_told();
     live(f, {0, 0, 0, 0, 0, 0, 0, 0, 1}, 15);
     f.handled();
     f.expect_equal();
   }},
  {"a message that is moved away and back is there once, where it was",
   "microsoftgraph/microsoft-graph-docs#21752", small_mailbox(12, 2, microsoft),
   [](reported_fixture& f) {
     f.begin_told();
     auto moved = f.mail().front();
     auto away = *f.provider.change().move(f.owner(), moved.id, folder(f, simulator::archive));
     f.provider.change().move(f.owner(), away.id, moved.folders.front());
     f.handled();
     f.expect_equal();
   }},
  {"messages that got other ids while nobody looked are there once", "wisecom-oy/atlas#48",
   small_mailbox(12, 2, microsoft),
   [](reported_fixture& f) {
     f.begin();
     f.stop();
     auto mail = f.mail();
     for (size_t i = 0; i < mail.size(); i += 4)
       f.quiet().move(f.owner(), mail[i].id, folder(f, simulator::archive));
     f.start();
     f.expect_proven();
     BOOST_TEST(f.names("extra", mail[0].id));
   }},
  {"a mailbox that numbers all its messages anew is there once", "joeyates/imap-backup#234",
   small_mailbox(),
   [](reported_fixture& f) {
     f.begin();
     for (const auto& message : f.mail())
       f.quiet().rename(f.owner(), message.id);
   }},
  {"a conversation that was deleted while nobody looked goes", "kenn-io/msgvault#680",
   small_mailbox(),
   [](reported_fixture& f) {
     f.begin();
     f.stop();
     auto thread = f.owner().mail->find_thread(f.mail().back().thread_id);
     for (const auto& message : thread)
       f.quiet().remove(f.owner(), message.id);
     f.start();
     f.expect_proven();
     BOOST_TEST(f.names("extra", thread.front().id));
   }},
  {"what happened in days without access is found after a new authorisation",
   "elie222/inbox-zero#1174", small_mailbox(),
   [](reported_fixture& f) {
     f.begin_told();
     auto status = [&] { return pg::list_inboxes{f.grant()}.run(f.conn).at(0).status; };
     auto mail = f.mail();
     f.provider.change().expire(f.owner());
     BOOST_REQUIRE(test::eventually([&] { return status() == "auth_expired"; }));
     f.put(days_ago(2));
     f.put(days_ago(0, 1));
     f.quiet().remove(f.owner(), mail[1].id);
     f.quiet().edit(f.owner(), mail[2].id, {{}, {}, {}, !mail[2].unread, {}});
     f.provider.change().reauthorise(f.owner(), false);
     BOOST_REQUIRE(test::eventually([&] { return status() == "active"; }));
   }},
  {"conversations that are joined and parted again are as the provider has them",
   "rtCamp/frappe-gmail-thread#69", small_mailbox(),
   [](reported_fixture& f) {
     f.begin();
     auto mail = f.mail();
     BOOST_REQUIRE(f.quiet().merge(f.owner(), mail[0].thread_id, mail[6].thread_id));
     BOOST_REQUIRE(f.quiet().split(f.owner(), {mail[10].id}));
   }},
  {"mail with an old date that is put into the mailbox today is missed and fetched",
   "s1t5/mail-archiver#276", small_mailbox(),
   [](reported_fixture& f) {
     f.begin();
     auto put = f.put(days_ago(300));
     f.expect_proven();
     BOOST_TEST(f.names("missing", put.id));
   }},
  {"mail that is told of is stored however old it is", "pazz/alot#604", small_mailbox(),
   [](reported_fixture& f) {
     f.begin_told();
     for (int64_t date : {int64_t{0}, int64_t{1}, days_ago(4000)}) {
       simulator::new_message old;
       old.date = date;
       f.provider.change().create(f.owner(), old);
     }
     f.handled();
     f.expect_equal();
   }},
  {"a database that was set back catches up", "sabre-io/Baikal#1441", small_mailbox(30),
   [](reported_fixture& f) {
     f.begin();
     auto newest = f.mail().front().id, oldest = f.mail().back().id;
     f.conn.exec(go_back);
     f.expect_proven();
     BOOST_TEST(f.names("missing", newest));
     BOOST_TEST(f.names("differing", oldest));
   }},
  {"a mailbox that is added twice is one inbox", "s1t5/mail-archiver#439", small_mailbox(),
   [](reported_fixture& f) {
     auto inbox = f.add_inbox();
     f.begin();
     pg::add_inbox again{"other@example.com", grant_id{f.grant()}, "nylas"};
     BOOST_TEST(again.run(f.conn).id.value == inbox);
     f.put(days_ago(0, 1));
   }},
  {"mail that goes while numbered pages are compared takes no other with it",
   "airbytehq/airbyte#21500", numbered_cursors(),
   [](reported_fixture& f) {
     f.begin_told();
     auto lost = f.mail()[20].id;
     f.conn.exec(delete_a_row, lost);
     auto slow = f.provider.state().current();
     slow.latency = 5ms;
     f.provider.state().change(slow);
     f.make_all_due();
     live(f, {0, 0, 0, 0, 1, 0, 0, 0, 0}, 15);
     f.handled();
   }},
};

} // namespace

BOOST_AUTO_TEST_SUITE(reported_changes_test)

BOOST_DATA_TEST_CASE(what_was_reported_ends_stored_and_certified,
                     boost::unit_test::data::make(cases), reported) {
  prove(reported);
}

BOOST_AUTO_TEST_SUITE_END()
