// What may leave a process does, and nothing else.
#include "messages/wire.hpp"

#include "actors/thread_sync.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>

#include <vector>

using namespace nova;

namespace {

struct fixture {
  fixture() {
    register_wire_types(config);
  }

  std::vector<char> bytes;
  caf::actor_system_config config;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_test, fixture)

BOOST_AUTO_TEST_CASE(a_message_between_nodes_arrives_as_it_was_sent) {
  caf::actor_system system{config};
  caf::binary_serializer out{system, bytes};
  auto sent = caf::make_message(
    remote_call_ended{{"g1"}, {7, call_outcome::throttled, 2.5, 30, 1000, "slow down"}});
  BOOST_REQUIRE(!out(sent));

  caf::message received;
  caf::binary_deserializer in{system, bytes};
  BOOST_REQUIRE(!in(received));
  const auto& back = received.get_as<remote_call_ended>(0);
  BOOST_TEST(back.grant.value == "g1");
  BOOST_TEST(back.call.permit == 7u);
  BOOST_TEST((back.call.outcome == call_outcome::throttled));
  BOOST_TEST(back.call.units.value_or(0) == 2.5);
  BOOST_TEST(back.call.took_ms == 30u);
  BOOST_TEST(back.call.retry_after_ms == 1000u);
  BOOST_TEST(back.call.reason == "slow down");
}

BOOST_AUTO_TEST_CASE(a_local_message_cannot_leave_its_process) {
  caf::actor_system system{config};
  caf::binary_serializer out{system, bytes};
  auto local = caf::make_message(thread_ended{});

  // CAF reports no error: it complains on stderr and writes nothing.
  (void)out(local);
  BOOST_TEST(bytes.empty());
}

BOOST_AUTO_TEST_SUITE_END()
