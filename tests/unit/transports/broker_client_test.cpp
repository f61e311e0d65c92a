#include "transports/broker_client.hpp"

#include "base/secrets.hpp"
#include "tests/support/broker_server.hpp"
#include "tests/support/eventually.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>
#include <thread>

using namespace nova;
using namespace nova::transports;
using namespace std::chrono_literals;

// What every client promises, against the real server of each.

namespace {

const auto& brokers = test::broker_types();

using client = std::unique_ptr<broker_client>;

client client_of(const test::broker_server& server, const std::string& password,
                 std::map<std::string, std::string> more = {}) {
  auto config = server.config();
  for (auto& [key, value] : more)
    config[key] = value;
  auto secrets = std::make_shared<base::secrets>(
    std::map<std::string, std::string>{{"NOVA_SECRET_BROKER", password}}, std::string{});
  return make_broker_client({server.type(), config, "test", secrets});
}

client client_of(const test::broker_server& server) {
  return client_of(server, server.password());
}

std::vector<delivery> receive(broker_client& from, size_t count,
                              std::chrono::milliseconds within = 20s) {
  std::vector<delivery> all;
  test::eventually(
    [&] {
      for (auto& one : from.receive(count - all.size(), 100ms))
        all.push_back(std::move(one));
      return all.size() >= count;
    },
    within);
  return all;
}

broker_failure failure_of(auto use) {
  try {
    use();
  } catch (const broker_error& failure) {
    BOOST_TEST_MESSAGE(failure.what());
    BOOST_TEST(std::string{failure.what()}.find("a password") == std::string::npos);
    return failure.kind();
  }
  BOOST_ERROR("no failure");
  return broker_failure::not_built;
}

} // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(broker_failure)

BOOST_AUTO_TEST_SUITE(broker_client_test)

BOOST_DATA_TEST_CASE(what_is_published_is_received_once_and_acknowledged,
                     boost::unit_test::data::make(brokers), type) {
  auto server = test::start_broker_server(type);
  if (!server)
    return;
  auto broker = client_of(*server);
  const std::string odd = "{\"body\": \"a\\n b \xC3\xA4 \\\" %\"}";

  BOOST_TEST(broker->publish({{"1", odd}, {"2", "{}"}, {"3", "third"}}).empty());
  BOOST_TEST(broker->depth().value() == 3);
  auto got = receive(*broker, 3);

  BOOST_REQUIRE(got.size() == 3u);
  std::multiset<std::string> payloads;
  std::vector<std::string> receipts;
  for (const auto& one : got) {
    payloads.insert(one.payload);
    receipts.push_back(one.receipt);
    BOOST_TEST(one.deliveries == 1);
    BOOST_TEST(!one.id.empty());
  }
  BOOST_TEST((payloads == std::multiset<std::string>{odd, "{}", "third"}));
  BOOST_TEST(broker->receive(10, 0ms).empty());
  BOOST_TEST(broker->acknowledge(receipts) == 3u);
  BOOST_TEST(test::eventually([&] { return broker->depth().value() == 0; }, 10s));
}

BOOST_DATA_TEST_CASE(what_is_put_back_comes_again_after_its_delay_with_its_new_payload,
                     boost::unit_test::data::make(brokers), type) {
  auto server = test::start_broker_server(type);
  if (!server)
    return;
  auto broker = client_of(*server);
  BOOST_TEST(broker->publish({{"1", "first"}, {"2", "second"}}).empty());
  auto got = receive(*broker, 2);
  BOOST_REQUIRE(got.size() == 2u);
  std::ranges::sort(got, {}, &delivery::payload);

  auto began = std::chrono::steady_clock::now();
  BOOST_TEST(broker->put_back({{got[0].receipt, {"1", "first again"}, 1500ms},
                               {got[1].receipt, {"2", "second again"}, 0ms}})
             == 2u);

  // RabbitMQ does not count what it has pushed to a receiver.
  BOOST_TEST(broker->depth().value() >= 1);
  auto at_once = receive(*broker, 1);
  BOOST_REQUIRE(at_once.size() == 1u);
  BOOST_TEST(at_once[0].payload == "second again");
  BOOST_TEST((std::chrono::steady_clock::now() - began < 1200ms));
  BOOST_TEST(broker->acknowledge({at_once[0].receipt}) == 1u);
  auto later = receive(*broker, 1);
  BOOST_REQUIRE(later.size() == 1u);
  BOOST_TEST(later[0].payload == "first again");
  BOOST_TEST(later[0].deliveries == 1);
  BOOST_TEST((std::chrono::steady_clock::now() - began >= 1000ms)); // whole seconds at some
}

