#pragma once

#include "actors/backfills.hpp"
#include "tests/unit/actors/backfill_fake.hpp"
#include "tests/unit/actors/provider_fake.hpp"

#include <memory>
#include <string>
#include <vector>

namespace nova::test {

inline constexpr const char* config_1 = "11111111-1111-1111-1111-111111111111";
inline constexpr const char* config_2 = "22222222-2222-2222-2222-222222222222";

/// Backfills that wait for the provider, so that they stay until a test ends them.
struct backfills_fixture : provider_fixture {
  backfills_fixture() {
    database.opened.backfill.grant.value = "g1";
    database.opened.windows.push_back({1, 1000, 1100, ""});
    answer = [](const call_grant&) -> caf::result<api_answered> {
      auto throttled = an_answer(429, an_error("rate_limit_error", ""));
      throttled.retry_after = "3600";
      return throttled;
    };
  }

  ~backfills_fixture() {
    self->send_exit(keeper, caf::exit_reason::kill);
    self->send_exit(handle, caf::exit_reason::kill);
    run();
  }

  void find(std::vector<std::string> configs, const std::string& inbox_status = "active") {
    for (const auto& id : configs) {
      backfill_config found;
      found.id.value = id;
      found.inbox_status = inbox_status;
      found.status = "discovering";
      database.found.push_back(found);
    }
  }

  void start() {
    handle = database.spawn(system);
    backfill_needs needs{handle, grants, {}, directory, leases};
    needs.place = place;
    keeper = system.spawn(backfills, directory_slot{}, needs, settings);
    keeper->attach_functor([this] { gone = true; });
    run();
  }

  size_t running() const {
    return directory->snapshot({.kind = "backfill", .key = {}, .parent = {}}).size();
  }

  /// What becomes of a job with that body.
  work_ended job(const std::string& body) {
    work_ended result;
    queue_message message;
    message.body = body;
    ask(
      keeper, message, [&](const work_ended& ended) { result = ended; },
      [&](const caf::error& e) { result.reason = describe(e); });
    return result;
  }

  backfill_database_fake database;
  database_actor handle;
  backfills_actor keeper;
  backfills_settings settings;
  std::shared_ptr<actor_directory> directory = std::make_shared<actor_directory>(clock());
  bool gone = false;
  std::shared_ptr<lease_board> leases; // null: alone
  std::function<std::optional<peer>(const config_id&, const std::set<int64_t>&)> place;
};

/// A keeper that needs a lease for each backfill.
struct leased_backfills_fixture : backfills_fixture {
  leased_backfills_fixture() {
    leases = std::make_shared<lease_board>();
    leases->connect([this](const std::string& name) { wanted.push_back(name); },
                    [this](const std::string& name) { dropped.push_back(name); });
  }

  void told(const char* config, int64_t token) {
    leases->changed(std::string{"backfill:"} + config, token);
    run();
  }

  using names = std::vector<std::string>;
  names wanted, dropped;
  std::string lease_1 = std::string{"backfill:"} + config_1;
};

} // namespace nova::test
