#include "actors/mailbox_account.hpp"

#include "base/clock.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <thread>
#include <vector>

using namespace nova;

namespace {

int64_t stamp() {
  return base::wall_now().time_since_epoch().count();
}

/// A mailbox in which messages come and go, with when each came.
struct fixture {
  void come(uint16_t type = 1) {
    mailbox.came(came.size() + 1, gone, type);
    came.push_back(stamp());
  }

  void go(uint16_t type = 1) {
    mailbox.went(type);
    ++gone;
  }

  /// When the oldest that waits is said to have come.
  [[nodiscard]] int64_t oldest() const {
    return mailbox.came_at(gone + 1);
  }

  mailbox_account mailbox;
  std::vector<int64_t> came;
  uint64_t gone = 0;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(mailbox_account_test, fixture)

BOOST_AUTO_TEST_CASE(nothing_is_known_of_an_empty_one) {
  BOOST_TEST(oldest() == 0);
  BOOST_TEST(mailbox.parts().empty());
}

BOOST_AUTO_TEST_CASE(while_few_wait_their_ages_are_exact) {
  for (int round = 0; round < 100; ++round) {
    auto before = stamp();
    for (int i = 0; i < 4; ++i)
      come();
    BOOST_TEST((oldest() >= before && oldest() <= came[gone]));
    go();
    BOOST_TEST((oldest() >= came[gone - 1] && oldest() <= came[gone]));
    for (int i = 0; i < 3; ++i)
      go();
  }
}

/// What is said is never later than the truth, and no earlier than what came a quarter before.
BOOST_AUTO_TEST_CASE(of_many_the_age_is_known_to_a_quarter) {
  constexpr size_t many = 20'000;
  for (size_t i = 0; i < many; ++i)
    come();
  for (; gone < many - 1; go()) {
    BOOST_REQUIRE(oldest() <= came[gone]);
    BOOST_REQUIRE(oldest() >= (gone > many / 4 ? came[gone - many / 4 - 1] : 1));
  }
}

BOOST_AUTO_TEST_CASE(after_a_long_mailbox_was_emptied_ages_are_exact_again) {
  for (int i = 0; i < 20'000; ++i)
    come();
  while (gone < came.size())
    go();
  come();
  go();
  come();
  BOOST_TEST((oldest() >= came[came.size() - 2] && oldest() <= came.back()));
  come();
  BOOST_TEST((oldest() >= came[came.size() - 3] && oldest() <= came[came.size() - 2]));
}

BOOST_AUTO_TEST_CASE(the_most_frequent_type_is_first_and_rare_ones_are_counted_together) {
  for (uint16_t type = 1; type <= 12; ++type)
    for (int i = 0; i < (type == 5 ? 7 : 2); ++i)
      come(type);
  auto parts = mailbox.parts();
  BOOST_REQUIRE(parts.size() == 9u);
  BOOST_TEST(parts[0].type == 0); // four types have no place of their own
  BOOST_TEST(parts[0].waiting == 8u);
  BOOST_TEST(parts[1].type == 5);
  BOOST_TEST(parts[1].waiting == 7u);
  for (uint16_t type = 1; type <= 12; ++type)
    for (int i = 0; i < (type == 5 ? 7 : 2); ++i)
      go(type);
  BOOST_TEST(mailbox.parts().empty());
}

BOOST_AUTO_TEST_CASE(many_threads_may_send_at_once) {
  constexpr int each = 20'000;
  std::atomic<uint64_t> number{0};
  std::vector<std::thread> senders;
  for (int i = 0; i < 4; ++i)
    senders.emplace_back([&, type = static_cast<uint16_t>(i + 1)] {
      for (int n = 0; n < each; ++n)
        mailbox.came(++number, 0, type);
    });
  while (number < each)
    static_cast<void>(mailbox.came_at(1));
  for (auto& sender : senders)
    sender.join();
  auto parts = mailbox.parts();
  BOOST_REQUIRE(parts.size() == 4u);
  for (const auto& part : parts)
    BOOST_TEST(part.waiting == static_cast<uint64_t>(each));
  BOOST_TEST(mailbox.came_at(1) > 0);
}

BOOST_AUTO_TEST_SUITE_END()