BOOST_DATA_TEST_CASE(what_a_receiver_left_behind_comes_again_and_is_counted,
                     boost::unit_test::data::make(brokers), type) {
  auto server = test::start_broker_server(type);
  if (!server)
    return;
  auto broker = client_of(*server);
  BOOST_TEST(broker->publish({{"1", "left"}}).empty());
  std::string first_receipt;
  {
    auto gone = client_of(*server);
    auto got = receive(*gone, 1);
    BOOST_REQUIRE(got.size() == 1u);
    first_receipt = got[0].receipt;
  }

  auto again = receive(*broker, 1);

  BOOST_REQUIRE(again.size() == 1u);
  BOOST_TEST(again[0].payload == "left");
  BOOST_TEST(again[0].deliveries == 2);
  BOOST_TEST(broker->acknowledge({again[0].receipt}) == 1u);
  BOOST_TEST(test::eventually([&] { return broker->depth().value() == 0; }, 10s));
}

BOOST_DATA_TEST_CASE(what_is_held_stays_with_its_receiver, boost::unit_test::data::make(brokers),
                     type) {
  auto server = test::start_broker_server(type);
  if (!server)
    return;
  auto broker = client_of(*server), other = client_of(*server);
  BOOST_TEST(broker->publish({{"1", "mine"}}).empty());
  auto got = receive(*broker, 1);
  BOOST_REQUIRE(got.size() == 1u);

  for (int i = 0; i < 12; ++i) { // three leases
    broker->extend({got[0].receipt});
    BOOST_TEST(other->receive(1, 250ms).empty());
  }

  BOOST_TEST(broker->acknowledge({got[0].receipt}) == 1u);
}

BOOST_DATA_TEST_CASE(a_broker_that_loses_its_power_keeps_what_was_published,
                     boost::unit_test::data::make(brokers), type) {
  auto server = test::start_broker_server(type);
  if (!server || !test::keeps_messages(type))
    return;
  auto broker = client_of(*server);
  BOOST_TEST(broker->publish({{"1", "kept 1"}, {"2", "kept 2"}}).empty());
  auto got = receive(*broker, 1);
  BOOST_REQUIRE(got.size() == 1u);

  server->kill();
  BOOST_TEST((failure_of([&] { (void)broker->depth(); }) == broker_failure::unreachable));
  BOOST_TEST((failure_of([&] {
                (void)broker->publish({{"3", "x"}});
              })
              == broker_failure::unreachable));
  server->start();

  BOOST_TEST(test::eventually([&] {
    try {
      return broker->publish({{"4", "kept 4"}}).empty();
    } catch (const broker_error&) {
      return false; // it answers before it works
    }
  }));
  // The one that was received comes too. A connection may break once more while it starts.
  std::set<std::string> back;
  BOOST_TEST(test::eventually([&] {
    try {
      for (const auto& one : receive(*broker, 3))
        back.insert(one.payload);
    } catch (const broker_error&) {
      return false;
    }
    return back.size() >= 3;
  }));
}

BOOST_DATA_TEST_CASE(a_wrong_password_is_refused_and_a_missing_one_is_named,
                     boost::unit_test::data::make(brokers), type) {
  auto server = test::start_broker_server(type);
  if (!server)
    return;
  auto missing = client_of(*server, server->password(), {{"secret_name", "not_there"}});
  BOOST_TEST((failure_of([&] { (void)missing->depth(); }) == broker_failure::secret_missing));
  if (!test::checks_passwords(type))
    return;
  auto wrong = client_of(*server, "wrong");
  BOOST_TEST((failure_of([&] { (void)wrong->publish({{"1", "x"}}); }) == broker_failure::refused));
  BOOST_TEST((failure_of([&] { (void)wrong->receive(1, 0ms); }) == broker_failure::refused));
  BOOST_TEST(client_of(*server)->depth().value() == 0);
}

BOOST_AUTO_TEST_CASE(a_type_that_was_not_built_is_named) {
  try {
    make_broker_client({"carrier_pigeon", {}, "test", nullptr});
    BOOST_ERROR("made");
  } catch (const broker_error& failure) {
    BOOST_TEST((failure.kind() == broker_failure::not_built));
    BOOST_TEST(std::string{failure.what()}
               == "transport type carrier_pigeon is not built into this program");
  }
}

BOOST_AUTO_TEST_SUITE_END()
