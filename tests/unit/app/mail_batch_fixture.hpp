#pragma once

#include "actors/mail_batch.hpp"
#include "nylas/model.hpp"
#include "pg/email/add_inbox.hpp"
#include "tests/support/database_fixture.hpp"

#include <string>
#include <utility>
#include <vector>

namespace nova {

/// An inbox, and what is asked to be written to it.
struct mail_batch_fixture : test::database_fixture {
  mail_batch_fixture() {
    inbox.value = perform(pg::add_inbox{"ann@example.com", "grant-1", "google"}).id.value;
  }

  static email_message message(const std::string& id, const std::string& thread = "t1") {
    email_message made;
    made.id.value = id;
    made.thread.value = thread;
    made.subject = "subject of " + id;
    made.from = made.to = made.cc = made.bcc = made.reply_to = "[]";
    made.attachments = made.folders = "[]";
    made.metadata = "{}";
    made.carried = carries_all;
    made.core_hash = made.extra_hash = "hash of " + id;
    return made;
  }

  store_messages page(std::vector<email_message> messages) {
    store_messages made;
    made.inbox = inbox;
    made.lo = 10;
    made.hi = 20;
    made.messages = std::move(messages);
    return made;
  }

  inbox_id inbox;
};

} // namespace nova
