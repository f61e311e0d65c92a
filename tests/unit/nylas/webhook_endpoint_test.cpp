#include "nylas/parse.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;

BOOST_AUTO_TEST_SUITE(webhook_endpoint_test)

BOOST_AUTO_TEST_CASE(an_endpoint_is_shown_without_what_may_be_a_secret) {
  auto page = nylas::parse_webhook_page(
    R"({"request_id":"r","data":[{"id":"w1","webhook_url":"https://me:word@example.com:8/a@b?token=x#y","status":"failing"},
        {"id":"w2","webhook_url":"https://example.com?token=x"},{"id":"w3"},{"status":"active"}]})");

  BOOST_REQUIRE((page && page->items.size() == 3u));
  BOOST_TEST(page->items[0].url == "https://example.com:8/a@b");
  BOOST_TEST(page->items[0].status == "failing");
  BOOST_TEST(page->items[1].url == "https://example.com");
  BOOST_TEST(page->items[1].status == "active");
  BOOST_TEST(page->items[2].url == "");
  BOOST_TEST(page->rejected.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
