#include "app/verification.hpp"

#include "actors/comparison_by_hand.hpp"
#include "actors/database.hpp"
#include "actors/direct_calls.hpp"
#include "app/provider_reader.hpp"
#include "messages/error_code.hpp"
#include "pg/email/count_mail.hpp"
#include "pg/email/drop_comparison.hpp"
#include "pg/error.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/system_messages.hpp>

#include <stdexcept>
#include <utility>

namespace nova::app {
namespace {

// The API takes no more.
constexpr int page_limit = 200;

struct comparison_system_settings : caf::actor_system_config {
  comparison_system_settings() {
    set("scheduler.policy", caf::atom("sharing")); // see app/node.cpp
    set("scheduler.max-threads", size_t{1});
  }
};

/// What a node has for its comparisons, for one that a command waits for.
class comparison_host {
public:
  comparison_host(const pg::connection_settings& where, const nylas::api_settings& api,
                  bool attachments_listed) {
    auto worker =
      spawn_database_worker(system_, {where.url, where.prepare, where.application_name});
    needs_.database =
      self_->spawn(database, directory_slot{}, std::vector{std::move(worker)}, database_limits{});
    http_ = spawn_http_client(system_, directory_slot{}, api, {});
    needs_.grants = self_->spawn(direct_calls, directory_slot{}, http_);
    mail_store_limits limits;
    limits.attachments_listed = attachments_listed;
    needs_.store = self_->spawn(mail_store, directory_slot{}, needs_.database, limits);
  }

  ~comparison_host() {
    self_->send_exit(needs_.store, caf::exit_reason::user_shutdown);
    self_->send_exit(needs_.grants, caf::exit_reason::user_shutdown);
    self_->send_exit(http_, caf::exit_reason::user_shutdown);
    self_->send_exit(needs_.database, caf::exit_reason::user_shutdown);
  }

  comparison_host(const comparison_host&) = delete;
  comparison_host& operator=(const comparison_host&) = delete;

  /// Why it did not come to its end, or nothing.
  caf::error run(comparison_wish wish, comparison_by_hand_settings settings) {
    self_->spawn<caf::monitored>(comparison_by_hand, directory_slot{}, std::move(wish), needs_,
                                 std::move(settings));
    caf::error reason;
    self_->receive([&](const caf::down_msg& ended) { reason = ended.reason; });
    return reason;
  }

private:
  comparison_system_settings settings_;
  caf::actor_system system_{settings_};
  caf::scoped_actor self_{system_};
  http_client_actor http_;
  listing_needs needs_;
};

[[noreturn]] void explain_failure(const caf::error& reason) {
  const auto& context = reason.context();
  auto text = !context.empty() && context.match_element<std::string>(0)
                ? context.get_as<std::string>(0)
                : describe(reason);
  if (reason == ec::database_unavailable || reason == ec::database_in_doubt)
    throw pg::error(pg::failure::lost, text);
  if (reason == ec::database_refused)
    throw pg::error(pg::failure::refused, text);
  throw std::runtime_error("the provider's messages cannot be listed: " + with_advice(text));
}

/// Of one that came to no end. What the lost connection leaves is dropped by the next one.
void forget(pg::connection& conn, int64_t comparison) {
  try {
    if (comparison != 0)
      pg::drop_comparison{comparison}.run(conn);
  } catch (const pg::error&) {
    // Why the comparison ended is what the caller is told.
  }
}

uint64_t& count_of(verification& result, const std::string& what) {
  if (what == "missing")
    return result.missing;
  if (what == "extra")
    return result.extra;
  if (what == "rejected")
    return result.unreadable;
  if (what == "unlisted")
    return result.unlisted;
  return what == "in flight" ? result.in_flight : result.stale;
}

verification result_of(const comparison_outcome& outcome) {
  verification result;
  result.messages = outcome.messages;
  result.threads = outcome.threads;
  result.repaired = outcome.mended;
  result.deleted = outcome.deleted;
  result.unresolved = outcome.undecided;
  result.api_calls = outcome.calls;
  for (const auto& one : outcome.found) {
    count_of(result, one.what) = one.total;
    if (one.what == "in flight" || one.what == "unlisted")
      continue;
    auto what = one.what == "rejected" ? "not readable: " + one.detail
                : one.what == "extra"  ? std::string{"in the database alone"}
                : one.detail.empty()   ? one.what
                                       : one.detail;
    result.differences.push_back(one.id.substr(0, 100) + ": " + what);
  }
  return result;
}

} // namespace

verification verify_mailbox(pg::connection& conn, const nylas::api_settings& api,
                            const verification_scope& scope) {
  comparison_by_hand_settings settings;
  settings.comparison.by = scope.by;
  settings.comparison.mends = scope.repair;
  settings.comparison.listing.page_limit = page_limit;
  settings.comparison.listing.attachments_listed = scope.attachments_listed;
  comparison_wish wish;
  wish.what.inbox = scope.inbox;
  wish.what.grant = grant_id{scope.grant_id};
  wish.what.provider = scope.provider;
  wish.what.days = scope.days;
  wish.waiting = scope.waiting;
  wish.outcome = std::make_shared<comparison_outcome>();
  auto outcome = wish.outcome;
  auto reason = comparison_host{conn.settings(), api, scope.attachments_listed}.run(
    std::move(wish), std::move(settings));
  if (reason) {
    forget(conn, outcome->comparison);
    explain_failure(reason);
  }
  auto result = result_of(*outcome);
  result.threads_wrong = pg::count_mail{scope.inbox}.run(conn).threads_wrong;
  if (result.threads_wrong > 0)
    result.differences.push_back(std::to_string(result.threads_wrong)
                                 + " threads do not match their messages");
  return result;
}

} // namespace nova::app
