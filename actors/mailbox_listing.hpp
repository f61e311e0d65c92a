#pragma once

#include "actors/grant_calls.hpp"
#include "actors/listing_progress.hpp"
#include "actors/mail_store.hpp"
#include "actors/observed_actor.hpp"
#include "actors/query.hpp"
#include "base/clock.hpp"
#include "messages/timer.hpp"
#include "nylas/copies.hpp"
#include "nylas/parse.hpp"

#include <caf/error.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace nova {

/// What of a mailbox is listed, and where it goes on.
struct listing_scope {
  inbox_id inbox;
  grant_id grant;
  std::optional<int64_t> from{}, to{}; // received after and before, in seconds; none: no bound
  call_lane lane = call_lane::backfill;
  std::string cursor{}; // of the next page; empty: the first
  std::string provider{};
};

struct listing_needs {
  database_actor database;
  grants_actor grants;
  mail_store_actor store;
};

struct listing_settings {
  int page_limit = 100; // messages a page; the API takes at most 200
  /// Failures in a row before the listing ends with the error.
  uint32_t failures_max = 6;
  /// How often it may begin again because a cursor leads nowhere.
  uint32_t restarts_max = 3;
  /// Between two signs of life to the row that says who lists; a claim lasts several of them.
  std::chrono::milliseconds renew_interval{15'000};
  /// False: attachments are left out of messages (NOVA_STORE_ATTACHMENTS=none).
  bool attachments_listed = true;
  /// Of the jitter; 0 takes a random one.
  uint64_t seed = 0;
  base::clock wall = base::wall_now;
};

/// A page of the list.
struct listed_page {
  discovered_page read;
  bool ids_only = false; // its message is too large to be read
  int64_t started_at = 0, answered_at = 0;
  std::shared_ptr<const void> share = {}; // of the node's budget for answers
};

/// Lists messages of one mailbox to the very end, because Gmail's lists have no order, page by
/// page:
///
///   read a page ─▶ take it (what that is, the deriving actor says) ─▶ keep the cursor ─▶ …
///
/// A throttled grant is waited for, a page that is too large comes in smaller ones, a cursor that
/// leads nowhere has the list begin again. The cursor is in the database: whoever claims the same
/// listing later goes on there. Ends with nothing at the end, with ec::stale_claim when another has
/// the listing, with ec::grant_paused or ec::provider_unreachable, or with the error that came too
/// often in a row.
class mailbox_listing : public observed {
public:
  explicit mailbox_listing(untold_actor::pointer self) : observed(self), self(self) {}
  virtual ~mailbox_listing() = default;
  mailbox_listing(const mailbox_listing&) = delete;
  mailbox_listing& operator=(const mailbox_listing&) = delete;

  void list();

  untold_actor::pointer self;
  listing_scope scope;
  listing_needs needs;
  listing_settings settings;
  std::mt19937_64 random;

protected:
  /// Stores or compares a page, then calls `taken`, or `failed`.
  virtual void take(listed_page&& page) = 0;
  /// Keeps the cursor and the claim, then calls `kept`, or `not_kept`.
  virtual void keep() = 0;
  /// What was listed so far does not count; then calls `list`, or `failed`.
  virtual void begin_again() {
    list();
  }
  /// After the last page.
  virtual void at_end() = 0;
  /// Says what it waits for.
  virtual void waits(const std::string& sentence) {
    doing(sentence);
  }

  void taken();
  void kept(bool mine);
  void not_kept(const caf::error& reason);
  void failed(const caf::error& reason);
  /// As the store has them.
  void leave_out(std::vector<email_message>& messages) const;
  [[nodiscard]] uint32_t calls() const {
    return calls_;
  }

private:
  void read();
  void accept(api_answered&& result);
  void accept_page(nylas::parsed<discovered_page>&& page, const api_answered& result);
  void refused(const api_answered& result);
  void restart(const std::string& reason);
  void try_again(const std::string& reason);
  void renew();

  listing_progress progress_;
  nylas::listed_copies copies_;
  std::string next_; // the cursor after the page that is being taken
  int limit_ = 0;
  bool ids_only_ = false;
  bool keeping_ = false;
  bool sign_of_life_ = false; // the cursor is kept for the claim's sake alone
  uint32_t failures_ = 0;     // in a row
  uint32_t restarts_ = 0;
  uint32_t calls_ = 0;
  timer next_look_{self};
  timer next_renewal_{self};
};

} // namespace nova
