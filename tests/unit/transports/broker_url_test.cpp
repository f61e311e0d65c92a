#include "transports/broker_url.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using namespace nova::transports;

BOOST_AUTO_TEST_SUITE(broker_url_test)

BOOST_AUTO_TEST_CASE(a_url_has_a_host_a_port_and_a_path) {
  auto all = parse_broker_url("redis://example.com:7000/3", "redis", 6379);
  BOOST_REQUIRE(all.has_value());
  BOOST_TEST(all->host == "example.com");
  BOOST_TEST(all->port == 7000);
  BOOST_TEST(all->path == "3");
  auto short_one = parse_broker_url("redis://h", "redis", 6379);
  BOOST_REQUIRE(short_one.has_value());
  BOOST_TEST(short_one->port == 6379);
  BOOST_TEST(short_one->path == "");
  auto six = parse_broker_url("amqp://[::1]:5673/", "amqp", 5672);
  BOOST_REQUIRE(six.has_value());
  BOOST_TEST(six->host == "::1");
  BOOST_TEST(six->port == 5673);
}

const char* const odd[] = {"",
                           "redis://",
                           "redis://:1",
                           "http://h",
                           "redis://u:secret@h",
                           "redis://h:0",
                           "redis://h:65536",
                           "redis://h:1x",
                           "redis://[::1",
                           "redis://[::1]x",
                           "redis://h/0?secret=x",
                           "redis://h h"};

BOOST_DATA_TEST_CASE(what_is_no_url_is_refused_without_its_text, boost::unit_test::data::make(odd),
                     text) {
  auto refused = parse_broker_url(text, "redis", 6379);
  BOOST_REQUIRE(!refused.has_value());
  BOOST_TEST(to_string(refused.error()).find("secret") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
