#include "base/clock.hpp"
#include "pg/email/add_inbox.hpp"
#include "pg/email/start_backfill.hpp"
#include "pg/email/start_whole_backfill.hpp"
#include "tests/support/certifier_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

// Whole nodes over the simulator at Gmail's prices: what they say of the time that a backfill takes
// still, and what one costs. Time goes faster: the provider gives so many times its units in a
// second, the looks are as much closer together, and they read a clock that goes as fast. A node
// has ten mailboxes at one time, each with a pace of its own. Short in the suite; with NOVA_SOAK=1
// two hundred mailboxes and fifty whose prices change, with a larger number that many and a quarter
// of it.
using namespace nova;
using namespace std::chrono_literals;

namespace {

constexpr size_t mailboxes_a_node = 10;
constexpr double units_list = 5, units_message = 20;

size_t soak() {
  const auto* asked = std::getenv("NOVA_SOAK"); // NOLINT(concurrency-mt-unsafe): nothing sets it
  return asked ? std::max(std::strtoul(asked, nullptr, 10), 1UL) : 0;
}

constexpr sql::statement all_looks{
  "all_looks",
  "select i.grant_id, c.backfill_status = 'completed', coalesce(e.percent, 0)::double precision, "
  "coalesce(extract(epoch from e.updated_at), 0)::double precision, "
  "coalesce(extract(epoch from e.eta - e.updated_at), 0)::double precision, "
  "coalesce(extract(epoch from e.eta_low - e.updated_at), 0)::double precision, "
  "coalesce(extract(epoch from e.eta_high - e.updated_at), 0)::double precision, "
  "coalesce(l.messages, 0)::double precision, "
  "coalesce(extract(epoch from l.listed_at), 0)::double precision "
  "from flux_inbox_configurations c join flux_inboxes i on i.id = c.inbox_id "
  "left join backfill_estimates e on e.config_id = c.id, lateral (select sum(l.messages) as "
  "messages, max(w.listed_at) filter (where w.pass = 0) as listed_at from backfill_windows w left "
  "join nova.listed_windows l on l.window_id = w.id where w.config_id = c.id) l"};

/// What was shown at one look, in seconds of the faster clock, and what came of it.
struct shown {
  double at = 0;
  double listed = 0; // messages by then
  double expected = 0, low = 0, high = 0;
  double truth = 0; // known in the end

  [[nodiscard]] double off() const {
    return truth > 0 ? std::abs(expected - truth) / truth : 1;
  }
  [[nodiscard]] double width() const {
    return (high - low) / expected;
  }
};

struct one_run {
  std::vector<shown> looks;
  double percent = 0;
  bool fell = false;
  bool completed = false;
  double messages = 0, all_listed_at = 0;
  double dearer_at = 0; // messages that were listed when the price rose

  /// The first at which so many were listed.
  [[nodiscard]] shown at(double listed) const {
    auto found = std::find_if(looks.begin(), looks.end(),
                              [&](const shown& one) { return one.listed >= listed; });
    return found == looks.end() ? shown{} : *found;
  }
};

simulator::options gmail_mailboxes(size_t count, uint64_t seed, uint64_t threads_min,
                                   uint64_t threads_max, uint32_t messages_a_thread) {
  simulator::options options;
  options.seed = seed;
  options.grants.clear();
  for (size_t i = 0; i < count; ++i) {
    simulator::grant_options grant;
    grant.provider = simulator::provider::google;
    grant.mailbox.threads = threads_min + (seed + i) * 7919 % (threads_max - threads_min + 1);
    grant.mailbox.messages_per_thread = messages_a_thread;
    grant.mailbox.body_bytes = 300;
    grant.mailbox.span = std::chrono::days{250 + (seed + i) * 37 % 110};
    options.grants.push_back(std::move(grant));
  }
  return options;
}

base::clock faster(double speed) {
  return [began = base::wall_now(), speed] {
    auto passed = std::chrono::duration<double>(base::wall_now() - began) * speed;
    return began + std::chrono::duration_cast<base::wall_time::duration>(passed);
  };
}

/// One node that brings in a year of each mailbox of a provider.
class many_backfills : public test::certifier_fixture {
public:
  many_backfills(const simulator::options& mailboxes, double speed)
    : certifier_fixture(mailboxes), speed_(speed) {}

