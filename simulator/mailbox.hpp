#pragma once

#include "simulator/api_objects.hpp"
#include "simulator/generator.hpp"

#include <compare>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace nova::simulator {

/// Where an object stands in a list. Less is newer, so a list is in ascending order of it.
struct position {
  int64_t date = 0;
  uint64_t rank = 0;  // of the thread: its own
  uint32_t index = 0; // of the message; 0 for threads

  friend bool operator==(const position&, const position&) = default;
  friend bool operator<(const position& a, const position& b) {
    if (a.date != b.date)
      return a.date > b.date;
    return a.rank != b.rank ? a.rank < b.rank : a.index > b.index;
  }
};

/// Before all others.
constexpr position newest_position{std::numeric_limits<int64_t>::max(), 0, 0};

/// What a list asks for; a thread matches when one of its messages does.
struct message_filter {
  /// Folder ids, one of which must be there.
  std::vector<std::string> in;
  std::string subject;
  std::vector<std::string> any_email;
  std::vector<std::string> from, to, cc, bcc;
  std::optional<bool> unread, starred, has_attachments;
  /// First and last second that count: of messages, or of the latest message of threads.
  int64_t date_min = std::numeric_limits<int64_t>::min();
  int64_t date_max = std::numeric_limits<int64_t>::max();

  /// Something is asked that only the whole message tells.
  [[nodiscard]] bool needs_record() const;
};
[[nodiscard]] bool matches(const message_filter& filter, const message_record& message);

/// All mail of one grant: what the generator makes, apart from threads that something happened to.
/// Those are held in memory, message by message. Any thread.
class mailbox {
public:
  mailbox(generator source, uint64_t seed);

  mailbox(const mailbox&) = delete;
  mailbox& operator=(const mailbox&) = delete;

  [[nodiscard]] const generator& source() const {
    return source_;
  }

  [[nodiscard]] std::optional<message_record> find_message(const std::string& id) const;
  /// Oldest first; empty when there is no such thread.
  [[nodiscard]] std::vector<message_record> find_thread(const std::string& id) const;

  /// Up to `count` places after `start` (exclusive), newest first.
  [[nodiscard]] std::vector<position> list_threads(const message_filter& filter, position start,
                                                   size_t count) const;
  [[nodiscard]] std::vector<position> list_messages(const message_filter& filter, position start,
                                                    size_t count) const;
  /// What is there now; nothing when it went since it was listed.
  [[nodiscard]] std::vector<message_record> thread_at(position place) const;
  [[nodiscard]] std::optional<message_record> message_at(position place) const;

  /// The truth: visits `limit` messages from number `offset` on, in an order that holds while
  /// nothing changes, and returns how many there are in all.
  uint64_t visit(uint64_t offset, uint64_t limit,
                 const std::function<void(const message_record&)>& see) const;

  /// A message and its thread drawn among those that live; nothing when the mailbox is empty.
  [[nodiscard]] std::optional<message_record> pick(uint64_t drawn) const;

  /// Adds a message and returns it with the ids it got. An empty thread id starts a thread; nothing
  /// when the thread id or the message id given is unknown or taken.
  std::optional<message_record> add(message_record message);

  /// Changes a message in place; id and thread stay. Nothing when it is not there.
  std::optional<message_record> change(const std::string& id,
                                       const std::function<void(message_record&)>& edit);

  /// Removes a message and returns what it was.
  std::optional<message_record> remove(const std::string& id);

  /// Gives a message a new id, as providers do on a move. Returns it after the change.
  std::optional<message_record> change_id(const std::string& id, int64_t now_ms);

  /// Puts a message into another thread, or into a new one when that is empty. Returns it after the
  /// change; nothing when message or thread is not there.
  std::optional<message_record> regroup(const std::string& id, const std::string& thread_id);

private:
  struct live_message {
    message_record record;
    position place;
  };
  struct live_thread {
    uint64_t rank = 0;
    std::set<position> messages;
    position place; // by its latest message
  };

  [[nodiscard]] bool generated(uint64_t thread) const;
  [[nodiscard]] std::vector<message_record> generated_thread(uint64_t thread) const;
  [[nodiscard]] std::vector<message_record> live_records(const live_thread& thread) const;
  [[nodiscard]] std::optional<message_record> look_up(const std::string& id) const;
  void walk_messages(const message_filter& filter, position start, size_t count,
                     std::vector<position>& out) const;
  /// Moves the thread of a generated message from the generator into memory.
  bool take_message(const std::string& id);
  bool take_thread(const std::string& id);
  void take(uint64_t thread);
  void insert(message_record message, uint64_t rank, uint32_t index);
  message_record extract(const std::string& id);
  uint64_t rank_of(const std::string& thread_id);
  void place_thread(const std::string& thread_id, live_thread& thread);

  generator source_;
  uint64_t seed_;
  mutable std::shared_mutex mutex_;
  std::unordered_set<uint64_t> taken_;
  std::unordered_map<std::string, live_message> live_;
  std::map<position, std::string> live_order_;
  std::unordered_map<std::string, live_thread> live_threads_;
  std::map<position, std::string> live_thread_order_;
  uint64_t made_ = 0;                     // ids given to new messages and threads
  uint32_t inserted_ = uint32_t{1} << 20; // index of new messages, above all generated ones
};

} // namespace nova::simulator
