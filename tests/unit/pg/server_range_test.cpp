#include "pg/server_range.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>

using namespace nova;
using pg::server_support;

namespace {

struct numbered {
  int number; // as server_version_num
  server_support support;
};

std::ostream& operator<<(std::ostream& out, const numbered& x) {
  return out << x.number;
}

const numbered servers[] = {{90624, server_support::refused},  {140023, server_support::refused},
                            {150000, server_support::tested},  {150018, server_support::tested},
                            {180004, server_support::tested},  {190000, server_support::untested},
                            {200001, server_support::untested}};

} // namespace

BOOST_AUTO_TEST_SUITE(server_range_test)

BOOST_DATA_TEST_CASE(a_server_is_judged_by_its_number, servers) {
  BOOST_TEST((pg::support_of(sample.number) == sample.support));
}

BOOST_AUTO_TEST_CASE(what_is_accepted_names_the_oldest_and_the_newest_tested) {
  BOOST_TEST(pg::supported_servers() == "PostgreSQL 15 or newer (tested: 15 to 18)");
}

BOOST_AUTO_TEST_SUITE_END()
