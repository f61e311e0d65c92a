#include "cluster/machine.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova::cluster;

BOOST_AUTO_TEST_SUITE(machine_test)

BOOST_AUTO_TEST_CASE(a_machine_has_a_name_that_stays) {
  BOOST_TEST(!this_machine().empty());
  BOOST_TEST(this_machine() == this_machine());
}

BOOST_AUTO_TEST_CASE(a_loopback_address_means_something_on_its_own_machine_only) {
  BOOST_TEST(means_the_same("127.0.0.1:8481", "a", "a"));
  BOOST_TEST(!means_the_same("127.0.0.1:8481", "a", "b"));
  BOOST_TEST(!means_the_same("[::1]:8481", "a", "b"));
  BOOST_TEST(means_the_same("10.0.0.7:8481", "a", "b"));
  BOOST_TEST(means_the_same("[fd00::1]:8481", "a", "b"));
}

BOOST_AUTO_TEST_SUITE_END()
