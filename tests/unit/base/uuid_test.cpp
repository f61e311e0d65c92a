#include "base/uuid.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using nova::base::is_uuid;

BOOST_AUTO_TEST_SUITE(uuid_test)

BOOST_AUTO_TEST_CASE(digits_of_either_case_in_five_groups_are_one) {
  BOOST_TEST(is_uuid("2d6495df-1a4e-486a-8168-229c96e75428"));
  BOOST_TEST(is_uuid("2D6495DF-1A4E-486A-8168-229C96E75428"));
}

BOOST_AUTO_TEST_CASE(another_text_is_none) {
  const std::string good = "2d6495df-1a4e-486a-8168-229c96e75428";
  BOOST_TEST(!is_uuid(""));
  BOOST_TEST(!is_uuid(good.substr(1)));
  BOOST_TEST(!is_uuid(good + "0"));
  BOOST_TEST(!is_uuid("{" + good.substr(2) + "}"));
  for (size_t i = 0; i < good.size(); ++i) {
    auto broken = good;
    broken[i] = good[i] == '-' ? '0' : '-';
    BOOST_TEST(!is_uuid(broken), broken);
    broken[i] = 'g';
    BOOST_TEST(!is_uuid(broken), broken);
    broken[i] = '\0';
    BOOST_TEST(!is_uuid(broken), broken);
  }
}

BOOST_AUTO_TEST_SUITE_END()
