#pragma once

#include "actors/awaited_answers.hpp"
#include "actors/mailbox_account.hpp"
#include "actors/trace.hpp"
#include "base/clock.hpp"
#include "base/finding.hpp"

#include <any>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nova {

/// Of a reason of a failure, in bytes; the rest is cut off.
constexpr size_t failure_reason_max = 1000;

/// What one incarnation of an actor counts by itself, message by message. Written by its enqueuers
/// and the thread that runs it, read by who looks: atomics only.
struct actor_activity {
  std::atomic<uint64_t> received{0};
  std::atomic<uint64_t> handled{0};
  /// Since when the message is handled that is handled now, microseconds since 1970; 0: idle.
  std::atomic<int64_t> busy_since{0};
  /// The type of that message or of the last one, as the actor framework numbers it; 0: unknown.
  std::atomic<uint16_t> message{0};
  /// It takes no message until somebody wakes it.
  std::atomic<bool> suspended{false};
  mailbox_account mailbox;
  awaited_answers awaited;
  /// Set before the first message; null without a directory.
  std::shared_ptr<trace_tap> tap;

  /// A message of that type came (any thread), or is done (the actor's).
  void came(uint16_t type) noexcept;
  void went(uint16_t type) noexcept;
};

/// What an actor tries again and again and could not do the last time, or soon cannot.
struct failing_loop {
  std::string what; // "claim threads"
  std::string reason;
  base::wall_time since;
  uint64_t times = 0;      // in a row; 0: it works and soon will not, for that reason
  base::wall_time told_at; // when the log was told last
  std::string about = {};  // "database": what is to blame, if it is not the actor
  std::string next = {};   // what helps, if it is known
  base::finding_level level = base::finding_level::warning; // of who is to blame
};

/// Whose fault a failing loop is, and what helps; empty: the actor's own, and nothing is known.
struct failing_cause {
  std::string_view about, next;
  base::finding_level level = base::finding_level::warning;
};

struct child_standing;

/// What the directory knows of one actor, as of the moment of the snapshot.
struct actor_row {
  actor_name name;
  /// What it does now, in words, and since when.
  std::string doing;
  base::wall_time doing_since;
  /// Of this incarnation: a restart sets it anew.
  base::wall_time started_at;
  uint64_t handled = 0;
  /// Messages that wait for the actor, in its mailbox and in its hands; a hint, which is 0 when
  /// nobody counts them.
  uint64_t waiting = 0;
  uint32_t restarts = 0;
  std::string last_failure;
  /// It failed too often and stays down until somebody restarts it.
  bool parked = false;
  uint64_t received = 0;
  /// When the message began that is being handled; nothing when it is idle or does not count.
  std::optional<base::wall_time> busy_since;
  uint16_t message = 0; // see `actor_activity`
  bool suspended = false;
  bool counts = false; // it counts its own messages, so that `waiting` is exact
  /// When the oldest message of its mailbox came, at the earliest; see `mailbox_account`.
  std::optional<base::wall_time> oldest_came;
  awaited_answers::oldest awaits;
  /// While there is any, `doing` tells of the first.
  std::vector<failing_loop> failing;
  /// What its supervisor says of it (`actors/child_standing.hpp`); null: it has none.
  std::shared_ptr<const child_standing> standing;
};

/// An abnormal end of an actor, kept by the directory and written to `actor_failures`.
struct actor_failure {
  actor_name name;
  std::string reason;
  std::string doing;
  uint32_t restart_no = 0; // how often it had been restarted before
  base::wall_time at;
  uint64_t number = 0;  // set by the directory: 1 for the first, never reused
  uint16_t message = 0; // the type of the last one, see `actor_activity`
};

/// Which rows are wanted. An empty field lets everything pass.
struct directory_filter {
  std::string kind;
  std::string key;
  std::string parent;
  size_t rows_max = 100'000;
};

struct directory_entry;
struct directory_shelf;

/// An actor's entry. Copies share the entry; it leaves the directory with its last copy. One that
/// was made by default belongs to no directory and takes everything without effect, so that a test
/// need not have one. Every member is callable from any thread and takes well below a microsecond.
class directory_slot {
public:
  directory_slot() = default;

  /// Says what the actor is about to do: a short sentence without secrets, cut at 200 bytes.
  void doing(std::string_view sentence) const;
  [[nodiscard]] std::string doing() const;
  /// The type of the message that is being handled or was the last, see `actor_activity`.
  [[nodiscard]] uint16_t message() const;

