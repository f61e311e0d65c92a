#include "actors/mail_store.hpp"

#include "messages/error.hpp"
#include "tests/support/actor_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/stateful_actor.hpp>

using namespace nova;
using namespace std::chrono_literals;

namespace {

mail_store_limits small() {
  mail_store_limits limits;
  limits.messages = 3;
  limits.delay = 5ms;
  limits.batches_in_flight = 1;
  limits.items_max = 4;
  return limits;
}

store_messages with_messages(size_t count, const std::string& id = "m") {
  store_messages request;
  for (size_t i = 0; i < count; ++i) {
    request.messages.emplace_back();
    request.messages.back().id = message_id{id};
  }
  return request;
}

/// A database that counts its batches, refuses what it is told to, and answers only when it may.
struct fixture : test::actor_fixture {
  fixture() {
    auto database =
      system.spawn([this](mail_database_actor::pointer fake) -> mail_database_actor::behavior_type {
        return {
          [this, fake](
            const std::vector<store_messages>& batch) -> caf::result<std::vector<messages_stored>> {
            sizes.push_back(batch.size());
            if (broken)
              return ec::database_unavailable;
            std::vector<messages_stored> answers(batch.size());
            for (size_t i = 0; i < batch.size(); ++i) {
              if (!batch[i].messages.empty() && batch[i].messages[0].id.value == "bad")
                answers[i].refused = "invalid byte";
              answers[i].claim_accepted = !batch[i].completes;
            }
            if (!held)
              return answers;
            auto promise = fake->make_response_promise<std::vector<messages_stored>>();
            waiting.emplace_back(promise, answers);
            return promise;
          },
        };
      });
    store = system.spawn(mail_store, base::directory_slot{}, database, small());
    run();
  }

  ~fixture() {
    waiting.clear();
    self->send_exit(store, caf::exit_reason::user_shutdown);
    run();
  }

  using promise = caf::typed_response_promise<std::vector<messages_stored>>;

  std::vector<size_t> sizes;
  std::vector<std::pair<promise, std::vector<messages_stored>>> waiting;
  bool broken = false;
  bool held = false;
  mail_store_actor store;
};

template <class Pending>
caf::error error_of(Pending&& pending) {
  caf::error found;
  pending.receive([](const messages_stored&) {}, [&](const caf::error& reason) { found = reason; });
  return found;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(mail_store_test, fixture)

BOOST_AUTO_TEST_CASE(nothing_is_written_before_the_delay_is_over) {
  self->send(store, with_messages(1));
  run();
  BOOST_TEST(sizes.empty());

  advance(5ms);
  BOOST_TEST(sizes == std::vector<size_t>{1}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_full_batch_is_one_transaction_at_once) {
  for (int i = 0; i < 3; ++i)
    self->send(store, with_messages(1));
  run();
  BOOST_TEST(sizes == std::vector<size_t>{3}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_item_that_the_server_refuses_fails_alone) {
  auto good = self->request(store, caf::infinite, with_messages(1));
  auto bad = self->request(store, caf::infinite, with_messages(1, "bad"));
  run();
  advance(5ms);
  BOOST_TEST((error_of(good) == caf::error{}));
  BOOST_TEST((error_of(bad) == ec::database_refused));
}

BOOST_AUTO_TEST_CASE(a_claim_of_another_is_told_as_stale) {
  auto request = with_messages(1);
  request.completes = thread_claim{};
  auto pending = self->request(store, caf::infinite, request);
  run();
  advance(5ms);
  BOOST_TEST((error_of(pending) == ec::stale_claim));
}

BOOST_AUTO_TEST_CASE(every_asker_learns_that_the_database_is_away) {
  broken = true;
  auto first = self->request(store, caf::infinite, with_messages(1));
  auto second = self->request(store, caf::infinite, with_messages(1));
  run();
  advance(5ms);
  BOOST_TEST((error_of(first) == ec::database_unavailable));
  BOOST_TEST((error_of(second) == ec::database_unavailable));
}

BOOST_AUTO_TEST_CASE(while_a_batch_is_written_the_next_one_grows_up_to_its_bound) {
  held = true;
  self->send(store, with_messages(3));
  run();
  for (int i = 0; i < 4; ++i)
    self->send(store, with_messages(1));
  run();
  auto beyond = self->request(store, caf::infinite, with_messages(1));
  run();
  BOOST_TEST(sizes.size() == 1u);
  BOOST_TEST((error_of(beyond) == ec::overloaded));
}

BOOST_AUTO_TEST_SUITE_END()
