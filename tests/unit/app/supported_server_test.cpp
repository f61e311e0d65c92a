#include "app/supported_server.hpp"

#include "app/context.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

// The command lines that ask this run against real servers in tests/sql/majors.py.
using namespace nova;

namespace {

const pg::server_state older{"14.23", 140023};
const pg::server_state oldest{"15.0", 150000};
const pg::server_state newest{"18.4", 180004};
const pg::server_state newer{"19.1", 190001};

} // namespace

BOOST_AUTO_TEST_SUITE(supported_server_test)

BOOST_AUTO_TEST_CASE(an_older_server_is_refused_with_what_is_accepted) {
  BOOST_CHECK_EXCEPTION(app::expect_supported_server(older), app::command_error,
                        [](const app::command_error& refusal) {
                          return refusal.code() == app::exit_code::usage
                                 && std::string{refusal.what()}
                                      == "DATABASE_URL leads to PostgreSQL 14.23; Nova needs "
                                         "PostgreSQL 15 or newer (tested: 15 to 18)";
                        });
}

BOOST_AUTO_TEST_CASE(all_others_are_worked_with) {
  for (const auto& server : {oldest, newest, newer})
    BOOST_CHECK_NO_THROW(app::expect_supported_server(server));
}

BOOST_AUTO_TEST_CASE(doctor_tells_them_apart) {
  using base::finding_level;
  BOOST_TEST((app::judge_server(older).level == finding_level::critical));
  BOOST_TEST((app::judge_server(oldest).level == finding_level::fine));
  BOOST_TEST((app::judge_server(newest).level == finding_level::fine));
  BOOST_TEST((app::judge_server(newer).level == finding_level::note));
  auto standby = newest;
  standby.standby = true;
  BOOST_TEST((app::judge_server(standby).level == finding_level::critical));
}

BOOST_AUTO_TEST_SUITE_END()
