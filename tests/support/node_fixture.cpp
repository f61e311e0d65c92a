#include "tests/support/node_fixture.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "pg/email/add_inbox.hpp"
#include "pg/email/list_backfills.hpp"
#include "pg/email/start_backfill.hpp"

#include <cstdlib>

namespace nova::test {
namespace {

using namespace std::chrono_literals;

constexpr int64_t day = int64_t{24} * 3600;

int64_t now_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(base::wall_now().time_since_epoch())
    .count();
}

} // namespace

simulator::options a_mailbox(uint64_t threads, uint32_t messages_per_thread) {
  simulator::options options;
  auto& grant = options.grants.front();
  grant.provider = simulator::provider::nylas;
  grant.mailbox.threads = threads;
  grant.mailbox.messages_per_thread = messages_per_thread;
  return options;
}

node_fixture::node_fixture(const simulator::options& provider_options)
  : provider(provider_options) {
  const auto* wanted =
    std::getenv("NOVA_TEST_LOG"); // NOLINT(concurrency-mt-unsafe): nothing sets it
  auto level = base::parse_log_level(wanted ? wanted : "off");
  base::configure_log({level.value_or(base::log_level::off), base::log_format::text});
}

app::node_settings node_fixture::settings() const {
  app::node_settings made;
  made.database.url = url();
  made.api = {provider.url(), provider.api_key()};
  made.threads.poll = 200ms;
  made.backfills.poll = 200ms;
  made.completion.interval = 200ms;
  made.completion.recovery_interval = 1s;
  made.webhooks.poll = 200ms;
  made.stop_timeout = 5s;
  return made;
}

std::string node_fixture::add_inbox() {
  return pg::add_inbox{"owner@example.com", grant_id{grant()}, "nylas"}.run(conn).id.value;
}

std::string node_fixture::start_backfill(const std::string& inbox) {
  return pg::start_backfill{inbox_id{inbox}, now_seconds() - 364 * day, now_seconds()}
    .run(conn)
    .value;
}

std::string node_fixture::backfill_status(const std::string& config) {
  auto found = pg::list_backfills{config_id{config}}.run(conn);
  return found.empty() ? "" : found.front().status;
}

} // namespace nova::test
