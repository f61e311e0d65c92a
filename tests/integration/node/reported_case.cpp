#include "tests/integration/node/reported_case.hpp"

#include "base/clock.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <ostream>

namespace nova {
namespace {

using namespace std::chrono_literals;

constexpr int64_t day = 86'400;

constexpr sql::statement unhandled{
  "unhandled", "select count(*) from flux_webhook_notifications where status in ('pending', "
               "'processing')"};
constexpr sql::statement in_queue{"in_queue",
                                  "select count(*) from pgmq.q_nylas_webhook_notifications"};

std::string joined(const std::vector<std::string>& lines) {
  std::string all;
  for (const auto& line : lines)
    all += (all.empty() ? "" : "; ") + line;
  return all;
}

} // namespace

reported_fixture::reported_fixture(const simulator::options& mailbox)
  : certifier_fixture(mailbox), how(quick()) {
  how.certifier.look = 50ms;
  how.certifier.plan = 100ms;
  how.certifier.comparison.flight_limit = 300ms;
  how.certifier.comparison.settle_look = 50ms;
}

void reported_fixture::start() {
  address.clear();
  node = std::make_unique<app::node>(how, test::no_death);
}

void reported_fixture::stop() {
  node.reset();
}

void reported_fixture::begin() {
  start();
  backfill();
}

void reported_fixture::begin_told() {
  begin();
  BOOST_REQUIRE(test::eventually([&] { return !address.empty(); }));
  provider.add_webhook_target("http://" + address + "/webhooks/nylas");
}

void reported_fixture::handled(std::chrono::seconds within) {
  BOOST_REQUIRE(test::eventually(
    [&] {
      return provider.webhooks().statistics().waiting == 0 && count(in_queue) == 0
             && count(unhandled) == 0;
    },
    within));
}

simulator::changes reported_fixture::quiet() {
  return provider.change().quiet();
}

simulator::message_record reported_fixture::put(int64_t date, const std::string& subject) {
  simulator::new_message wanted;
  wanted.subject = subject;
  wanted.date = date;
  return quiet().create(owner(), wanted).value();
}

void reported_fixture::alter(const std::string& id,
                             const std::function<void(simulator::message_record&)>& how_so) {
  BOOST_REQUIRE(owner().mail->change(id, [&](simulator::message_record& message) {
    message.plain = false;
    how_so(message);
  }));
}

void reported_fixture::tell(const simulator::event& what) {
  provider.change().tell(what);
}

void reported_fixture::faults(const std::string& script) {
  provider.state().set_faults(simulator::fault_script::parse(script).value());
}

void reported_fixture::expect_equal() {
  auto wrong = [this] { return test::differences(conn, provider, grant()); };
  test::eventually([&] { return wrong().empty(); }, 20s);
  BOOST_TEST(joined(wrong()) == "");
  BOOST_TEST(joined(test::broken_invariants(conn)) == "");
}

void reported_fixture::expect_proven(std::chrono::seconds patience) {
  // One round finds and mends, the next proves; a second look at what is gone needs its hour.
  bool proven = test::eventually(
    [&] {
      certify_all(std::max(patience, 60s));
      an_hour_passes();
      return other_states().empty() && test::differences(conn, provider, grant()).empty();
    },
    patience);
  expect_equal();
  BOOST_TEST(proven, "days are not verified, but " << other_states());
}

std::ostream& operator<<(std::ostream& out, const reported_case& one) {
  return out << one.name << " (" << one.report << ')';
}

void prove(const reported_case& one) {
  BOOST_TEST_CONTEXT(one) {
    reported_fixture f{one.mailbox};
    one.happens(f);
    f.expect_proven();
  }
}

int64_t days_ago(int64_t days, int64_t second) {
  auto now =
    std::chrono::duration_cast<std::chrono::seconds>(base::wall_now().time_since_epoch()).count();
  return now - now % day - days * day + second;
}

simulator::options small_mailbox(uint64_t threads, uint32_t messages, simulator::provider kind) {
  auto options = test::a_mailbox(threads, messages);
  options.grants.front().provider = kind;
  options.webhooks.time_scale = 0.001; // minutes between attempts become milliseconds
  return options;
}

simulator::options failing_mailbox(const char* script) {
  auto options = small_mailbox();
  options.faults = script;
  return options;
}

} // namespace nova
