#include "base/log.hpp"

#include "mail/ids.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(log_test)

BOOST_AUTO_TEST_CASE(text_names_the_component_and_quotes_what_needs_it) {
  auto line = base::render_text("ThreadSync", "thread synced",
                                {{"thread", thread_id{"t 1"}}, {"messages", 3}, {"took_ms", 2s}});
  BOOST_TEST(line == "[ThreadSync] thread synced thread=\"t 1\" messages=3 took_ms=2000");
}

BOOST_AUTO_TEST_CASE(a_line_break_from_outside_cannot_forge_a_line) {
  auto line = base::render_text("Ingress", "refused", {{"peer", "a\n[Root] owned"}});
  BOOST_TEST(line.find('\n') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(json_keeps_numbers_bare) {
  auto line = base::render_json("ThreadSync", base::log_level::info, "x", {{"n", 3}, {"s", "3"}});
  BOOST_TEST(line.find(R"("n":3,"s":"3"})") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_long_field_is_cut) {
  auto line = base::render_text("X", "y", {{"z", std::string(5000, 'a')}});
  BOOST_TEST(line.size() < 1100u);
}

BOOST_AUTO_TEST_CASE(an_unknown_level_names_what_is_accepted) {
  auto level = base::parse_log_level("loud");
  BOOST_REQUIRE(!level);
  BOOST_TEST(to_string(level.error()).find("debug, info, warn") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