  /// Until all are completed. `price_later`: so many times the prices from half of the mail on.
  std::map<std::string, one_run> run(double price_later) {
    auto made = settings();
    made.roles = {app::role::backfill, app::role::threads, app::role::completion};
    made.backfills.backfill.survey = true;
    made.grants.google_units = speed_ > 0 ? nylas::google_units_usual * speed_ : 0;
    auto looks_apart = speed_ > 0 ? std::chrono::duration<double, std::milli>{5s} / speed_ : 1s;
    made.completion.interval = std::chrono::duration_cast<std::chrono::milliseconds>(looks_apart);
    made.completion.wall = faster(std::max(speed_, 1.0));
    auto now = base::seconds_of(base::wall_now());
    for (const auto& grant : provider.state().grants()) {
      auto inbox = pg::add_inbox{grant->email, grant_id{grant->id}, "google"}.run(conn);
      pg::start_backfill{inbox.id, now - int64_t{364} * 24 * 3600, now}.run(conn);
    }
    app::node node{std::move(made), test::no_death};
    BOOST_REQUIRE(test::eventually(
      [&] {
        look();
        if (price_later > 1 && listed() >= expected_ / 2)
          raise(std::exchange(price_later, 1));
        return !runs_.empty() && std::ranges::all_of(runs_, [](const auto& entry) {
          return entry.second.completed;
        });
      },
      3600s));
    for (auto& [grant, one] : runs_)
      for (auto& seen : one.looks)
        seen.truth = (one.all_listed_at - seen.at) * speed_;
    return std::move(runs_);
  }

  /// About how many messages there are in all.
  void expect(double messages) {
    expected_ = messages;
  }

private:
  void look() {
    for (const auto& [grant, done, percent, at, expected, low, high, messages, listed_at] :
         conn.exec(all_looks)
           .rows<std::string, bool, double, double, double, double, double, double, double>()) {
      auto& one = runs_[grant];
      one.fell = one.fell || percent < one.percent;
      one.percent = std::max(one.percent, percent);
      one.completed = done;
      one.messages = messages;
      one.all_listed_at = listed_at;
      if (expected > 0 && (one.looks.empty() || one.looks.back().at != at))
        one.looks.push_back({at, messages, expected, low, high, 0});
    }
  }

  [[nodiscard]] double listed() const {
    double all = 0;
    for (const auto& [grant, one] : runs_)
      all += one.messages;
    return all;
  }

  void raise(double times) {
    auto prices = provider.state().current();
    prices.units_list = static_cast<int>(prices.units_list * times);
    prices.units_object = static_cast<int>(prices.units_object * times);
    provider.state().change(prices);
    for (auto& [grant, one] : runs_)
      one.dearer_at = one.messages;
  }

  double speed_;
  double expected_ = 0;
  std::map<std::string, one_run> runs_;
};

std::string words_of(const one_run& run) {
  auto text = fmt::format("{:6.0f} messages, off after", run.messages);
  for (double share : {0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8}) {
    auto look = run.at(share * run.messages);
    text += fmt::format("  {:.0f} %: {:+.1f} %", 100 * share,
                        look.truth > 0 ? 100 * (look.expected / look.truth - 1) : 100);
  }
  return text;
}

/// By how much a node may be faster than its provider in this test.
double speed() {
  return soak() > 0 ? 10 : 40;
}

std::vector<one_run> run_nodes(size_t mailboxes, uint64_t first_seed, double price_later) {
  std::vector<one_run> all;
  for (size_t made = 0; made < mailboxes; made += mailboxes_a_node) {
    auto count = std::min(mailboxes_a_node, mailboxes - made);
    auto sizes = soak() > 0 ? std::pair{2000, 4000} : std::pair{900, 1100};
    auto of = gmail_mailboxes(count, first_seed + made, static_cast<uint64_t>(sizes.first),
                              static_cast<uint64_t>(sizes.second), 0);
    many_backfills node{of, speed()};
    double messages = 0;
    for (const auto& grant : of.grants)
      messages += 4.0 * static_cast<double>(grant.mailbox.threads);
    node.expect(messages);
    for (auto& [grant, one] : node.run(price_later)) {
      BOOST_TEST_MESSAGE(words_of(one));
      BOOST_TEST(!one.fell, "the percentage fell");
      all.push_back(std::move(one));
    }
  }
  return all;
}

/// What email-sync 3.2 reckons for mail that is listed in windows (its row C): full pages, and a
/// call and its messages once more for each thread that began before its window, one in twelve.
struct arithmetic_floor {
  double calls, units, units_of_mail;

  arithmetic_floor(double messages, double threads)
    : calls(std::ceil(messages / 200) + std::ceil(0.08 * threads)),
      units(units_list * calls + 1.08 * units_message * messages),
      units_of_mail(units_list * std::ceil(messages / 200) + units_message * messages) {}
};

constexpr sql::statement cost_of_the_second{
  "cost_of_the_second",
  "select coalesce(sum(l.messages_cost), 0)::double precision from nova.listed_windows l join "
  "backfill_windows w on w.id = l.window_id join flux_inbox_configurations c on c.id = "
  "w.config_id where c.backfill_start = 'epoch'"};
constexpr sql::statement second_done{
  "second_done", "select exists (select from flux_inbox_configurations c where c.backfill_start = "
                 "'epoch' and c.backfill_status = 'completed')"};

} // namespace

BOOST_AUTO_TEST_SUITE(estimate_soak)

