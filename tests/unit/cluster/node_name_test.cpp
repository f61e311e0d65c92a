#include "cluster/node_name.hpp"

#include "http/listen_socket.hpp"
#include "pg/cluster/heartbeat_node.hpp"
#include "pg/cluster/register_node.hpp"
#include "pg/error.hpp"
#include "tests/support/database_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <future>
#include <thread>

using namespace nova;
using namespace std::chrono_literals;

namespace {

std::string refusing_address() {
  auto gone = http::listen_on("127.0.0.1", 0);
  return "127.0.0.1:" + std::to_string(http::port_of(gone));
}

/// Somebody has the name `a`.
struct fixture : test::database_fixture {
  pg::incarnation start(const std::string& address, const std::string& machine,
                        std::chrono::milliseconds lease = 1h) {
    return perform(pg::register_node{{.name = "a", .address = address, .machine = machine}, lease});
  }

  int64_t replaced_by(const std::string& address, const std::string& machine, bool insist = false) {
    return cluster::whom_to_replace(conn, {.name = "a", .address = address, .machine = machine},
                                    insist);
  }

  /// What it is refused with while the other renews.
  std::string refusal(pg::incarnation other) {
    std::atomic<bool> done{false};
    auto renews = std::async(std::launch::async, [&] {
      pg::connection own{pg::connection_settings{.url = url()}};
      while (!done) {
        pg::heartbeat_node{other.id, 1h}.run(own);
        std::this_thread::sleep_for(20ms); // the pace of its renewals
      }
    });
    std::string said;
    try {
      static_cast<void>(replaced_by("127.0.0.1:1", "m"));
    } catch (const cluster::name_taken& taken) {
      said = taken.what();
    }
    done = true;
    return said;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(node_name_test, fixture)

BOOST_AUTO_TEST_CASE(a_name_is_one_living_nodes) {
  start("", "m");
  BOOST_CHECK_EXCEPTION(start("", "m"), pg::error,
                        [](const pg::error& e) { return e.sqlstate() == "NV011"; });
}

BOOST_AUTO_TEST_CASE(whose_process_is_gone_is_replaced_at_once) {
  auto old = start(refusing_address(), "m");
  BOOST_TEST(replaced_by("127.0.0.1:1", "m") == old.id);
}

BOOST_AUTO_TEST_CASE(where_the_new_node_listens_the_old_one_does_not) {
  auto here = http::listen_on("127.0.0.1", 0);
  auto address = "127.0.0.1:" + std::to_string(http::port_of(here));
  auto old = start(address, "m");
  BOOST_TEST(replaced_by(address, "m") == old.id);
}

BOOST_AUTO_TEST_CASE(who_renews_keeps_the_name_and_the_other_is_told_what_to_do) {
  auto here = http::listen_on("127.0.0.1", 0);
  auto address = "127.0.0.1:" + std::to_string(http::port_of(here));
  auto old = start(address, "m");

  auto said = refusal(old);

  BOOST_TEST(said.starts_with("a living node is called a (incarnation " + std::to_string(old.id)
                              + ", " + address + ", up "));
  BOOST_TEST(said.ends_with("); choose --name, or --replace"));
}

BOOST_AUTO_TEST_CASE(a_refusal_of_another_machine_proves_nothing) {
  auto old = start(refusing_address(), "another");
  BOOST_TEST(refusal(old).starts_with("a living node is called a"));
}

BOOST_AUTO_TEST_CASE(without_a_sign_of_life_the_lease_is_waited_for) {
  start("", "m", 300ms);
  BOOST_TEST(replaced_by("", "m") == 0);
  start("", "m"); // it is free
}

BOOST_AUTO_TEST_CASE(who_insists_replaces_the_living) {
  auto old = start("", "m");
  BOOST_TEST(replaced_by("", "m", true) == old.id);
}

BOOST_AUTO_TEST_SUITE_END()
