#pragma once

#include "actors/backfill_parts.hpp"
#include "actors/listed_names.hpp"
#include "actors/listing_progress.hpp"
#include "actors/listing_tally.hpp"
#include "actors/observed_actor.hpp"
#include "messages/timer.hpp"
#include "nylas/copies.hpp"
#include "pg/email/record_page.hpp"

#include <caf/error.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <unordered_set>
#include <vector>

namespace nova {

/// Lists one window of a backfill, page by page.
using window_lister_actor = untold_actor;

/// What one `window_lister` is for.
struct window_task {
  config_id config;
  int64_t window = 0;
  int64_t token = 0; // of its claim
};

/// Lists one window of a backfill to the end of its leg (actors/discovery.hpp), page by page:
///
///   open ─▶ read a page ─▶ store its messages ─▶ record its threads and the checkpoint ─▶ …
///              └─ meanwhile the next page is read already
///
/// The checkpoint is in the database: whoever claims the window next goes on there. It is written
/// with each page that brings threads, for others twice a second and at the end. Ends with
/// nothing at the end of the leg or when the backfill was paused, with ec::stale_claim when another
/// has the window, ec::grant_paused, or the error that came too often in a row. Event-based.
struct window_lister_state : observed {
  static inline const char* name = "window_lister";

  explicit window_lister_state(window_lister_actor::pointer self) : observed(self), self(self) {}

  void open();
  void look();

  window_lister_actor::pointer self;
  window_task task;
  backfill_needs needs;
  backfill_settings settings;
  std::mt19937_64 random;
  claimed_window opened;
  window_kind kind;

private:
  /// A page that was read, with what comes after it.
  struct page_read {
    listing_place place;
    discovered_page page;
    int64_t started_at = 0, answered_at = 0;
    std::string next_cursor;
    std::shared_ptr<const void> share = {}; // of the node's budget for answers
    pg::listed_window listed = {};          // what it adds to that of the window
    page_tally tally = {};
  };

  void read(const listing_place& place);
  void find_folders(const listing_place& then, const std::string& page_token);
  void call(nylas::api_request&& request,
            const std::function<void(window_lister_state&, api_answered&&)>& then);
  void accept(const listing_place& place, api_answered&& result);
  void accept_page(const listing_place& place, discovered_page&& page, const api_answered& result);
  void read_whole(page_read&& page);
  void took(page_read&& page);
  void write();
  void store(const std::shared_ptr<page_read>& page);
  void record(const std::shared_ptr<page_read>& page);
  bool may_wait(const pg::record_page& request) const;
  void not_written(const caf::error& reason);
  void recorded(const page_read& page, const pg::page_recorded& answer);
  void go_on(const page_read& page, bool running);
  void refused(const listing_place& place, const api_answered& result);
  void skip_messages(const listing_place& place, const std::string& reason);
  void skip_folder(const listing_place& place, const std::string& reason);
  void restart(const std::string& reason);
  void give_up(const std::string& kind_of_gap, const std::string& reason);
  void failed(const caf::error& reason);
  void try_again(const caf::error& reason);
  void look_after(std::chrono::milliseconds delay);
  void when_written(std::function<void()> then);
  [[nodiscard]] int& limit_of(listing_step step);

  std::vector<std::string> folders_; // sorted
  bool folders_known_ = false;
  listing_progress progress_;
  listing_place progress_of_;   // its page is of no account
  listed_names named_;          // by the threads that were recorded
  nylas::listed_copies copies_; // of this leg, since it was opened
  bool reading_ = false, writing_ = false;
  std::string cursor_;      // after the last page that was written; the checkpoint may be behind
  uint32_t unrecorded_ = 0; // pages since the checkpoint
  pg::listed_window unrecorded_days_;
  listing_tally tally_;
  caf::actor_clock::time_point checkpoint_at_;
  timer next_look_{self};
  std::optional<page_read> read_;      // waits until the page before it is recorded
  std::function<void()> when_written_; // likewise
  uint64_t generation_ = 0;            // what was asked under an older one is void
  uint32_t failures_ = 0;              // in a row
};

window_lister_actor::behavior_type
window_lister(observed_pointer<window_lister_actor, window_lister_state> self, directory_slot slot,
              window_task task, backfill_needs needs, backfill_settings settings);

} // namespace nova
