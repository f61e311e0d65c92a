#include "actors/mailbox_listing.hpp"

#include "actors/backfill_parts.hpp"
#include "actors/listing_rules.hpp"
#include "actors/rejects.hpp"
#include "base/log.hpp"
#include "mail/attachments.hpp"
#include "messages/error_code.hpp"
#include "messages/timed_request.hpp"

#include <algorithm>
#include <utility>

namespace nova {
namespace {

constexpr base::log mailbox_listing_log{"MailboxListing"};

/// Of messages that are too large to be read the ids are there alone.
nylas::parsed<discovered_page> read_too_large(std::string&& body) {
  auto page = nylas::parse_message_page(std::move(body));
  if (!page)
    return tl::unexpected(page.error());
  discovered_page read;
  read.page_token = std::move(page->next_cursor);
  read.rejected = std::move(page->rejected);
  for (const auto& message : page->items) {
    auto& reject = read.rejected.emplace_back(
      refused_message(message, "it is too large for an answer of the provider"));
    reject.raw.clear();
  }
  return read;
}

} // namespace

void mailbox_listing::list() {
  if (!next_renewal_.is_set())
    next_renewal_.after(settings.renew_interval, [this] { renew(); });
  if (limit_ == 0)
    limit_ = settings.page_limit;
  next_look_.stop();
  read();
}

void mailbox_listing::read() {
  doing("listing messages");
  nylas::message_query query;
  query.grant_id = scope.grant.value;
  query.page_token = scope.cursor;
  query.received_after = scope.from;
  query.received_before = scope.to;
  query.limit = limit_;
  query.provider = scope.provider;
  if (ids_only_)
    query.select = "id";
  call_grant call;
  call.grant = scope.grant;
  call.asker = slot;
  call.lane = scope.lane;
  call.call = nylas::list_messages(query);
  ++calls_;
  timed_request(self, needs.grants, listing_call_timeout, std::move(call))
    .then([this](api_answered& answer) { accept(std::move(answer)); },
          [this](const caf::error& reason) { failed(reason); });
}

void mailbox_listing::accept(api_answered&& result) {
  if (result.verdict == nylas::verdict::gone && !scope.cursor.empty()) {
    // Some lists end so instead of with a page without a cursor.
    next_.clear();
    taken();
    return;
  }
  if (result.verdict != nylas::verdict::ok) {
    refused(result);
    return;
  }
  if (result.body.size() > large_page)
    limit_ = std::min(limit_, after_failure(limit_));
  auto page = ids_only_ ? read_too_large(std::move(result.body))
                        : read_page(listing_step::messages, std::move(result.body));
  accept_page(std::move(page), result);
}

void mailbox_listing::accept_page(nylas::parsed<discovered_page>&& page,
                                  const api_answered& result) {
  if (!page) {
    try_again(to_string(page.error()));
    return;
  }
  if (auto why = progress_.judge(scope.cursor, *page); !why.empty()) {
    restart(why);
    return;
  }
  if (nylas::is_imap(scope.provider))
    copies_.unite(page->messages);
  leave_out(page->messages);
  next_ = page->page_token;
  listed_page listed{std::move(*page), ids_only_, result.started_at, result.answered_at,
                     result.share};
  if (std::exchange(ids_only_, false))
    limit_ = settings.page_limit;
  take(std::move(listed));
}

void mailbox_listing::leave_out(std::vector<email_message>& messages) const {
  if (!settings.attachments_listed)
    std::ranges::for_each(messages, leave_out_attachments);
}

void mailbox_listing::refused(const api_answered& result) {
  switch (judge_refusal(result, limit_)) {
    case page_refusal::wait:
      waits("waits: " + describe(result));
      next_look_.after(retry_after(result, listing_throttle_pause), [this] { list(); });
      return;
    case page_refusal::again:
      if (result.verdict == nylas::verdict::transient)
        limit_ = std::min(limit_, after_failure(limit_));
      try_again(describe(result));
      return;
    case page_refusal::restart:
      restart("the provider no longer takes its cursor: " + describe(result));
      return;
    case page_refusal::smaller:
      limit_ /= 2;
      list();
      return;
    case page_refusal::too_large:
      if (ids_only_)
        break;
      ids_only_ = true;
      list();
      return;
    case page_refusal::refused: break;
  }
  try_again(describe(result));
}

void mailbox_listing::restart(const std::string& reason) {
  mailbox_listing_log.warn("a list begins again", {{"inbox", scope.inbox}, {"reason", reason}});
  if (++restarts_ > settings.restarts_max) {
    self->quit(caf::make_error(ec::provider_refused, reason + "; it was begun again "
                                                       + std::to_string(settings.restarts_max)
                                                       + " times"));
    return;
  }
  progress_ = {};
  copies_ = {};
  scope.cursor.clear();
  next_look_.after(between_listing_tries.delay(restarts_ - 1, random), [this] { begin_again(); });
}

/// The page is stored, or compared.
void mailbox_listing::taken() {
  failures_ = 0;
  // Who goes on with it after a crash reads the last page again.
  if (next_.empty()) {
    at_end();
    return;
  }
  scope.cursor = next_;
  sign_of_life_ = false;
  if (!std::exchange(keeping_, true))
    keep();
}

/// A claim that runs out while a throttled grant is waited for would be another's.
void mailbox_listing::renew() {
  next_renewal_.after(settings.renew_interval, [this] { renew(); });
  if (std::exchange(keeping_, true))
    return;
  sign_of_life_ = true;
  keep();
}

void mailbox_listing::kept(bool mine) {
  keeping_ = false;
  if (!mine)
    self->quit(ec::stale_claim);
  else if (!sign_of_life_)
    list();
}

void mailbox_listing::not_kept(const caf::error& reason) {
  keeping_ = false;
  // The next page, or the next sign of life, tries again.
  if (!sign_of_life_ || reason == ec::stale_claim)
    failed(reason);
}

void mailbox_listing::failed(const caf::error& reason) {
  if (reason == ec::grant_paused || reason == ec::stale_claim || reason == ec::provider_unreachable)
    self->quit(reason);
  else
    try_again(describe(reason));
}

void mailbox_listing::try_again(const std::string& reason) {
  mailbox_listing_log.debug("page failed", {{"inbox", scope.inbox}, {"reason", reason}});
  if (++failures_ > settings.failures_max)
    self->quit(caf::make_error(ec::provider_transient, reason));
  else
    next_look_.after(between_listing_tries.delay(failures_ - 1, random), [this] { list(); });
}

} // namespace nova
