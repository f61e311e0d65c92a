#include "cluster/link_server.hpp"

#include "base/log.hpp"
#include "tests/support/eventually.hpp"

#include <boost/test/unit_test.hpp>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <string>
#include <vector>

using namespace nova;
using namespace std::chrono_literals;
using cluster::link_hello;
using cluster::link_server;
using cluster::made_link;

namespace {

const std::string secret = "the secret of this test cluster";

/// A node's end: a server and what it told.
struct end {
  explicit end(int64_t node, cluster::link_server_settings settings = {},
               std::string with_secret = secret)
    : server(settings) {
    link_hello own{"test", "node-" + std::to_string(node), node, node, 1, 1, 0};
    server.start(own, std::move(with_secret),
                 {[](const link_hello&) { return std::string{}; },
                  [this](made_link link) {
                    std::lock_guard lock{mutex};
                    links.push_back(std::move(link));
                  },
                  [this](int64_t, const std::string& reason, bool refused) {
                    std::lock_guard lock{mutex};
                    failures.push_back((refused ? "refused: " : "") + reason);
                  }});
  }

  size_t link_count() {
    std::lock_guard lock{mutex};
    return links.size();
  }
  std::string failure() {
    std::lock_guard lock{mutex};
    return failures.empty() ? "" : failures.back();
  }

