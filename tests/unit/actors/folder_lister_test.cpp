#include "actors/folder_lister.hpp"

#include "tests/support/database_fake.hpp"
#include "tests/unit/actors/provider_fake.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;
using namespace nova::test;
using namespace std::chrono_literals;

namespace {

struct fixture : provider_fixture {
  fixture() {
    database.on<pg::claim_folders>([this](const auto&) { return std::exchange(due, {}); });
    database.take<pg::replace_folders>();
    handle = database.spawn(system);
  }

  ~fixture() {
    for (const auto& actor :
         {caf::actor_cast<caf::actor>(lister), caf::actor_cast<caf::actor>(handle)})
      self->send_exit(actor, caf::exit_reason::kill);
    run();
  }

  void start() {
    due = {{inbox_id{"i1"}, grant_id{"g1"}, 7}};
    lister =
      system.spawn(folder_lister, directory_slot{}, folder_lister_needs{handle, grants}, settings);
    run();
  }

  std::vector<pg::replace_folders> replaced() {
    return database.asked<pg::replace_folders>();
  }

  std::vector<folder_listing> due; // handed out once
  database_fake database;
  database_actor handle;
  folder_lister_actor lister;
  folder_lister_settings settings;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(folder_lister_test, fixture)

BOOST_AUTO_TEST_CASE(folders_are_stored_when_the_list_is_at_its_end) {
  answers({an_answer(200, a_page(R"({"id":"f1","name":"Sent","attributes":["\\Sent"]})", "next")),
           an_answer(200, a_page(R"({"id":"f2","parent_id":"f1","system_folder":true})"))});

  start();

  BOOST_TEST(calls.size() == 2u);
  BOOST_REQUIRE(replaced().size() == 1u);
  auto found = replaced()[0];
  BOOST_TEST(found.claim.inbox.value == "i1");
  BOOST_TEST(found.claim.claimed_at == 7);
  BOOST_REQUIRE(found.folders.size() == 2u);
  BOOST_TEST(found.folders[0].attributes.value() == R"(["\\Sent"])");
  BOOST_TEST(!found.folders[1].name.has_value());
  BOOST_TEST(found.folders[1].parent_id.value() == "f1");
  BOOST_TEST(found.folders[1].system_folder.value());
}

BOOST_AUTO_TEST_CASE(a_list_that_fails_on_its_way_replaces_nothing) {
  answers({an_answer(200, a_page(R"({"id":"f1"})", "next")), an_answer(500, "")});
  start();
  BOOST_TEST(calls.size() == 2u);
  BOOST_TEST(replaced().empty());
}

BOOST_AUTO_TEST_CASE(a_list_without_an_end_replaces_nothing) {
  answers({an_answer(200, a_page(R"({"id":"f1"})", "same"))});
  start();
  BOOST_TEST(calls.size() == 100u);
  BOOST_TEST(replaced().empty());
}

BOOST_AUTO_TEST_CASE(it_looks_again_and_again_but_not_while_nothing_can_be_called) {
  auto live = std::make_shared<live_limits>();
  live->provider_away = true;
  settings.live = live;
  start();
  BOOST_TEST(calls.empty());
  live->provider_away = false;
  advance(2s);
  BOOST_TEST(calls.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
