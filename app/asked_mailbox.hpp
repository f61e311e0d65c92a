#pragma once

#include "app/context.hpp"
#include "app/verification.hpp"
#include "mail/inboxes.hpp"
#include "pg/cluster/record_operator_action.hpp"
#include "pg/connection.hpp"

#include <string>

namespace CLI {
class App;
}

namespace nova::app {

/// What a command that compares a mailbox with its provider is told.
struct mailbox_options {
  std::string inbox, from, to;
  bool repair = false;
};

/// Adds INBOX, --from, --to and --repair; INBOX may be left out.
void add_mailbox_options(CLI::App& command, mailbox_options& options);

/// The mailbox that was meant, and how to compare it.
struct asked_mailbox {
  pg::connection conn;
  inbox of;
  nylas::api_settings api;
  verification_scope scope;

  /// Compares, and tells on `ctx.err` what is waited for.
  verification compare();
  /// A comparison changes certificates, and so leaves its line in the audit log.
  [[nodiscard]] pg::operator_action line() const;
};

/// Throws `command_error` for what is missing or cannot be read: the key, the days, the inbox.
asked_mailbox ask_about(context& ctx, const mailbox_options& options);

} // namespace nova::app
