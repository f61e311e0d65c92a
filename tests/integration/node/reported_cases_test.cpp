#include "tests/integration/node/reported_case.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>

// What mailboxes hold, and how providers list it. Notifications and databases are in
// reported_changes_test.cpp.

using namespace nova;
using namespace std::chrono_literals;

namespace {

constexpr sql::statement delete_a_row{
  "delete_a_row", "delete from flux_email_messages where nylas_message_id = $1"};
constexpr sql::statement far_zone{
  "far_zone", "do $$ begin execute format('alter database %I set timezone to %L', "
              "current_database(), 'Pacific/Auckland'); end $$"};
constexpr sql::statement under_way{
  "under_way", "select count(*) from nova.mail_certifications where cursor <> ''"};

/// Lists of ten, so that a small mailbox has pages.
simulator::options pages_of_ten(uint64_t threads) {
  auto options = small_mailbox(threads);
  options.settings.clamp_limits = true;
  options.settings.messages_page_max = 10;
  options.settings.threads_page_max = 10;
  return options;
}

/// A message is missing, and the list that must show it is as the script says.
void missing_while_lists_fail(reported_fixture& f, const std::string& script) {
  f.begin();
  auto lost = f.mail().front().id;
  f.conn.exec(delete_a_row, lost);
  f.faults(script);
  f.certify_all();
  f.expect_proven();
  BOOST_TEST(f.names("missing", lost));
  BOOST_TEST(f.provider.state().statistics.to_json().find("\"faults\":0") == std::string::npos);
}

const std::vector<reported_case> cases = {
  {"a date years ahead hides nothing that comes after it", "jberkel/sms-backup-plus#714",
   small_mailbox(),
   [](reported_fixture& f) {
     f.put(days_ago(-2000));
     f.begin();
     f.put(days_ago(0, 1));
     f.put(days_ago(0, 0));
   }},
  {"a message near midnight is on its UTC day, in any time zone", "mscdex/node-imap#919",
   small_mailbox(2),
   [](reported_fixture& f) {
     f.conn.exec(far_zone);
     for (int64_t age = 2; age < 362; age += 27)
       for (int64_t second : {0, 86'399})
         f.put(days_ago(age, second));
     f.begin();
     f.certify_all();
     f.put(days_ago(40, 0));
     f.put(days_ago(40, 86'399));
   }},
  {"many messages of one second are not cut where a page ends", "estuary/connectors#5205",
   pages_of_ten(2),
   [](reported_fixture& f) {
     for (int i = 0; i < 33; ++i)
       f.put(days_ago(3));
     f.begin();
     for (int i = 0; i < 33; ++i)
       f.put(days_ago(5));
   }},
  {"a message to nobody, from nobody is a message", "nextcloud/mail#2652", small_mailbox(),
   [](reported_fixture& f) {
     f.alter(f.put(days_ago(3)).id, [](auto& message) {
       message.to.clear();
       message.from.clear();
     });
     f.begin();
     f.alter(f.put(days_ago(0, 1)).id, [](auto& message) {
       message.to.clear();
       message.from.clear();
     });
   }},
  {"a message without a word is kept", "freescout-help-desk/freescout#320", small_mailbox(),
   [](reported_fixture& f) {
     auto silent = [&](int64_t date) {
       f.alter(f.put(date).id, [](auto& message) {
         message.subject.clear();
         message.snippet.clear();
         message.body.text = "";
       });
     };
     silent(days_ago(3));
     f.begin();
     silent(days_ago(4));
   }},
  {"a subject of any length comes whole", "relaticle/relaticle#303", small_mailbox(),
   [](reported_fixture& f) {
     std::string subject;
     for (int i = 0; i < 2000; ++i)
       subject += "Re: \xc3\xa9t\xc3\xa9 ";
     f.put(days_ago(3), subject);
     f.begin();
     f.put(days_ago(4), subject);
   }},
  {"attachments with one id and one name are all there", "maildev/maildev#145", small_mailbox(),
   [](reported_fixture& f) {
     auto attach = [&](int64_t date) {
       f.alter(f.put(date).id, [](auto& message) {
         simulator::attachment file{"part-1", "report.pdf", "application/pdf", "", "attachment",
                                    10,       false};
         message.attachments = {file, file, file};
         message.attachments.back().size = 20;
       });
     };
     attach(days_ago(3));
     attach(days_ago(3));
     f.begin();
     attach(days_ago(4));
   }},
  {"an address that is named twice is there twice", "suitenumerique/messages#356", small_mailbox(),
   [](reported_fixture& f) {
     simulator::address twice{"Ann", "ann@example.com"};
     auto repeat = [&](int64_t date) {
       f.alter(f.put(date).id, [&](auto& message) {
         message.to = message.cc = message.bcc = {twice, twice};
       });
     };
     repeat(days_ago(3));
     f.begin();
     repeat(days_ago(4));
   }},
  {"what one sent to oneself is there as often as the mailbox has it", "stalwartlabs/stalwart#632",
   small_mailbox(),
   [](reported_fixture& f) {
     auto both = [&](int64_t date) {
       auto sent = f.put(date), received = f.put(date);
       f.alter(received.id, [&](auto& message) {
         message.header_id = sent.header_id;
         message.subject = sent.subject;
         message.body = sent.body;
       });
     };
     both(days_ago(3));
     f.begin();
     both(days_ago(4));
   }},
  {"a list that leaves messages out is found out",
   "microsoftgraph/microsoft-graph-docs-contrib#7980",
   failing_mailbox(R"({"rules": [{"fault": "lagging-index", "path": "/v3/grants/*/messages",
                                  "count": 3}]})"),
   [](reported_fixture& f) { f.begin(); }},
  {"a page that times out again and again proves nothing until it comes",
   "microsoftgraph/microsoft-graph-docs-contrib#3885", pages_of_ten(20),
   [](reported_fixture& f) {
     missing_while_lists_fail(f, R"({"rules": [{"fault": "504", "path": "/v3/grants/*/messages",
                                                "count": 2}]})");
   }},
  {"JSON that ends too early proves nothing", "levz0r/gmail-tester#12", pages_of_ten(20),
   [](reported_fixture& f) {
     missing_while_lists_fail(f, R"({"rules": [
       {"fault": "truncated-json", "path": "/v3/grants/*/messages", "every": 2, "count": 1},
       {"fault": "malformed-json", "path": "/v3/grants/*/messages", "every": 3, "count": 1},
       {"fault": "non-json", "path": "/v3/grants/*/messages", "every": 4, "count": 1}]})");
   }},
  {"a list whose cursor repeats proves nothing until it moves on", "openclaw/gogcli#1044",
   pages_of_ten(20),
   [](reported_fixture& f) {
     missing_while_lists_fail(f, R"({"rules": [{"fault": "repeated-cursor", "count": 3,
                                                "path": "/v3/grants/*/messages"}]})");
   }},
  {"pages that are empty in the middle end no list", "googleapis/google-api-python-client#1843",
   pages_of_ten(20),
   [](reported_fixture& f) {
     missing_while_lists_fail(f, R"({"rules": [
       {"fault": "empty-page", "path": "/v3/grants/*/messages", "every": 2, "count": 1},
       {"fault": "data-null", "path": "/v3/grants/*/messages", "every": 3, "count": 1}]})");
   }},
  {"too many requests: what is refused is asked for again", "jgunthorpe/cloud_mdir_sync#10",
   pages_of_ten(20),
   [](reported_fixture& f) {
     missing_while_lists_fail(f, R"({"rules": [
       {"fault": "429-provider", "path": "/v3/grants/*/messages", "retry_after": 1,
        "every": 2, "count": 1}]})");
   }},
  {"a cursor that is too old begins the comparison again", "LogicLabs-OU/OpenArchiver#443",
   pages_of_ten(40),
   [](reported_fixture& f) {
     f.begin();
     auto lost = f.mail().front().id;
     f.conn.exec(delete_a_row, lost);
     auto slow = f.provider.state().current();
     slow.latency = 50ms;
     f.provider.state().change(slow);
     f.make_all_due();
     BOOST_REQUIRE(test::eventually([&] { return f.count(under_way) > 0; }));
     f.stop();
     slow.latency = 0ms;
     f.provider.state().change(slow);
     f.claims_lapse();
     f.faults(R"({"rules": [{"fault": "stale-cursor", "count": 2}]})");
     f.start();
     f.expect_proven();
     BOOST_TEST(f.names("missing", lost));
   }},
};

} // namespace

BOOST_AUTO_TEST_SUITE(reported_cases_test)

BOOST_DATA_TEST_CASE(a_mailbox_that_was_reported_is_stored_and_certified,
                     boost::unit_test::data::make(cases), reported) {
  prove(reported);
}

BOOST_AUTO_TEST_SUITE_END()
