#include "tests/integration/shell/shell_fixture.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>

// Each way in which an operator holds work back or changes it, seen by each tool.
using namespace nova;
using base::exit_code;

namespace {

/// `{config}` is the backfill.
struct pause {
  const char* act;
  const char* role;
  const char* found;    // what `doctor` says: LEVEL WHAT, and who and why
  const char* next;     // takes it back
  const char* actor;    // of which `why` says it
  bool wrong;           // a NOTE is nothing wrong
  const char* blocks;   // what `explain` says blocks; null: it blocks nothing
  bool reasoned = true; // who did it and why is kept beside it, not in the audit log alone
};

std::ostream& operator<<(std::ostream& out, const pause& one) {
  return out << one.act;
}

const pause pauses[] = {
  {"pause threads", "operate", "WARN threads", "resume threads", "n1/thread_dispatcher", true,
   "paused by"},
  {"pause queue:thread_sync_jobs", "operate", "WARN queue:thread_sync_jobs",
   "resume queue:thread_sync_jobs", "n1/thread_reader", true, nullptr},
  {"pause queue:inbox_backfill_jobs", "operate", "WARN queue:inbox_backfill_jobs",
   "resume queue:inbox_backfill_jobs", "n1/backfill_reader", true, "paused by"},
  {"pause queue:nylas_webhook_notifications", "operate", "WARN queue:nylas_webhook_notifications",
   "resume queue:nylas_webhook_notifications", "n1/webhook_reader", true, nullptr},
  {"pause backfill:{config}", "operate", "WARN backfill:{config}", "resume backfill:{config}",
   nullptr, true, "paused"},
  {"suspend n1/mail_store", "operate", "WARN n1/mail_store", "wake n1/mail_store", "n1/mail_store",
   true, "suspended", false},
  {"set concurrency=3", "operate", "NOTE setting:threads.window", "unset threads.window",
   "n1/thread_dispatcher", false, nullptr},
  {"set pace=5ms", "operate", "NOTE setting:pace.pause", "unset pace.pause", nullptr, false,
   nullptr},
  {"log level Grant=debug", "operate", "NOTE setting:log.level.Grant", "unset log.level.Grant",
   nullptr, false, nullptr},
};

/// A backfill that is under way for as long as a case lasts.
simulator::options a_slow_mailbox() {
  auto mailbox = test::a_mailbox(2000);
  mailbox.settings.latency = std::chrono::milliseconds{300};
  return mailbox;
}

struct fixture : test::shell_fixture {
  fixture() : test::shell_fixture(a_slow_mailbox()) {
    start();
    config = start_backfill(add_inbox());
    BOOST_REQUIRE(test::eventually([&] { return backfill_status(config) == "discovering"; }));
  }

  [[nodiscard]] std::string filled(std::string text) const {
    if (auto at = text.find("{config}"); at != std::string::npos)
      text.replace(at, 8, config);
    return text;
  }

  /// The line that has that text.
  static std::string line_of(const std::string& text, const std::string& part) {
    auto at = text.find(part);
    return at == std::string::npos ? std::string{} : text.substr(at, text.find('\n', at) - at);
  }

  std::string who() {
    auto name = run("whoami --columns user --no-headers").out;
    return name.substr(0, name.find('\n'));
  }

  void expect_told(const pause& one) {
    auto found = filled(one.found);
    test::shell_result doctor;
    BOOST_TEST(test::eventually([&] {
                 doctor = run("doctor");
                 return doctor.says(found) && doctor.says("next: " + filled(one.next));
               }),
               doctor.out);
    BOOST_TEST((doctor.how == (one.wrong ? exit_code::failed : exit_code::done)), doctor.out);
    if (one.reasoned)
      BOOST_TEST(line_of(doctor.out, found).find(" by " + who() + ": quota") != std::string::npos,
                 doctor.out);
    auto status = run("status");
    BOOST_TEST((status.how == (one.wrong ? exit_code::failed : doctor.how)), status.out);
    BOOST_TEST(status.says("run `doctor`"), status.out);
    if (one.actor != nullptr) {
      auto why = run("why " + std::string{one.actor} + " -o tsv");
      BOOST_TEST(why.says(filled(one.next)), why.out + why.err);
    }
    auto explained = run("explain " + config + " -o tsv");
    auto blocks = explained.out.find("BLOCKS");
    if (one.blocks == nullptr)
      BOOST_TEST(blocks == std::string::npos, explained.out);
    else
      BOOST_TEST(explained.out.find(one.blocks, blocks) != std::string::npos, explained.out);
  }

  std::string config;
};

} // namespace

BOOST_AUTO_TEST_SUITE(pause_test)

BOOST_DATA_TEST_CASE_F(fixture, every_tool_knows_every_pause, boost::unit_test::data::make(pauses),
                       one) {
  auto done = run(filled(one.act) + " --reason quota --yes", one.role);
  BOOST_REQUIRE_MESSAGE(done.how == exit_code::done, done.out + done.err);
  expect_told(one);
  auto dry = run(filled(one.next) + " --dry-run", "admin");
  BOOST_TEST((dry.how == exit_code::done), dry.err);
  auto back = run(filled(one.next) + " --yes", "admin");
  BOOST_TEST((back.how == exit_code::done), back.err);
  BOOST_TEST(test::eventually([&] { return !run("doctor").says(filled(one.found)); }));
}

BOOST_AUTO_TEST_SUITE_END()
