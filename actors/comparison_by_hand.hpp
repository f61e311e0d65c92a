#pragma once

#include "actors/mailbox_comparison.hpp"
#include "mail/inboxes.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace nova {

/// What a comparison by hand found. Its actor's until that has ended; whole when it did so without
/// an error.
struct comparison_outcome {
  int64_t comparison = 0;                    // its number, when it began
  uint64_t messages = 0;                     // of the provider, that could be read
  uint64_t threads = 0;                      // of those that are stored
  std::vector<pg::comparison_finding> found; // at most `findings_max` of a kind
  uint64_t mended = 0;                       // messages that were stored
  uint64_t deleted = 0;                      // what two 404s made tombstones
  uint64_t undecided = 0;                    // what the database alone has still
  uint64_t calls = 0;
};

struct comparison_by_hand_settings {
  mailbox_comparison_settings comparison = {};
  uint64_t findings_max = 20; // of a kind, for who reads them
  /// Two 404s are a minute apart; a node that reads one of them meanwhile hides it for another.
  std::chrono::milliseconds resolve_limit{150'000};
  std::chrono::milliseconds resolve_look{500};
};

/// What is compared, and who is told.
struct comparison_wish {
  certification what; // without a row: no scope, no token
  std::shared_ptr<comparison_outcome> outcome;
  /// Told in a sentence what it waits for, on the actor's thread; may be empty.
  std::function<void(const std::string&)> waiting = {};
};

/// A comparison that somebody asked for (docs/certificates.md). It has no row in
/// nova.mail_certifications: what claims, tokens and cursors are for, another who goes on with it
/// after a crash, does not come to pass, and two commands may compare one inbox at a time. One that
/// is killed verifies nothing. With `mends` what differs is stored page by page, and after the
/// judgement what the database alone has is asked for until two 404s, a minute apart, made it a
/// tombstone:
///
///   begin ─▶ list, compare, store ─▶ settle ─▶ judge ─▶ ask again for what is not listed
///
/// Ends with nothing, or with the error that kept it from its end. Event-based.
struct comparison_by_hand_state : mailbox_comparison_state {
  static inline const char* name = "comparison_by_hand";

  explicit comparison_by_hand_state(mailbox_comparison_actor::pointer self)
    : mailbox_comparison_state(self) {}

  comparison_wish wish;
  comparison_by_hand_settings by_hand;

protected:
  void began() override;
  void keep() override {
    kept(true);
  }
  void at_end() override;
  void waits(const std::string& sentence) override;
  void judge() override;
  void done() override;

private:
  void end();
  void resolve();
  void ask_for_next();
  void answered(const refetch& which, asked_message&& answer);
  void leave_out_decided();
  void finish();

  std::set<message_id> open_; // what the database alone has
  std::vector<refetch> due_;  // of them, what can be decided now
  caf::actor_clock::time_point resolve_until_;
  std::string told_;
};

mailbox_comparison_actor::behavior_type
comparison_by_hand(observed_pointer<mailbox_comparison_actor, comparison_by_hand_state> self,
                   directory_slot slot, comparison_wish wish, listing_needs needs,
                   comparison_by_hand_settings settings);

} // namespace nova
