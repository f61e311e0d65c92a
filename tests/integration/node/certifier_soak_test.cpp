#include "base/clock.hpp"
#include "mail/day_range.hpp"
#include "pg/email/add_inbox.hpp"
#include "pg/email/start_backfill.hpp"
#include "tests/support/certifier_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>

using namespace nova;
using namespace std::chrono_literals;

namespace {

constexpr sql::statement ever_broken{
  "ever_broken", "select coalesce(string_agg(e.what::text, ' '), '') from "
                 "nova.mail_certificate_events e where e.what ->> 'state' = 'broken'"};

/// Of every provider in turn; about four messages a thread.
simulator::options many_mailboxes(size_t count, uint64_t threads_min, uint64_t threads_max) {
  simulator::options options;
  options.settings.units_object = options.settings.units_list = 1; // prices are not what is tested
  options.grants.clear();
  const std::vector providers{simulator::provider::google, simulator::provider::microsoft,
                              simulator::provider::imap, simulator::provider::nylas};
  for (size_t i = 0; i < count; ++i) {
    simulator::grant_options grant;
    grant.provider = providers[i % providers.size()];
    // From the smallest to the largest, in steps that no divisor of the count repeats.
    grant.mailbox.threads = threads_min + (i * 7919) % (threads_max - threads_min + 1);
    options.grants.push_back(std::move(grant));
  }
  return options;
}

} // namespace

BOOST_AUTO_TEST_SUITE(certifier_soak)

/// A dozen mailboxes; with NOVA_SOAK a thousand of all sizes.
BOOST_AUTO_TEST_CASE(no_day_of_honest_mailboxes_is_broken_whoever_provides_them) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing sets it
  const bool soak = std::getenv("NOVA_SOAK") != nullptr;
  test::certifier_fixture f{soak ? many_mailboxes(1000, 30, 600) : many_mailboxes(12, 10, 40)};
  app::node node{f.quick(), test::no_death};
  auto now = base::seconds_of(base::wall_now());
  size_t backfills = 0;
  for (const auto& grant : f.provider.state().grants()) {
    pg::add_inbox inbox{grant->email, grant_id{grant->id}, to_string(grant->provider)};
    pg::start_backfill{inbox.run(f.conn).id, now - 364 * day_seconds, now}.run(f.conn);
    ++backfills;
  }
  auto patience = soak ? 3600s : 60s;
  BOOST_REQUIRE(test::eventually([&] { return f.certified_backfills() == backfills; }, patience));
  f.certify_all(patience);
  BOOST_TEST(f.text(ever_broken).substr(0, 500) == "");
  // Mail that Nylas no longer lists for IMAP cannot be proved; all else is.
  auto others = f.other_states();
  BOOST_TEST((others == "" || others == "unprovable"), others);
}

BOOST_AUTO_TEST_SUITE_END()
