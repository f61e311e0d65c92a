#include "pg/embedded.hpp"

#include "pg/error.hpp"
#include "tests/support/database_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;

BOOST_AUTO_TEST_SUITE(embedded_test)

BOOST_FIXTURE_TEST_CASE(a_fixture_has_a_migrated_database_of_its_own, test::database_fixture) {
  test::database_fixture other;
  conn.run("create table here ()");
  BOOST_CHECK_THROW(other.conn.run("select from here"), pg::error);
  conn.run("select from nova.schema_migrations");
}

BOOST_AUTO_TEST_SUITE_END()