BOOST_AUTO_TEST_CASE(after_a_twentieth_of_the_mail_a_node_knows_when_a_backfill_is_done) {
  auto runs = run_nodes(soak() > 1 ? soak() : soak() == 1 ? 200 : 3, 1, 1);
  size_t good = 0, inside = 0;
  for (const auto& one : runs) {
    // Of a small mailbox a twentieth is two pages, and time goes faster than the machine: there it
    // is enough that a fifth tells it by half.
    auto look = one.at((soak() > 0 ? 0.05 : 0.2) * one.messages);
    good += look.off() <= (soak() > 0 ? 0.1 : 0.5) ? 1 : 0;
    inside += look.low <= look.truth && look.truth <= look.high ? 1 : 0;
  }
  BOOST_TEST_MESSAGE("right: " << good << " of " << runs.size() << ", in the range: " << inside);
  BOOST_TEST(good * 10 >= runs.size() * (soak() > 0 ? 8 : 6));
}

BOOST_AUTO_TEST_CASE(a_price_that_quadruples_is_known_after_a_twentieth_more) {
  if (soak() == 0)
    return;
  auto runs = run_nodes(soak() > 1 ? std::max<size_t>(soak() / 4, 1) : 50, 1001, 4);
  size_t good = 0, narrow = 0;
  for (const auto& one : runs) {
    auto before = one.at(one.dearer_at - 0.005 * one.messages);
    auto after = one.at(one.dearer_at + 0.05 * one.messages);
    good += after.off() <= 0.1 ? 1 : 0;
    BOOST_TEST_MESSAGE(fmt::format("off after 5 % more: {:.1f} %", 100 * after.off()));
    // The first pages were begun at the old price.
    narrow += std::ranges::any_of(one.looks, [&](const shown& look) {
      return look.listed > one.dearer_at + 0.015 * one.messages && look.listed < after.listed
             && look.off() > 0.2 && look.width() <= before.width();
    });
  }
  BOOST_TEST_MESSAGE("within a tenth again: " << good << " of " << runs.size()
                                              << ", range that did not grow: " << narrow);
  BOOST_TEST(good * 10 >= runs.size() * 8);
  BOOST_TEST(narrow == 0u);
}

BOOST_AUTO_TEST_CASE(a_backfill_of_gmail_costs_no_more_than_the_arithmetic_floor) {
  std::vector<std::pair<uint64_t, uint32_t>> shapes{{3000, 3}};
  if (soak() > 0)
    shapes = {{10'000, 1}, {10'000, 3}, {10'000, 10}, {100'000, 1}};
  for (auto [threads, messages] : shapes) {
    many_backfills node{gmail_mailboxes(1, 7, threads, threads, messages), 0};
    auto all = static_cast<double>(threads) * messages;
    arithmetic_floor least{all, static_cast<double>(threads)};
    node.run(1);
    const auto& provider = node.provider.state();
    auto units =
      static_cast<double>(provider.grants().front()->condition.usage.spent().gmail_units);
    auto calls = static_cast<double>(provider.statistics.total());
    BOOST_TEST_MESSAGE(fmt::format(
      "{} x {}: {:.0f} units, {:.3f} of the floor ({:.3f} of the mail alone), {:.0f} calls, {:.3f}",
      threads, messages, units, units / least.units, units / least.units_of_mail, calls,
      calls / least.calls));
    BOOST_TEST(units <= 1.05 * least.units);
    BOOST_TEST(calls <= 1.05 * least.calls);
  }
}

BOOST_AUTO_TEST_CASE(beside_a_backfill_the_background_has_a_tenth_of_the_units_at_most) {
  test::certifier_fixture f{gmail_mailboxes(1, 5, 300, 300, 4)};
  auto made = f.quick();
  made.grants.google_units = nylas::google_units_usual * 60;
  auto inbox = pg::add_inbox{"owner@example.com", grant_id{f.grant()}, "google"}.run(f.conn);
  auto config = f.start_backfill(inbox.id.value);
  app::node node{std::move(made), test::no_death};
  BOOST_REQUIRE(test::eventually([&] { return f.backfill_status(config) == "completed"; }));
  BOOST_REQUIRE(test::eventually([&] { return f.certified_backfills() == 1; }));
  auto spent = [&] { return static_cast<double>(f.owner().condition.usage.spent().gmail_units); };
  auto before = spent();

  f.make_all_due();
  pg::start_whole_backfill{inbox.id, base::seconds_of(base::wall_now())}.run(f.conn);
  BOOST_REQUIRE(test::eventually([&] { return f.conn.exec(second_done).value<bool>(); }));

  auto all = spent() - before;
  auto background = all - f.conn.exec(cost_of_the_second).value<double>();
  BOOST_TEST_MESSAGE(fmt::format("background {:.0f} of {:.0f} units, {:.1f} %", background, all,
                                 100 * background / all));
  BOOST_TEST(background > 0);
  BOOST_TEST(background <= 0.1 * all + 300); // what it may have at once, and a call on credit
}

BOOST_AUTO_TEST_SUITE_END()
