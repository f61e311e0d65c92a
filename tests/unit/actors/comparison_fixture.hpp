#pragma once

#include "actors/mailbox_comparison.hpp"
#include "pg/email/begin_comparison.hpp"
#include "pg/email/comparison_findings.hpp"
#include "pg/email/comparison_settled.hpp"
#include "pg/email/distrust_messages.hpp"
#include "pg/email/drop_comparison.hpp"
#include "pg/email/note_not_listed.hpp"
#include "pg/email/open_comparison.hpp"
#include "tests/support/database_fake.hpp"
#include "tests/unit/actors/provider_fake.hpp"

#include <set>
#include <string>
#include <vector>

namespace nova::test {

/// A database and a store as a comparison needs them: what differs and what is found a case says.
struct comparison_fixture : provider_fixture {
  comparison_fixture() {
    database.answer<pg::begin_comparison>(42);
    database.take<pg::open_comparison, pg::drop_comparison, pg::distrust_messages>();
    database.on<pg::comparison_settled>([this](const auto&) { return settled; });
    database.on<compare_page>([this](const auto& page) {
      std::vector<pg::message_difference> found;
      for (const auto& message : *page.messages)
        if (differing.contains(message.id.value))
          found.push_back({message.id, "subject"});
      return found;
    });
    database.on<pg::comparison_findings>([this](const auto&) { return findings; });
    database.answer<pg::note_not_listed>(1);
    store = system.spawn([this](mail_store_actor::pointer) -> mail_store_actor::behavior_type {
      return {
        [this](const store_messages& request) -> caf::result<messages_stored> {
          stored.push_back(request);
          return messages_stored{};
        },
      };
    });
    handle = database.spawn(system);
  }

  ~comparison_fixture() {
    for (const auto& actor :
         {caf::actor_cast<caf::actor>(store), caf::actor_cast<caf::actor>(handle)})
      self->send_exit(actor, caf::exit_reason::kill);
    run();
  }

  database_fake database;
  database_actor handle;
  mail_store_actor store;
  std::set<std::string> differing;
  std::vector<pg::comparison_finding> findings;
  std::vector<store_messages> stored;
  bool settled = true;
};

} // namespace nova::test
