#include "app/program.hpp"
#include "pg/email/set_inbox_status.hpp"
#include "tests/support/database_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>

using namespace nova;

namespace {

struct fixture : test::database_fixture {
  int run(const std::vector<std::string>& arguments) {
    std::ostringstream out, err;
    auto code =
      app::run_program(arguments, {{"DATABASE_URL", url()}, {"LOG_LEVEL", "off"}}, out, err);
    printed = out.str();
    said = err.str();
    return code;
  }

  int add(const std::string& grant, const std::vector<std::string>& more = {}) {
    std::vector<std::string> words{"inbox",   "add", "--email", "a@example.com",
                                   "--grant", grant, "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
  }

  [[nodiscard]] bool shows(const std::string& text) const {
    return printed.find(text) != std::string::npos;
  }

  std::string printed, said;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(inbox_test, fixture)

BOOST_AUTO_TEST_CASE(a_mailbox_that_is_connected_again_goes_on_under_its_new_grant) {
  add("g1");
  perform(pg::set_inbox_status{"g1", "disabled", "grant.deleted"});

  BOOST_TEST(add("g2") == 0);

  BOOST_TEST(shows(R"("former_grant":"g1")"), printed);
  BOOST_TEST(said.empty(), said);
}

BOOST_AUTO_TEST_CASE(of_an_inbox_in_use_it_is_said_what_replace_would_do) {
  add("g1");
  BOOST_TEST(add("g2") == 0);
  BOOST_TEST(shows(R"("former_grant":"")"), printed);
  BOOST_TEST(said.find("--replace") != std::string::npos, said);

  BOOST_TEST(run({"inbox", "show", "a@example.com"}) == 1);
  BOOST_TEST(said.find("two inboxes in use") != std::string::npos, said);

  BOOST_TEST(run({"inbox", "remove", "g2"}) == 0);
  BOOST_TEST(add("g3", {"--replace"}) == 0);
  BOOST_TEST(shows(R"("former_grant":"g1")"), printed);
  BOOST_TEST(run({"inbox", "show", "a@example.com"}) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