  /// Says how many requests the actor took from its mailbox and keeps unanswered until it can do
  /// something about them. They wait as much as those in the mailbox do.
  void holds(uint64_t count) const noexcept;

  /// Says that the actor could not do what it tries again and again ("claim threads"), or that it
  /// could. Answers how often in a row it failed when that is to be logged: the first time, then
  /// once a minute, and when it works again after it failed; else 0.
  [[nodiscard]] uint64_t fails(std::string_view what, std::string_view reason,
                               failing_cause cause = {}) const;
  [[nodiscard]] uint64_t works(std::string_view what) const;

  /// Says that something works and soon will not ("its certificate", "ends in 9 days"); `works`
  /// takes it back. Answers whether that is news.
  [[nodiscard]] bool warns(std::string_view what, std::string_view how) const;

  /// Its supervisor writes these: the actor ended and why (cut at 1,000 bytes); it was started
  /// again; it is down until somebody restarts it, or not any more.
  void failed(std::string_view reason) const;
  void restarted() const;
  void park(bool parked) const;
  void stand(std::shared_ptr<const child_standing> standing) const;
  [[nodiscard]] uint32_t restarts() const noexcept;

  [[nodiscard]] const actor_name& name() const noexcept;

  /// A new incarnation of the actor begins to count by itself. `handle` is how to reach it, for
  /// `directory::find`; it must not keep the actor alive.
  void adopt(std::shared_ptr<actor_activity> activity, std::any handle) const;

  explicit operator bool() const noexcept {
    return entry_ != nullptr;
  }

private:
  friend class actor_directory;
  friend class weak_slot;

  std::shared_ptr<directory_entry> entry_;
};

/// The entry of an actor that may have left; keeps it in no directory.
class weak_slot {
public:
  weak_slot() = default;
  weak_slot(const directory_slot& slot)
    : entry_(slot.entry_) {} // NOLINT(google-explicit-constructor)

  /// Whether it stood for an actor that has left.
  [[nodiscard]] bool gone() const {
    std::weak_ptr<directory_entry> none;
    auto stood_for_one = entry_.owner_before(none) || none.owner_before(entry_);
    return stood_for_one && entry_.expired();
  }

  /// One that takes everything without effect when the actor is gone.
  [[nodiscard]] directory_slot lock() const {
    directory_slot slot;
    slot.entry_ = entry_.lock();
    return slot;
  }

private:
  std::weak_ptr<directory_entry> entry_;
};

/// All actors of a node and what they are doing. Nobody who looks waits for an actor, and an actor
/// waits for who looks only while its own row, or at most one of 64 parts of the list, is copied.
/// Thread-safe.
class actor_directory {
public:
  explicit actor_directory(base::clock now = base::wall_now);
  ~actor_directory();

  actor_directory(const actor_directory&) = delete;
  actor_directory& operator=(const actor_directory&) = delete;

  /// Enters an actor. The slot may outlive the directory.
  [[nodiscard]] directory_slot open(actor_name name);

  /// The rows that pass, in no order, at most `rows_max`.
  [[nodiscard]] std::vector<actor_row> snapshot(const directory_filter& filter = {}) const;
  /// The same one by one, without keeping them: `look` gets a row that is good until it returns. It
  /// must not call the directory.
  void visit(const directory_filter& filter,
             const std::function<void(const actor_row&)>& look) const;
  [[nodiscard]] size_t size() const noexcept;

  struct found_actor {
    actor_row row;
    std::any handle; // as given to `directory_slot::adopt`; empty when nothing was
    std::vector<mailbox_account::part> mailbox; // what waits in it, by type
  };
  /// The actor of that path, `kind` or `kind/key`. A word that is no path stands for all actors of
  /// that kind.
  [[nodiscard]] std::vector<found_actor> find(std::string_view path) const;

  /// All actors that can be reached, by their paths.
  [[nodiscard]] std::vector<std::pair<std::string, std::any>> handles() const;

  /// Where who follows actors or a piece of work subscribes.
  [[nodiscard]] trace_tap& tap() const noexcept;

  /// Keeps a failure; the oldest of more than 1,000 is dropped.
  void record(actor_failure failure);

  /// The failures whose number is above `after`, oldest first; so a reader can follow them.
  [[nodiscard]] std::vector<actor_failure> failures(uint64_t after = 0) const;

  /// The directory's clock, for who stamps what it records.
  [[nodiscard]] base::wall_time now() const;

private:
  std::shared_ptr<directory_shelf> shelf_;
};

} // namespace nova
