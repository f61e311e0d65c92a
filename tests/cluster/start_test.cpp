#include "cluster/link_certificates.hpp"
#include "http/listen_socket.hpp"
#include "pg/cluster/list_nodes.hpp"
#include "tests/cluster/node_process.hpp"

#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <unistd.h>

using namespace nova;
using namespace std::chrono_literals;
using test::eventually;
using test::node_process;

namespace {

struct fixture : test::node_fixture {
  std::map<std::string, std::string> settings(std::map<std::string, std::string> more = {}) const {
    more.try_emplace("DATABASE_URL", url());
    more.try_emplace("NYLAS_API_KEY", provider.api_key());
    more.try_emplace("NYLAS_API_URI", provider.url());
    more.try_emplace("XDG_RUNTIME_DIR", folder.path());
    more.try_emplace("NOVA_HTTP", "off");
    return more;
  }

  /// The exit status of the program with these arguments; what it said is in `said`.
  int run(const std::vector<std::string>& arguments,
          std::map<std::string, std::string> environment = {}) {
    auto log = folder.path() + "/said";
    std::filesystem::remove(log);
    app::child_process process{arguments, settings(std::move(environment)), log};
    BOOST_TEST_REQUIRE(eventually([&] { return !process.running(); }));
    std::ifstream file{log};
    said.assign(std::istreambuf_iterator<char>{file}, {});
    return process.stop();
  }

  [[nodiscard]] bool says(const std::string& text) const {
    return said.find(text) != std::string::npos;
  }

  std::vector<pg::node_row> nodes() {
    return pg::list_nodes{1}.run(conn);
  }

  test::temporary_folder folder;
  std::string said;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(start_test, fixture)

BOOST_AUTO_TEST_CASE(what_cannot_be_listened_on_is_a_setting_and_costs_no_incarnation) {
  auto taken = http::listen_on("127.0.0.1", 0);
  auto address = "127.0.0.1:" + std::to_string(http::port_of(taken));
  auto files = cluster::make_certificates({folder.path() + "/certs", {"n1"}}).front();
  std::ofstream{files.key} << "no key";

  BOOST_TEST(run({"run", "--name", "n1", "--http", address}) == 2);
  BOOST_TEST(says("NOVA_HTTP: "), said);
  BOOST_TEST(run({"run", "--name", "n1", "--http", "off", "--listen", address}) == 2);
  BOOST_TEST(says("NOVA_LISTEN: "), said);
  BOOST_TEST(run({"run", "--name", "n1", "--http", "off", "--listen", "0.0.0.0:0"}) == 2);
  BOOST_TEST(says("NOVA_TLS_CERT"), said);
  BOOST_TEST(run({"run", "--name", "n1", "--http", "off"}, {{"NOVA_TLS_CERT", files.certificate},
                                                            {"NOVA_TLS_KEY", files.key},
                                                            {"NOVA_TLS_CA", files.authority}})
             == 2);
  BOOST_TEST(says("NOVA_TLS_KEY: '"), said);
  BOOST_TEST(nodes().empty());
}

BOOST_AUTO_TEST_CASE(nodes_that_refuse_their_settings_end_the_process_over_them_with_2) {
  BOOST_TEST(run({"cluster", "up", "--nodes", "2", "--roles", "bakery"}) == 2);
  BOOST_TEST(says("'bakery' is not one of"), said);
  BOOST_TEST(run({"cluster", "up", "--nodes", "1"}, {{"NYLAS_API_KEY", ""}}) == 2);
  BOOST_TEST(says("NYLAS_API_KEY is not set"), said);
}

BOOST_AUTO_TEST_CASE(who_reads_the_log_may_go_and_the_nodes_still_leave_in_order) {
  int ends[2] = {-1, -1};
  BOOST_TEST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  http::unique_fd reading{ends[0]};
  http::unique_fd writing{ends[1]};
  app::child_process up{{"cluster", "up", "--nodes", "2", "--name", "n"},
                        settings(),
                        "/proc/" + std::to_string(::getpid()) + "/fd/"
                          + std::to_string(writing.get())};
  BOOST_TEST(eventually([&] { return nodes().size() == 2; }));

  writing = http::unique_fd{};
  reading = http::unique_fd{};

  BOOST_TEST(up.stop() == 0);
  for (const auto& node : nodes())
    BOOST_TEST(node.state == "left", node.name);
}

BOOST_AUTO_TEST_CASE(a_shell_without_an_address_asks_a_node_that_answers) {
  node_process frozen{*this, "a", {{"XDG_RUNTIME_DIR", folder.path()}}};
  node_process living{*this, "b", {{"XDG_RUNTIME_DIR", folder.path()}}};
  for (const auto* name : {"a", "b"})
    BOOST_TEST(eventually([&] { return run({"shell", name, "-c", "whoami"}) == 0; }), said);
  BOOST_TEST(run({"shell", "-c", "whoami"}) == 0);
  BOOST_TEST(says("asks nova-a.sock, of 2 nodes here"), said);
  BOOST_TEST_REQUIRE(frozen.freeze());

  BOOST_TEST(run({"shell", "-o", "tsv", "-c", "whoami"}) == 0, said);
  BOOST_TEST(says("b\t"), said);

  frozen.process().kill();
  BOOST_TEST(run({"shell", "-o", "tsv", "-c", "whoami"}) == 0, said);
  BOOST_TEST(says("b\t"), said);
}

BOOST_AUTO_TEST_SUITE_END()
