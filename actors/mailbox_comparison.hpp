#pragma once

#include "actors/mailbox_listing.hpp"
#include "mail/certification.hpp"
#include "pg/email/compare_messages.hpp"
#include "pg/email/comparison_findings.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace nova {

/// Compares days of one mailbox with what its provider lists.
using mailbox_comparison_actor = untold_actor;

/// A page of the list, as it is noted and compared. Answers what is not equal.
struct compare_page {
  static constexpr const char* name = "compare_page";

  inbox_id inbox;
  int64_t comparison = 0;
  day_range days;
  std::shared_ptr<std::vector<email_message>> messages;
  std::vector<email_reject> rejected;
  int64_t lo = 0, hi = 0; // microseconds since 1970, between which they were read
  bool mend = false;      // what differs is stored afterwards

  std::vector<pg::message_difference> run(pg::connection& conn) const;
};

struct mailbox_comparison_settings {
  listing_settings listing = {};
  std::string by; // for the certificates
  /// A notification that is on its way when its message is listed is stored by then, or lost.
  std::chrono::milliseconds flight_limit{10'000};
  std::chrono::milliseconds settle_look{500};
  /// What differs is kept until then, up to so many messages and bytes; beyond it is stored at
  /// once.
  size_t kept_max = 500;
  size_t kept_bytes_max = size_t{8} << 20;
  /// What is not listed is asked for by its id, up to so many messages.
  uint32_t unlisted_max = 100;
  /// False: it only looks. What differs is named and stays as it is.
  bool mends = true;
};

/// What an id is when it is asked for by itself. Neither a message nor gone: it cannot be had now.
struct asked_message {
  std::optional<email_message> message = {};
  bool gone = false;
  int64_t lo = 0, hi = 0; // microseconds since 1970, between which it was read
};

/// One comparison (docs/certificates.md):
///
///   begin ─▶ list and compare page by page ─▶ settle ─▶ ask for what was not listed ─▶ judge ─▶
///   mend
///
/// What was missing or differed is stored after the days were judged, from the page that showed it;
/// what the database alone has is asked for by its id: it is there, and the list left it out, or
/// its 404 is the first of two. Of a backfill that has just ended what its own pages said is judged
/// first; nothing is listed for that. Event-based.
struct mailbox_comparison_state : mailbox_listing {
  static inline const char* name = "mailbox_comparison";

  explicit mailbox_comparison_state(mailbox_comparison_actor::pointer self)
    : mailbox_listing(self) {}

  void start(certification of, listing_needs with, mailbox_comparison_settings how);

  certification what;
  mailbox_comparison_settings own;

protected:
  void take(listed_page&& page) override;
  void keep() override;
  void begin_again() override;
  void at_end() override;
  /// Its number is known, its days are quiet; then `list`.
  virtual void began();
  /// All that can be known is known: ends the comparison, then `judged`.
  virtual void judge();
  /// The days are judged, and what differed is stored.
  virtual void done() {
    self->quit();
  }
  void judged(bool equal);
  /// Asks for one message; a throttled grant is waited for. Without any answer the comparison ends.
  void get(const std::string& id, std::function<void(asked_message&&)> then);
  [[nodiscard]] uint32_t calls_made() const {
    return calls() + gets_;
  }
  [[nodiscard]] uint32_t gets() const {
    return gets_;
  }

  std::vector<pg::comparison_finding> found; // by the last look
  bool somebody_writes = true;               // so notifications may be on their way
  uint64_t mended = 0;                       // messages that were stored because they differed
  timer next_step{self};

private:
  using shown_page = std::shared_ptr<std::vector<email_message>>;

  void compare(shown_page shown, std::vector<email_reject>&& rejected, int64_t lo, int64_t hi,
               std::function<void()> then);
  void keep_or_mend(const std::vector<pg::message_difference>& differing, const shown_page& shown,
                    int64_t lo, int64_t hi, bool mend, std::vector<email_reject>&& rejected,
                    std::function<void()> then);
  void open();
  void settle();
  void judge_own_pages();
  void look_at_findings();
  void ask_for_unlisted();
  void unlisted_answered(const std::string& id, asked_message&& answer);
  void note_not_found();
  void mend();
  void store(store_messages&& request, std::function<void()> then);
  void not_compared(const caf::error& reason);

  /// A message that differs, as it was read.
  struct kept_message {
    email_message message;
    int64_t lo = 0, hi = 0;
  };
  std::map<std::string, kept_message> kept_;
  size_t kept_bytes_ = 0;
  std::vector<std::string> unlisted_;  // to be asked for
  std::vector<std::string> not_found_; // of them, those with a 404
  int64_t asked_at_ = 0;               // since when
  uint32_t gets_ = 0;
  std::set<std::string> to_mend_;
  bool listed_ = false; // to the end
  size_t looks_ = 0;    // at what was in flight
  caf::actor_clock::time_point in_flight_since_;
  caf::actor_clock::time_point deadline_;
};

mailbox_comparison_actor::behavior_type
mailbox_comparison(observed_pointer<mailbox_comparison_actor, mailbox_comparison_state> self,
                   directory_slot slot, certification what, listing_needs needs,
                   mailbox_comparison_settings settings);

} // namespace nova
