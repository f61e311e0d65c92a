#pragma once

#include "simulator/world.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What happens to mailboxes and grants while the simulator runs. Each change is told to webhooks
/// unless it is quiet; what is refused changes nothing.
namespace nova::simulator {

/// `.created`, `.updated` (which lacks attachments, bcc and reply_to) and `.deleted` (which has ids
/// only).
event message_event(const grant_state& grant, std::string_view type, const message_record& message);

/// `grant.created`, `grant.updated`, `grant.expired`, `grant.deleted`.
event grant_event(const world& in, grant_state& grant, std::string_view type);

/// `thread.replied`, as tracking tells it of mail that was sent through Nylas.
event replied_event(const grant_state& grant, const message_record& reply,
                    const std::string& root_id);

/// A message to be made; what is empty is filled in as the generator would.
struct new_message {
  std::string id;
  std::string thread_id; // empty: starts a thread
  std::string header_id; // Message-ID; empty: one of its own
  std::string subject;
  std::optional<std::string> body;
  std::vector<address> from, to, cc, bcc, reply_to;
  std::vector<std::string> folders; // empty: the inbox, or the sent folder
  std::optional<int64_t> date;      // none: now
  bool unread = true;
  bool starred = false;
  bool sent = false;
  bool draft = false;
};

struct message_edit {
  std::optional<std::string> subject, body;
  std::optional<std::vector<std::string>> folders;
  std::optional<bool> unread, starred;
};

class changes {
public:
  explicit changes(world& in) : in_(&in) {}

  /// No webhook is told of what follows.
  [[nodiscard]] changes quiet() const {
    changes out{*in_};
    out.quiet_ = true;
    return out;
  }

  /// Nothing when the thread does not exist, or the id does.
  std::optional<message_record> create(grant_state& grant, const new_message& wanted);
  /// From here on nothing means that the message (or thread) is not there.
  std::optional<message_record> edit(grant_state& grant, const std::string& id,
                                     const message_edit& what);
  bool remove(grant_state& grant, const std::string& id);
  /// Into one folder. With `new_id` the message gets another id: deleted and created are told.
  /// Without saying, it does what the mailbox does (`grant_habits::move_changes_id`), as an edit of
  /// `folders` does too.
  std::optional<message_record> move(grant_state& grant, const std::string& id,
                                     const std::string& folder,
                                     std::optional<bool> new_id = std::nullopt);
  /// The message stays where it is but gets another id: deleted and created are told.
  std::optional<message_record> rename(grant_state& grant, const std::string& id);
  /// The messages leave their thread for a new one, whose id is returned.
  std::optional<std::string> split(grant_state& grant, const std::vector<std::string>& ids);
  /// All messages of `from` go to `into`.
  bool merge(grant_state& grant, const std::string& from, const std::string& into);

  /// Mail that changes from now on is told of later, or never.
  void expire(grant_state& grant);
  /// What was missed is told of now, unless it took more than 72 hours or `in_time` says so.
  void reauthorise(grant_state& grant, bool in_time = true);

  /// The mailbox comes back as another grant, which is returned; the old id answers 404. Null when
  /// that happened before.
  std::shared_ptr<grant_state> replace(grant_state& grant);

  /// Tells webhooks of anything else.
  void tell(event what) const;

private:
  std::optional<message_record> edit_in_place(grant_state& grant, const std::string& id,
                                              const message_edit& what);
  void tell_mail(grant_state& grant, std::string_view type, const message_record& message) const;

  world* in_;
  bool quiet_ = false;
};

} // namespace nova::simulator
