#include "shell/client.hpp"
#include "shell/session.hpp"
#include "tests/cluster/node_process.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <sstream>

// Suspend, wake, restart and kill do what they say, whatever kind of actor they are said to.
using namespace nova;
using namespace std::chrono_literals;
using base::exit_code;

namespace {

/// What a node of every role has for as long as it lives.
const std::set<std::string> lasting_kinds = {"attachment_fetcher",
                                             "backfill_reader",
                                             "backfills",
                                             "database",
                                             "database_worker",
                                             "failure_recorder",
                                             "folder_lister",
                                             "grants",
                                             "wakeups",
                                             "http_caller",
                                             "http_client",
                                             "job_claimer",
                                             "job_database",
                                             "links",
                                             "mail_store",
                                             "node",
                                             "node_agent",
                                             "notifications",
                                             "parked_notifications",
                                             "queue_ages",
                                             "queue_listener",
                                             "readiness",
                                             "reconcile",
                                             "role",
                                             "roles",
                                             "singleton",
                                             "thread_dispatcher",
                                             "thread_jobs",
                                             "thread_reader",
                                             "webhook_reader"};

/// Where the lease of a singleton is.
const std::set<std::string> leased_kinds = {"alert_sender",       "alert_watch",    "certifier",
                                            "completion_monitor", "endpoint_watch", "schedules"};

simulator::options slow_mailbox() {
  auto options = test::a_mailbox(60, 2);
  options.settings.latency = 200ms;
  return options;
}

struct shell_result {
  exit_code how = exit_code::done;
  std::string text; // all that it said
  std::string rows; // on standard output
};

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in{text};
  std::vector<std::string> all;
  for (std::string line; std::getline(in, line);)
    all.push_back(line.substr(0, line.find_last_not_of(' ') + 1));
  return all;
}

struct fixture : test::node_fixture {
  fixture() : node_fixture(slow_mailbox()) {
    for (auto* node : {"n1", "n2"})
      BOOST_REQUIRE(test::eventually([&] {
        auto there = kinds_of(node);
        return std::ranges::includes(there, lasting_kinds) && !where("parent", "n1/links").empty();
      }));
  }

  shell_result run(const std::string& command, const std::string& node = "n1") {
    shell::client asked{{folder.path() + "/" + node, "admin", {}, {}}};
    shell::session_options how;
    how.as = shell::format::tsv;
    std::ostringstream out, err;
    shell::session in{asked, std::move(how), out, err};
    auto ended = in.run(command);
    return {ended, out.str() + err.str(), out.str()};
  }

  std::vector<std::string> where(const std::string& column, const std::string& value,
                                 const std::string& shown = "actor") {
    auto seen = run("ps --where '" + column + "=\"" + value
                    + "\"' --no-headers --limit 1000 --columns " + shown);
    return lines_of(seen.rows);
  }

  std::set<std::string> kinds_of(const std::string& node) {
    auto all = where("node", node, "kind");
    return {all.begin(), all.end()};
  }

  /// One actor of each kind that a node has.
  std::map<std::string, std::string> one_of_each(const std::string& node) {
    std::map<std::string, std::string> all;
    for (const auto& kind : kinds_of(node)) {
      auto found = lines_of(
        run("ps " + kind + " --where 'node=" + node + "' --no-headers --columns actor").rows);
      if (!found.empty() && found[0].starts_with(node))
        all.emplace(kind, found[0]);
    }
    return all;
  }

  std::string state_of(const std::string& actor) {
    auto found = where("actor", actor, "state");
    return found.empty() ? "gone" : found[0];
  }

  std::optional<double> age_of(const std::string& actor) {
    auto found = where("actor", actor, "age_s");
    return found.empty() ? std::nullopt : std::optional{std::stod(found[0])};
  }

  bool is_there(const std::string& node, const std::string& kind) {
    return leased_kinds.contains(kind) ? !where("kind", kind).empty()
                                       : kinds_of(node).contains(kind);
  }

  /// Abnormal ends of actors, whoever recorded them: that of a worker ends its pool.
  uint64_t failures() {
    const sql::statement count{"count_failures", "select count(*) from nova.actor_failures"};
    return conn.exec(count).value<uint64_t>();
  }

  std::map<std::string, std::string> how(const std::string& name) const {
    return {{"NOVA_INSPECT", folder.path() + "/" + name}, {"NOVA_STORE_ATTACHMENTS", "1MB"}};
  }

