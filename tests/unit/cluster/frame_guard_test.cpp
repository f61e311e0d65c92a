#include "cluster/frame_guard.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace nova;
using cluster::frame_guard;

namespace {

std::string frame(uint32_t announced, size_t payload) {
  std::string made(32, '\x07');
  for (size_t i = 0; i < 4; ++i)
    made[4 + i] = static_cast<char>(announced >> (24 - 8 * i));
  return made + std::string(payload, '\xff');
}

} // namespace

BOOST_AUTO_TEST_SUITE(frame_guard_test)

BOOST_AUTO_TEST_CASE(frames_pass_however_they_are_cut) {
  auto bytes = frame(0, 0) + frame(3, 3) + frame(70'000, 70'000) + frame(1, 1);
  for (size_t piece : {size_t{1}, size_t{3}, size_t{31}, size_t{33}, size_t{4096}, bytes.size()}) {
    frame_guard guard;
    for (size_t at = 0; at < bytes.size(); at += piece)
      BOOST_REQUIRE(guard.take(std::string_view{bytes}.substr(at, piece)));
  }
}

BOOST_AUTO_TEST_CASE(the_largest_frame_passes_and_a_byte_more_does_not) {
  frame_guard guard;
  BOOST_TEST(guard.take(frame(frame_guard::frame_max, frame_guard::frame_max)));
  BOOST_TEST(!guard.take(frame(frame_guard::frame_max + 1, 0)));
  BOOST_TEST(guard.announced() == frame_guard::frame_max + 1);
}

BOOST_AUTO_TEST_CASE(an_announcement_is_found_at_every_cut) {
  auto bytes = frame(5, 5) + frame(0xf0000000, 0);
  for (size_t cut = 1; cut < bytes.size(); ++cut) {
    frame_guard guard;
    bool first = guard.take(std::string_view{bytes}.substr(0, cut));
    BOOST_TEST(!(first && guard.take(std::string_view{bytes}.substr(cut))));
  }
}

BOOST_AUTO_TEST_SUITE_END()
