#include "actors/window_lister.hpp"
#include "nylas/digest.hpp"
#include "tests/unit/actors/window_lister_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;
using namespace nova::test;
using namespace std::chrono_literals;

// What a window's list of messages said of its days, which certificates are made of.
BOOST_FIXTURE_TEST_SUITE(window_days_test, window_lister_fixture)

BOOST_AUTO_TEST_CASE(what_a_list_said_of_its_days_goes_with_the_checkpoint) {
  settings.checkpoint_interval = 500ms;
  by_messages();
  database.window.window = {7, 1'699'999'000, 1'700'001'000, "", 3};
  auto other_window = R"({"object":"message","id":"m0","date":1699990000})";
  answers({an_answer(200, a_page(a_message("m1") + ',' + a_message("m2"), "c1")),
           an_answer(200, a_page(a_message("m1") + ',' + other_window))});
  start();
  BOOST_REQUIRE(database.asked<pg::record_page>().size() == 1u);
  const auto listed = database.asked<pg::record_page>()[0].days;
  BOOST_TEST(listed.counted);
  BOOST_TEST(!listed.spoiled);
  BOOST_REQUIRE(listed.days.size() == 1u);
  BOOST_TEST(listed.days[0].start == 1'699'920'000);
  BOOST_TEST(listed.days[0].listed == 3); // what is listed twice counts twice
  BOOST_TEST((listed.days[0].ids == nylas::sha256("m2")));
}

BOOST_AUTO_TEST_CASE(a_page_that_is_read_again_is_counted_once) {
  by_messages();
  database.window.window = {7, 1'699'999'000, 1'700'001'000, "", 3};
  answer = [this](const call_grant&) -> caf::result<api_answered> {
    database.away = calls.size() == 1;
    return an_answer(200, a_page(a_message("m1")));
  };
  start();
  wait_long();
  auto recorded = database.asked<pg::record_page>();
  BOOST_REQUIRE(recorded.size() == 2u);
  BOOST_REQUIRE(recorded[1].days.days.size() == 1u);
  BOOST_TEST(recorded[1].days.days[0].listed == 1);
}

BOOST_AUTO_TEST_CASE(what_is_left_out_of_messages_is_left_out_of_what_a_list_said) {
  auto with_attachment =
    R"({"object":"message","id":"m1","date":1700000000,"attachments":[{"id":"a"}]})";
  auto content = [&](bool listed) {
    window_lister_fixture f;
    f.by_messages();
    f.database.window.window = {7, 1'699'999'000, 1'700'001'000, "", 3};
    f.settings.attachments_listed = listed;
    f.answers({an_answer(200, a_page(with_attachment))});
    f.start();
    BOOST_TEST(f.stored.at(0).messages.at(0).attachments.find("[null]")
               == (listed ? std::string::npos : 0));
    return f.database.asked<pg::record_page>().at(0).days.days.at(0).content;
  };
  BOOST_TEST((content(true) != content(false)));
}

BOOST_AUTO_TEST_CASE(a_window_of_which_something_cannot_be_read_is_not_counted_whole) {
  by_messages();
  answers({an_answer(200, R"({"data":[{"id":"m1"},"nonsense"]})")});
  start();
  BOOST_REQUIRE(!database.asked<pg::record_page>().empty());
  BOOST_TEST(database.asked<pg::record_page>()[0].days.spoiled);
}

BOOST_AUTO_TEST_SUITE_END()