  static constexpr const char* roles = "webhooks,backfill,threads,completion,jobs";
  test::temporary_folder folder;
  test::node_process n1{*this, "n1", how("n1"), roles};
  test::node_process n2{*this, "n2", how("n2"), roles};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(kinds_test, fixture)

BOOST_AUTO_TEST_CASE(every_kind_is_suspended_and_woken) {
  auto config = start_backfill(add_inbox());
  BOOST_REQUIRE(test::eventually([&] { return !where("kind", "thread_sync").empty(); }));
  auto all = one_of_each("n1");
  BOOST_TEST(all.contains("grant"));
  for (const auto& [kind, actor] : all) {
    auto done = run("suspend " + actor + " --yes");
    bool lasts = lasting_kinds.contains(kind) || kind == "grant";
    BOOST_TEST((done.how == exit_code::done || !lasts), actor << ": " << done.text);
    auto stands_still = [&] {
      auto state = state_of(actor);
      return state == "suspended" || (!lasts && state == "gone");
    };
    BOOST_TEST(test::eventually(stands_still), actor << ": " << state_of(actor));
    run("wake " + actor + " --yes");
    BOOST_TEST(test::eventually([&] { return state_of(actor) != "suspended"; }), actor);
  }
  BOOST_TEST(test::eventually([&] { return backfill_status(config) == "completed"; }, 60s));
}

BOOST_AUTO_TEST_CASE(every_kind_is_restarted_and_the_backfill_ends_verified) {
  auto config = start_backfill(add_inbox());
  BOOST_REQUIRE(test::eventually([&] { return !where("kind", "thread_sync").empty(); }));
  auto all = one_of_each("n1");
  auto root = run("restart " + all.at("node") + " --yes");
  BOOST_TEST((root.how != exit_code::done));
  BOOST_TEST(root.text.find("no parent") != std::string::npos, root.text);
  all.erase("node");
  for (const auto& [kind, actor] : all) {
    bool lasts = lasting_kinds.contains(kind);
    // One that an earlier restart took along is let grow old enough to be told from the next.
    auto is_old = [&] { return age_of(actor).value_or(0) >= 1; };
    BOOST_TEST((!lasts || test::eventually(is_old)), actor);
    auto ordered = std::chrono::steady_clock::now();
    auto done = run("restart " + actor + " --yes");
    BOOST_TEST((done.how == exit_code::done || !lasts), actor << ": " << done.text);
    auto younger = [&] {
      auto age = age_of(actor);
      return age
             && *age < 0.5
                         + std::chrono::duration<double>(std::chrono::steady_clock::now() - ordered)
                             .count();
    };
    BOOST_TEST((!lasts || test::eventually(younger)), actor << " is the same as before");
  }
  BOOST_TEST(test::eventually([&] { return backfill_status(config) == "completed"; }, 60s));
  BOOST_TEST(test::differences(conn, provider, grant()) == std::vector<std::string>{},
             boost::test_tools::per_element());
}

/// Half of the kinds on each node, or a supervisor would give up.
BOOST_AUTO_TEST_CASE(every_kind_is_killed_and_the_backfill_ends_verified) {
  auto config = start_backfill(add_inbox());
  BOOST_REQUIRE(test::eventually([&] { return !where("kind", "thread_sync").empty(); }));
  size_t number = 0;
  for (const auto& kind : lasting_kinds) {
    const char* node = ++number % 2 == 0 ? "n1" : "n2";
    if (kind == "node")
      continue;
    std::map<std::string, std::string> all;
    BOOST_REQUIRE(test::eventually([&] {
      all = one_of_each(node);
      return all.contains(kind);
    }));
    auto before = failures();
    auto done = run("kill " + all[kind] + " --yes", node);
    BOOST_TEST((done.how == exit_code::done), kind << ": " << done.text);
    BOOST_TEST(test::eventually([&] { return failures() > before; }), kind);
    BOOST_TEST(test::eventually([&] { return is_there(node, kind); }), kind);
  }
  BOOST_TEST(test::eventually([&] { return backfill_status(config) == "completed"; }, 60s));
  BOOST_TEST(test::differences(conn, provider, grant()) == std::vector<std::string>{},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_path_names_one_actor) {
  auto all = where("node", "n1");
  std::set<std::string> different{all.begin(), all.end()};
  BOOST_TEST(different.size() == all.size());
  for (const auto& kind : leased_kinds)
    for (const char* node : {"n1", "n2"}) {
      auto named = std::string{node} + '/' + kind;
      auto seen = run("suspend " + named + " --yes");
      BOOST_TEST((seen.how == exit_code::done), seen.text);
      auto lease_here = !where("actor", named).empty();
      auto who = lease_here ? named : std::string{node} + "/singleton/" + kind;
      BOOST_TEST(state_of(who) == "suspended", who);
      BOOST_TEST((run("wake " + named + " --yes").how == exit_code::done));
    }
}

BOOST_AUTO_TEST_SUITE_END()
