#include "pg/cluster/nodes_to_roll.hpp"
#include "tests/cluster/node_process.hpp"

#include <boost/test/unit_test.hpp>
#include <unistd.h>

using namespace nova;
using namespace std::chrono_literals;
using test::eventually;
using test::node_process;

namespace {

std::string whole(const std::string& path) {
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

struct fixture : test::node_fixture {
  fixture() : node_fixture(test::a_mailbox(300, 2)) {}

  std::map<std::string, std::string> settings() const {
    return {{"DATABASE_URL", url()},
            {"NYLAS_API_KEY", provider.api_key()},
            {"NYLAS_API_URI", provider.url()},
            {"NOVA_INSPECT", "off"},
            {"NOVA_HTTP", "off"},
            {"POLL_INTERVAL_MS", "200"},
            {"BACKFILL_STRATEGY", "threads"},
            {"COMPLETION_CHECK_INTERVAL_MS", "200"},
            {"NOVA_THREAD_WINDOW", "2"},
            {"MESSAGE_DELAY_MS", "150"}};
  }

  /// Node name and incarnation, of those that take work.
  std::map<std::string, int64_t> working() {
    std::map<std::string, int64_t> all;
    for (const auto& one : pg::nodes_to_roll{}.run(conn))
      if (one.alive && one.state == "up")
        all[one.name] = one.id;
    return all;
  }

  bool steady(size_t count) {
    return eventually([&] {
      auto all = pg::nodes_to_roll{}.run(conn);
      return all.size() == count && std::all_of(all.begin(), all.end(), [&](const auto& one) {
               return one.state == "up" && one.steady && one.linked_to.size() == count - 1;
             });
    });
  }

  /// `nova cluster roll` with these arguments; its exit status. What it said is in `said`.
  int roll(const std::vector<std::string>& arguments) {
    std::vector<std::string> words{"cluster", "roll"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    auto log = folder.path() + "/roll";
    std::filesystem::remove(log);
    app::child_process process{words, settings(), log};
    BOOST_TEST_REQUIRE(eventually([&] { return !process.running(); }, 180s));
    said = whole(log);
    return process.stop();
  }

  [[nodiscard]] bool says(const std::string& text) const {
    BOOST_TEST_INFO(said);
    return said.find(text) != std::string::npos;
  }

  int64_t audited(const std::string& action) {
    const sql::statement count{"count_audited",
                               "select count(*) from nova.operator_actions where action = $1 and "
                               "reason = 'a new version'"};
    return conn.exec(count, action).value<int64_t>();
  }

  test::temporary_folder folder;
  std::string said;
};

/// `n-1` and `n-2` under one process, of a file of the program that can be replaced.
struct local_cluster : fixture {
  local_cluster() {
    // A second name beside the first: /tmp may be another disk, and the file is large.
    auto own = std::filesystem::read_symlink("/proc/self/exe");
    program = own.string() + "-" + std::to_string(::getpid());
    std::filesystem::remove(program);
    std::filesystem::create_hard_link(own, program);
    up = std::make_unique<app::child_process>(std::vector<std::string>{"cluster", "up", "--nodes",
                                                                       "2", "--name", "n"},
                                              settings(), folder.path() + "/up", program);
    BOOST_TEST_REQUIRE(steady(2), whole(folder.path() + "/up"));
  }
  ~local_cluster() {
    std::filesystem::remove(program);
  }
  local_cluster(const local_cluster&) = delete;

  void replace_program(const std::string& script) const {
    std::filesystem::remove(program);
    std::ofstream{program} << "#!/bin/sh\n" << script << '\n';
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  }

  std::string program;
  std::unique_ptr<app::child_process> up;
};

/// `a` and `b`, each a process of its own, whose number is in a file of its name.
struct two_processes : fixture {
  two_processes() {
    for (auto [node, name] : {std::pair{&a, "a"}, {&b, "b"}})
      std::ofstream{folder.path() + "/" + name} << node->process().pid();
    BOOST_TEST_REQUIRE(steady(2));
  }

  [[nodiscard]] std::string killing() const {
    return "kill $(cat " + folder.path() + "/{node})";
  }

  node_process a{*this, "a", settings()};
  node_process b{*this, "b", settings()};
};

} // namespace

BOOST_AUTO_TEST_SUITE(roll_test)

BOOST_FIXTURE_TEST_CASE(a_backfill_runs_through_a_roll_and_nothing_is_lost_or_stays_drained,
                        local_cluster) {
  auto before = working();
  auto config = start_backfill(add_inbox());
  BOOST_TEST(eventually([&] { return backfill_status(config) == "thread_sync"; }));

  auto status = roll({"--reason", "a new version"});

  BOOST_TEST(status == 0, said);
  auto after = working();
  BOOST_TEST(after.size() == 2U);
  for (const auto& [name, id] : before)
    BOOST_TEST(after[name] > id, name);
  BOOST_TEST(audited("drain") == 2);
  BOOST_TEST(says("n-1: drains"));
  BOOST_TEST(says("threads a second before"));
  BOOST_TEST(eventually([&] { return backfill_status(config) == "completed"; }));
  BOOST_TEST(test::differences(conn, provider, grant()).empty());
  BOOST_TEST(eventually([&] { return test::broken_invariants(conn).empty(); }));
  BOOST_TEST(up->stop() == 0);
}

BOOST_FIXTURE_TEST_CASE(a_program_that_does_not_start_stops_it_and_the_others_are_not_touched,
                        local_cluster) {
  auto before = working();
  replace_program("exit 1");

  auto status = roll({});

  BOOST_TEST(status == 1, said);
  BOOST_TEST(says("n-1: the new program ended before it was ready"));
  BOOST_TEST(says("restarted: none; not touched: n-2"));
  auto after = working();
  BOOST_TEST(after.size() == 1U);
  BOOST_TEST(after["n-2"] == before["n-2"]);
}

BOOST_FIXTURE_TEST_CASE(a_command_that_fails_stops_it_and_says_how_it_ended, two_processes) {
  auto before = working();

  auto status = roll({"--stop", killing(), "--start", "test {node} = b"});

  BOOST_TEST(status == 1, said);
  BOOST_TEST(says("a: `test a = b` ended with 1; no process of it has joined"));
  BOOST_TEST(says("not touched: b"));
  BOOST_TEST(working()["b"] == before["b"]);
}

BOOST_FIXTURE_TEST_CASE(a_node_that_was_not_stopped_is_undrained, two_processes) {
  auto before = working();

  auto status =
    roll({"--stop", "exit 7 # {node}", "--start", "exit 7 # {node}", "--reason", "a new version"});

  BOOST_TEST(status == 1, said);
  BOOST_TEST(says("it is undrained and goes on as before"));
  BOOST_TEST((working() == before));
  BOOST_TEST(audited("undrain") == 1);
}

BOOST_FIXTURE_TEST_CASE(a_dry_run_says_the_steps_and_takes_none, two_processes) {
  auto before = working();

  auto status = roll({"b", "a", "--stop", killing(), "--start", "start {node}", "--dry-run"});

  BOOST_TEST(status == 0, said);
  BOOST_TEST(says("b: drain, reason 'upgrade'"));
  BOOST_TEST(says("a: start: start a"));
  BOOST_TEST((said.find("b: drain") < said.find("a: drain")));
  BOOST_TEST((working() == before));
}

BOOST_FIXTURE_TEST_CASE(what_cannot_be_done_is_refused_before_any_node_is_touched, two_processes) {
  BOOST_TEST(roll({}) == 1);
  BOOST_TEST(says("say with --stop and --start how it is stopped and started"));
  BOOST_TEST(roll({"--stop", "true"}) == 2);
  BOOST_TEST(says("--stop and --start belong together"));
  BOOST_TEST(roll({"--stop", "true", "--start", "true"}) == 2);
  BOOST_TEST(says("has no {node}"));
  BOOST_TEST(roll({"c", "--stop", "true", "--start", "true"}) == 7);
  BOOST_TEST(says("no living node is called 'c'"));
  BOOST_TEST(audited("drain") == 0);
}

BOOST_AUTO_TEST_SUITE_END()
