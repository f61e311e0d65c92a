#include "pg/message_view.hpp"

#include "tests/unit/pg/email_builders.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace nova;

BOOST_FIXTURE_TEST_SUITE(message_view_test, test::email_fixture)

BOOST_AUTO_TEST_CASE(messages_are_found_by_their_message_id_with_its_brackets_or_not) {
  auto found = [&](const std::string& rfc822, const std::string& where = {}) {
    std::string all;
    for (const auto& each : pg::messages_of_rfc822(conn, rfc822, where, 10))
      all += each.message + ' ';
    return all;
  };
  store({{.id = "m1", .rfc822 = "a b@x"},
         {.id = "m2", .rfc822 = "a b@x"},
         {.id = "<imap@x>", .thread = "t2"}});
  conn.run("select nova.tombstone_messages(array[id], array['m1'], array[25], array[30]) from "
           "flux_inboxes");

  BOOST_TEST(found("a b@x") == "m1 m2 ");
  BOOST_TEST(found(" <a b@x> ", "ann@example.com") == "m1 m2 ");
  BOOST_TEST(found("<imap@x>") == "<imap@x> ");
  BOOST_TEST(found("imap@x") == "<imap@x> ");
  // What it would be called at IMAP: a notification may have named it.
  BOOST_TEST(found("a b@x", "bob@example.com") == "<a b@x> ");
  BOOST_TEST(found("A b@x") == "<A b@x> ");
}

BOOST_AUTO_TEST_CASE(the_view_takes_a_message_id_too) {
  auto view = [&](const std::string& argument) { return pg::message_view(conn, argument, 100); };
  store({{.id = "m1", .rfc822 = "a b@x"}, {.id = "m2", .rfc822 = "c@x"}});

  BOOST_TEST(view("rfc822:<a b@x>").find("\"m1\"") != std::string::npos);
  BOOST_TEST(view("rfc822:c@x ann@example.com").find("\"m2\"") != std::string::npos);
  BOOST_TEST(view("rfc822:c@x bob@example.com").find("no such inbox") != std::string::npos);
  BOOST_TEST(view("rfc822:d@x").find("\"unknown\"") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
