#include "http/gzip.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;

BOOST_AUTO_TEST_SUITE(gzip_test)

BOOST_AUTO_TEST_CASE(what_was_packed_comes_out_again) {
  for (size_t size : {0u, 1u, 65535u, 65536u, 200'000u}) {
    std::string plain(size, 'a');
    for (size_t i = 0; i < size; ++i)
      plain[i] = static_cast<char>(i * i % 251);
    auto again = http::gunzip(http::gzip(plain), size);
    BOOST_REQUIRE(again);
    BOOST_TEST((*again == plain));
  }
}

BOOST_AUTO_TEST_CASE(members_follow_one_another) {
  auto both = http::gunzip(http::gzip("one") + http::gzip("two"), 100);
  BOOST_REQUIRE(both);
  BOOST_TEST(*both == "onetwo");
}

BOOST_AUTO_TEST_CASE(a_bomb_stops_at_the_limit) {
  auto bomb = http::gzip(std::string(50 << 20, 'a'));
  BOOST_TEST(bomb.size() < 100'000u);
  auto result = http::gunzip(bomb, 1 << 20);
  BOOST_REQUIRE(!result);
  BOOST_TEST(result.error().too_large);
}

BOOST_AUTO_TEST_CASE(every_cut_is_noticed) {
  auto packed = http::gzip("a webhook of some length, so that there is something to cut");
  for (size_t size = 0; size < packed.size(); ++size)
    BOOST_TEST(!http::gunzip(std::string_view{packed}.substr(0, size), 1000));
}

BOOST_AUTO_TEST_CASE(what_is_not_gzip_is_refused) {
  for (auto text : {"{}", "\x1f\x8b", "\x1f\x8bxxxxxxxxxxxxxxxx"}) {
    auto result = http::gunzip(text, 1000);
    BOOST_REQUIRE(!result);
    BOOST_TEST(!result.error().too_large);
  }
  BOOST_TEST(!http::gunzip(http::gzip("one") + "rubbish", 1000));
}

BOOST_AUTO_TEST_SUITE_END()
