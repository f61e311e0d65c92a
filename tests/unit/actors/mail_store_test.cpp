#include "actors/mail_store.hpp"

#include "actors/mail_batch.hpp"
#include "messages/error_code.hpp"
#include "tests/support/actor_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <deque>

using namespace nova;
using namespace std::chrono_literals;

namespace {

using release_one = int;
using held_database = database_actor::extend<caf::reacts_to<release_one>>;

/// A database that answers when it is told to, and refuses inboxes whose name begins with "bad".
struct fixture : test::actor_fixture {
  using batch = std::vector<store_messages>;
  using answers = std::vector<messages_stored>;

  fixture() {
    database = system.spawn([this](held_database::pointer db) -> held_database::behavior_type {
      return {
        [this, db](const query_job& job) -> caf::result<query_done> {
          const auto& items = std::any_cast<const std::shared_ptr<write_mail>&>(job.query)->batch;
          batches.push_back(items.size());
          written = items;
          open.emplace_back(items, db->make_response_promise<query_done>());
          auto answer = open.back().second;
          if (!held)
            answer_first();
          return answer;
        },
        [this](release_one) { answer_first(); },
      };
    });
  }

  ~fixture() {
    self->send_exit(store, caf::exit_reason::user_shutdown);
    self->send_exit(database, caf::exit_reason::user_shutdown);
    run();
    open.clear();
  }

  void start(mail_store_limits limits) {
    store = system.spawn(mail_store, directory_slot{}, database, limits);
    run();
  }

  void answer_first() {
    auto [items, answer] = open.front();
    open.pop_front();
    if (away) {
      answer.deliver(caf::make_error(ec::database_unavailable));
      return;
    }
    answers all;
    for (const auto& item : items)
      all.push_back({static_cast<uint32_t>(item.deleted.size()), item.inbox.value != "stale",
                     item.inbox.value.starts_with("bad") ? "no such inbox" : ""});
    answer.deliver(query_done{std::move(all)});
  }

  /// Lets the database answer its oldest batch.
  void release() {
    self->send(database, release_one{0});
    run();
  }

  /// Asks for one row to be written; what comes of it goes to `told`.
  void add(const std::string& inbox = "i1") {
    store_messages request;
    request.inbox.value = inbox;
    request.deleted.push_back(message_id{"m1"});
    auto to = told;
    auto whom = store;
    system.spawn([to, whom, request](caf::event_based_actor* asker) {
      asker->request(whom, caf::infinite, request)
        .then([to](const messages_stored&) { to->push_back("stored"); },
              [to](const caf::error& e) { to->push_back(describe(e)); });
    });
    run();
  }

  std::string heard() const {
    std::string all;
    for (const auto& one : *told)
      all += (all.empty() ? "" : ", ") + one;
    return all;
  }

  std::vector<size_t> batches;
  batch written; // the last
  std::deque<std::pair<batch, caf::typed_response_promise<query_done>>> open;
  std::shared_ptr<std::vector<std::string>> told = std::make_shared<std::vector<std::string>>();
  bool held = false;
  bool away = false;
  held_database database;
  mail_store_actor store;
};

const mail_store_limits three_in_5ms{3, 1 << 20, 5ms, 2, 100, {}};

} // namespace

BOOST_FIXTURE_TEST_SUITE(mail_store_test, fixture)

BOOST_AUTO_TEST_CASE(a_batch_waits_for_its_delay) {
  start(three_in_5ms);
  add();
  add();
  BOOST_TEST(batches.empty());

  advance(5ms);

  BOOST_TEST(batches == std::vector<size_t>{2}, boost::test_tools::per_element());
  BOOST_TEST(heard() == "stored, stored");
}

BOOST_AUTO_TEST_CASE(where_nothing_is_kept_of_attachments_a_message_says_only_that_it_has_some) {
  auto limits = three_in_5ms;
  limits.attachments_listed = false;
  start(limits);
  store_messages request;
  request.messages.resize(3);
  for (auto& message : request.messages)
    message.extra_hash = "h";
  request.messages[0].carried = request.messages[1].carried = carries_attachments;
  request.messages[0].attachments = request.messages[2].attachments = R"([{"id":"a1"}])";

  self->send(store, request);
  run();

  BOOST_REQUIRE(written.size() == 1u);
  const auto& messages = written[0].messages;
  BOOST_TEST(messages.at(0).attachments == "[null]");
  BOOST_TEST((messages.at(0).extra_hash == std::string{"h\0", 2}));
  BOOST_TEST(messages.at(1).attachments == "[]");
  BOOST_TEST(messages.at(1).extra_hash == "h");
  BOOST_TEST(messages.at(2).extra_hash == "h"); // it does not carry them
}

BOOST_AUTO_TEST_CASE(a_full_batch_is_written_at_once) {
  start(three_in_5ms);
  for (int i = 0; i < 3; ++i)
    add();
  BOOST_TEST(batches == std::vector<size_t>{3}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_batch_is_full_by_bytes_too) {
  start({1000, 900, 5ms, 2, 100, {}});
  for (int i = 0; i < 2; ++i) {
    store_messages request;
    request.messages.resize(1);
    self->send(store, request);
  }
  run();
  BOOST_TEST(batches == std::vector<size_t>{2}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_refused_item_does_not_fail_the_others) {
  start(three_in_5ms);
  for (const auto* inbox : {"i1", "bad", "i2"})
    add(inbox);
  BOOST_TEST(heard() == "stored, database_refused: no such inbox, stored");
}

BOOST_AUTO_TEST_CASE(who_lost_its_claim_is_told_so) {
  start(three_in_5ms);
  for (const auto* inbox : {"stale", "i1", "i2"})
    add(inbox);
  BOOST_TEST(heard() == "stale_claim, stored, stored");
}

BOOST_AUTO_TEST_CASE(everyone_learns_that_the_database_is_away) {
  away = true;
  start(three_in_5ms);
  for (int i = 0; i < 3; ++i)
    add();
  BOOST_TEST(heard() == "database_unavailable, database_unavailable, database_unavailable");
}

BOOST_AUTO_TEST_CASE(beyond_the_bound_askers_are_turned_away) {
  held = true;
  start({1, 1 << 20, 5ms, 1, 2, {}});
  for (int i = 0; i < 4; ++i)
    add();
  BOOST_TEST(batches.size() == 1u);
  BOOST_TEST(heard() == "overloaded");
}

BOOST_AUTO_TEST_CASE(the_database_has_no_more_batches_than_allowed_and_the_next_grows_meanwhile) {
  held = true;
  start({2, 1 << 20, 5ms, 2, 100, {}});
  for (int i = 0; i < 7; ++i)
    add();
  BOOST_TEST(batches == (std::vector<size_t>{2, 2}), boost::test_tools::per_element());

  release();
  BOOST_TEST(batches == (std::vector<size_t>{2, 2, 2}), boost::test_tools::per_element());
  release();
  advance(5ms);
  BOOST_TEST(batches == (std::vector<size_t>{2, 2, 2, 1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_came_during_a_long_transaction_is_written_when_it_ends) {
  held = true;
  start({2, 1 << 20, 5ms, 1, 100, {}});
  add();
  add();
  add();
  advance(5ms);
  BOOST_TEST(batches.size() == 1u);
  release();
  BOOST_TEST(batches == (std::vector<size_t>{2, 1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
