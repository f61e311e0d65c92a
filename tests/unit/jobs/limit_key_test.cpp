#include "jobs/limit_key.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova::jobs;

namespace {

claimed_job job() {
  claimed_job one;
  one.tenant = "acme";
  one.queue = "billing";
  one.body = R"({"account": 7, "deep": {"er": "x/y"}, "list": [1], "a/b": true})";
  one.headers = R"({"source": "shop"})";
  return one;
}

} // namespace

BOOST_AUTO_TEST_SUITE(limit_key_test)

BOOST_AUTO_TEST_CASE(a_key_is_what_the_handler_says_that_its_limits_are_of) {
  BOOST_TEST(limit_key_of(job(), "all").empty());
  BOOST_TEST(limit_key_of(job(), "tenant") == "acme");
  BOOST_TEST(limit_key_of(job(), "queue") == "billing");
  BOOST_TEST(limit_key_of(job(), "/body/account") == "7");
  BOOST_TEST(limit_key_of(job(), "/body/deep/er") == "x/y");
  BOOST_TEST(limit_key_of(job(), "/body/a~1b") == "true");
  BOOST_TEST(limit_key_of(job(), "/headers/source") == "shop");
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_the_empty_key) {
  for (const auto* what : {"/body/gone", "/body/list", "/body/deep", "/headers/gone", "/body/~2"})
    BOOST_TEST(limit_key_of(job(), what).empty(), what);
  auto broken = job();
  broken.body = "[";
  BOOST_TEST(limit_key_of(broken, "/body/account").empty());
}

BOOST_AUTO_TEST_CASE(a_key_is_bounded) {
  auto long_one = job();
  long_one.tenant = std::string(5'000, 'x');
  BOOST_TEST(limit_key_of(long_one, "tenant").size() == 200u);
}

BOOST_AUTO_TEST_SUITE_END()