  std::mutex mutex;
  std::vector<made_link> links;
  std::vector<std::string> failures;
  link_server server; // the last: it calls into the others
};

/// A socket of somebody who may not know the secret.
struct stranger {
  explicit stranger(const std::string& address)
    : fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    at.sin_port = htons(static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
    connected = ::connect(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0;
    timeval limit{10, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  ~stranger() {
    ::close(fd);
  }
  stranger(const stranger&) = delete;

  void send(const std::string& bytes) const {
    (void)::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  /// Whether the server ends the connection within ten seconds; counts what it said before.
  bool ended() {
    std::array<char, 4096> bytes{};
    for (;;) {
      auto got = ::recv(fd, bytes.data(), bytes.size(), 0);
      if (got <= 0)
        return got == 0 || errno == ECONNRESET;
      heard += static_cast<size_t>(got);
    }
  }

  int fd;
  bool connected = false;
  size_t heard = 0;
};

size_t resident_kb() {
  std::ifstream file{"/proc/self/status"};
  std::string word;
  size_t kb = 0;
  while (file >> word)
    if (word == "VmRSS:" && file >> kb)
      break;
  return kb;
}

struct quiet {
  quiet() {
    base::configure_log({base::log_level::off, base::log_format::text});
  }
};

bool can_talk(int from, int to) {
  std::array<char, 5> got{};
  timeval limit{10, 0};
  ::setsockopt(to, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  if (::send(from, "hello", 5, MSG_NOSIGNAL) != 5)
    return false;
  return test::eventually([&] { return ::recv(to, got.data(), got.size(), 0) == 5; }, 10s)
         && std::string(got.data(), 5) == "hello";
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(link_server_test, quiet)

BOOST_AUTO_TEST_CASE(two_nodes_of_one_secret_get_a_socket_to_each_other) {
  end low{1};
  end high{2};

  high.server.call(1, low.server.address());

  BOOST_TEST(test::eventually([&] { return low.link_count() == 1 && high.link_count() == 1; }));
  BOOST_TEST(high.links[0].called);
  BOOST_TEST(!low.links[0].called);
  BOOST_TEST(high.links[0].peer.node == 1);
  BOOST_TEST(low.links[0].peer.node == 2);
  BOOST_TEST(can_talk(low.links[0].socket.get(), high.links[0].socket.get()));
  BOOST_TEST(can_talk(high.links[0].socket.get(), low.links[0].socket.get()));
}

BOOST_AUTO_TEST_CASE(a_node_of_another_secret_gets_no_link) {
  end low{1};
  end high{2, {}, "the secret of another cluster"};

  high.server.call(1, low.server.address());

  BOOST_TEST(test::eventually([&] { return !high.failure().empty(); }));
  BOOST_TEST(high.failure().find("another NOVA_CLUSTER_SECRET") != std::string::npos);
  BOOST_TEST(low.link_count() == 0);
}

BOOST_AUTO_TEST_CASE(a_call_to_nobody_says_that_it_was_refused) {
  auto address = end{1}.server.address();
  end high{2};

  high.server.call(1, address);

  BOOST_TEST(test::eventually([&] { return !high.failure().empty(); }));
  BOOST_TEST(high.failure() == "refused: Connection refused");
}

BOOST_AUTO_TEST_CASE(a_call_to_who_accepts_and_stays_silent_ends_after_the_limit) {
  auto silent = http::listen_on("127.0.0.1", 0);
  cluster::link_server_settings settings;
  settings.handshake_limit = 50ms;
  end high{2, settings};

  high.server.call(1, "127.0.0.1:" + std::to_string(http::port_of(silent)));

  BOOST_TEST(test::eventually([&] { return high.failure() == "it took too long"; }));
}

BOOST_AUTO_TEST_CASE(a_header_that_announces_four_gigabytes_to_caf_ends_the_connection) {
  end node{1};
  auto before = resident_kb();
  for (int i = 0; i < 100; ++i) {
    stranger one{node.server.address()};
    one.send(std::string("\x02\0\0\0\xff\xff\xff\xff", 8) + std::string(24, '\0'));
    BOOST_TEST(one.ended());
    BOOST_TEST(one.heard == 0u);
  }
  BOOST_TEST(resident_kb() < before + 20'000);
  BOOST_TEST(node.link_count() == 0);
}

BOOST_AUTO_TEST_CASE(who_says_nothing_and_who_says_a_byte_at_a_time_are_cut_off_in_time) {
  cluster::link_server_settings settings;
  settings.handshake_limit = 100ms;
  end node{1, settings};
  stranger mute{node.server.address()};
  stranger slow{node.server.address()};

  // The start of a right challenge, but slower than the limit allows.
  std::atomic<bool> stop{false};
  std::thread drip{[&] {
    const std::string start = std::string("\0\x2c", 2) + "nova-link-1\n";
    for (size_t i = 0; !stop; ++i) {
      slow.send(start.substr(i % start.size(), 1));
      std::this_thread::sleep_for(20ms); // the pace of the slow peer
    }
  }};
  BOOST_TEST(mute.ended());
  BOOST_TEST(slow.ended());
  stop = true;
  drip.join();
}

BOOST_AUTO_TEST_CASE(garbage_of_any_size_harms_nobody) {
  end node{1};
  uint64_t random = 1;
  for (size_t size : {1, 2, 45, 46, 47, 1000, 100'000}) {
    std::string bytes;
    for (size_t i = 0; i < size; ++i)
      bytes +=
        static_cast<char>((random = random * 6364136223846793005 + 1442695040888963407) >> 56);
    stranger one{node.server.address()};
    one.send(bytes);
    ::shutdown(one.fd, SHUT_WR);
    BOOST_TEST(one.ended());
  }
  end other{2};
  other.server.call(1, node.server.address());
  BOOST_TEST(test::eventually([&] { return node.link_count() == 1; }));
}

BOOST_AUTO_TEST_CASE(ten_thousand_connections_cost_no_memory_and_keep_no_node_out) {
  end node{1};
  auto before = resident_kb();
  size_t held_most = 400; // as many as this process may keep open
  std::vector<std::unique_ptr<stranger>> held;
  size_t connected = 0;
  for (int i = 0; i < 10'000; ++i) {
    held.push_back(std::make_unique<stranger>(node.server.address()));
    connected += held.back()->connected ? 1 : 0;
    if (i % 3 == 0)
      held.back()->send(std::string("\0\x2c", 2) + "nova");
    if (held.size() > held_most)
      held.erase(held.begin());
  }
  BOOST_TEST(connected == 10'000u);

  end other{2};
  other.server.call(1, node.server.address());
  BOOST_TEST(test::eventually([&] { return node.link_count() == 1; }));
  BOOST_TEST(resident_kb() < before + 20'000);
}

BOOST_AUTO_TEST_CASE(an_address_of_other_machines_is_refused_without_certificates) {
  cluster::link_server_settings settings;
  settings.host = "0.0.0.0";
  auto says_what_to_set = [](const std::runtime_error& e) {
    return std::string{e.what()}.find("NOVA_TLS_CERT") != std::string::npos;
  };
  BOOST_CHECK_EXCEPTION(link_server{settings}, std::runtime_error, says_what_to_set);
}

BOOST_AUTO_TEST_SUITE_END()
