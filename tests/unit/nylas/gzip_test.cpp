#include "nylas/gzip.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;

BOOST_AUTO_TEST_SUITE(gzip_test)

BOOST_AUTO_TEST_CASE(what_is_packed_unpacks_to_itself) {
  std::string text;
  for (int i = 0; i < 50'000; ++i)
    text += std::to_string(i * 7919);
  auto packed = nylas::gzip(text);
  BOOST_TEST(packed.size() < text.size());
  BOOST_TEST((nylas::gunzip(packed, text.size()).value() == text));
  BOOST_TEST(nylas::gunzip(nylas::gzip(""), 0).value().empty());
}

BOOST_AUTO_TEST_CASE(a_bomb_is_refused_at_the_bound) {
  auto bomb = nylas::gzip(std::string(50'000'000, 'x'));
  BOOST_TEST(bomb.size() < 500'000u);
  auto unpacked = nylas::gunzip(bomb, 1'000'000);
  BOOST_REQUIRE(!unpacked);
  BOOST_TEST(to_string(unpacked.error()) == "gzip: larger than 1000000 bytes when unpacked");
}

BOOST_AUTO_TEST_CASE(the_bound_itself_is_allowed) {
  auto packed = nylas::gzip(std::string(65'536, 'x'));
  BOOST_TEST(nylas::gunzip(packed, 65'536).value().size() == 65'536u);
  BOOST_TEST(!nylas::gunzip(packed, 65'535));
}

BOOST_AUTO_TEST_CASE(every_cut_and_every_appended_byte_is_refused) {
  auto packed = nylas::gzip("a short text, a short text, a short text");
  for (size_t length = 0; length < packed.size(); ++length)
    BOOST_TEST(!nylas::gunzip(packed.substr(0, length), 1000));
  BOOST_TEST(!nylas::gunzip(packed + "x", 1000));
}

BOOST_AUTO_TEST_CASE(a_wrong_checksum_is_refused) {
  auto packed = nylas::gzip("text");
  packed[packed.size() - 5] = static_cast<char>(packed[packed.size() - 5] ^ 1);
  BOOST_TEST(nylas::gunzip(packed, 1000).error().reason == "damaged");
}

BOOST_AUTO_TEST_CASE(members_in_a_row_are_one_text) {
  BOOST_TEST(nylas::gunzip(nylas::gzip("one ") + nylas::gzip("two"), 1000).value() == "one two");
}

BOOST_AUTO_TEST_CASE(plain_text_is_no_gzip) {
  BOOST_TEST(!nylas::gunzip("{\"id\":1}", 1000));
}

BOOST_AUTO_TEST_SUITE_END()
