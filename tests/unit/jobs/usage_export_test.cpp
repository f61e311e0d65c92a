#include "jobs/usage_export.hpp"

#include "jobs/export_file.hpp"
#include "pg/error.hpp"
#include "tests/support/database_fixture.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>

using namespace nova;
using namespace nova::jobs;

namespace {

namespace fs = std::filesystem;

/// Usage of two months that are long over, in a folder of its own.
struct fixture : test::database_fixture {
  fixture() {
    conn.run("insert into tenants (id, name, slug) values ('t', 't', 't');"
             "insert into users (id, tenant_id, email) values ('u', 't', 'u@example.com');"
             "insert into usage_metrics (id, tenant_id, user_id, date, total_messages, "
             "estimated_cost) select 'r' || n, 't', 'u', '2025-01-31'::date + n, n, n * 0.0000001 "
             "from generate_series(0, 28) n;"
             "update usage_metrics set id = E'a \"quoted\",\\nid' where date = '2025-01-31'");
    order.directory = folder.path();
    order.clock = [] { return base::wall_time{std::chrono::seconds{1'800'000'000}}; };
  }

  pg::upkeep_outcome export_all() {
    return export_usage(conn, order, stop);
  }

  pg::upkeep_outcome delete_old(const std::string& keep = "31 days") {
    return delete_exported(conn, folder.path(), keep, stop);
  }

  std::string path_of(const std::string& name) const {
    return folder.path() + "/" + name;
  }

  std::string content(const std::string& name) const {
    std::ifstream file{path_of(name)};
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

  static size_t lines_of(const std::string& text) {
    return static_cast<size_t>(std::ranges::count(text, '\n'));
  }

  std::string text(const char* sql) {
    auto name = names.try_emplace(sql, "test " + std::to_string(names.size())).first;
    auto answer = conn.exec(sql::statement{name->second.c_str(), sql});
    return std::get<0>(answer.one<std::optional<std::string>>()).value_or("");
  }

  std::string count() {
    return text("select count(*)::text from usage_metrics");
  }

  /// What the failure is counted as; empty: there was none.
  template <class Work>
  static std::string failure_of(Work work) {
    try {
      work();
    } catch (const export_error& failed) {
      return failed.kind;
    }
    return {};
  }

  test::temporary_folder folder;
  usage_export_order order;
  upkeep_stop stop;
  std::map<std::string, std::string> names; // under which statements are prepared
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(usage_export_test, fixture)

BOOST_AUTO_TEST_CASE(a_month_is_a_file_with_its_sum_and_a_line_in_the_manifest) {
  auto outcome = export_all();

  BOOST_TEST(outcome.rows == 29);
  BOOST_TEST(outcome.file == "usage_metrics-2025-01.ndjson usage_metrics-2025-02.ndjson");
  auto february = content("usage_metrics-2025-02.ndjson");
  BOOST_TEST(lines_of(february) == 28U);
  BOOST_TEST(february.find(R"("estimated_cost": 0.0000028)") != std::string::npos, february);
  auto sum = content("usage_metrics-2025-02.ndjson.sha256");
  BOOST_TEST(sum.find("  usage_metrics-2025-02.ndjson\n") == 64U, sum);
  auto manifest = content("manifest.ndjson");
  BOOST_TEST(lines_of(manifest) == 2U);
  BOOST_TEST(manifest.find(R"({"file":"usage_metrics-2025-02.ndjson","month":"2025-02",)"
                           R"("format":"ndjson","rows":28,"bytes":)"
                           + std::to_string(february.size()) + R"(,"sha256":")" + sum.substr(0, 64)
                           + R"(","exported_at":1800000000})")
               != std::string::npos,
             manifest);
  BOOST_TEST(count() == "29");
}

BOOST_AUTO_TEST_CASE(a_rerun_verifies_what_is_there_and_writes_only_what_is_not_as_it_was) {
  export_all();
  BOOST_TEST(export_all().rows == 0);

  std::ofstream{path_of("usage_metrics-2025-02.ndjson"), std::ios::app} << "{}\n";
  std::ofstream{path_of("usage_metrics-2025-03.ndjson.part")} << "half";
  auto mended = export_all();
  BOOST_TEST(mended.rows == 28);
  BOOST_TEST(lines_of(content("usage_metrics-2025-02.ndjson")) == 28U);
  BOOST_TEST(!fs::exists(path_of("usage_metrics-2025-03.ndjson.part")));

  conn.run("update usage_metrics set total_messages = 7 where id = 'r5'");
  BOOST_TEST(export_all().file == "usage_metrics-2025-02.ndjson");
  BOOST_TEST(content("usage_metrics-2025-02.ndjson").find(R"("total_messages": 7)")
             != std::string::npos);
  BOOST_TEST(export_all().rows == 0);
}

BOOST_DATA_TEST_CASE(rows_are_deleted_once_their_file_was_read_again,
                     boost::unit_test::data::make({"ndjson", "csv"}), format) {
  order.format = format;
  export_all();
  conn.run("update usage_metrics set total_messages = 7 where id = 'r5'");

  auto outcome = delete_old();

  BOOST_TEST(outcome.rows == 28);
  BOOST_TEST(text("select string_agg(id, ',') from usage_metrics") == "r5");
  BOOST_TEST(delete_old().rows == 0);
}

BOOST_AUTO_TEST_CASE(what_changes_after_the_deletion_is_a_part_of_its_own) {
  export_all();
  conn.run("update usage_metrics set total_messages = 7 where id = 'r5'");
  delete_old();
  auto first = content("usage_metrics-2025-02.ndjson");

  BOOST_TEST(export_all().file == "usage_metrics-2025-02.2.ndjson");
  BOOST_TEST(lines_of(content("usage_metrics-2025-02.2.ndjson")) == 1U);
  BOOST_TEST(content("usage_metrics-2025-02.ndjson") == first);
  BOOST_TEST(delete_old().rows == 1);
  BOOST_TEST(count() == "0");
  BOOST_TEST(export_all().rows == 0);
}

BOOST_AUTO_TEST_CASE(a_deletion_that_was_cut_off_goes_on_and_its_file_is_kept_as_it_is) {
  export_all();
  conn.run("update nova.upkeep_exports set deleting_since = now() where month = '2025-02-01';"
           "delete from usage_metrics where id = 'r5'");
  BOOST_TEST(export_all().rows == 0);
  BOOST_TEST(lines_of(content("usage_metrics-2025-02.ndjson")) == 28U);
  BOOST_TEST(delete_old().rows == 28);
  BOOST_TEST(count() == "0");
}

BOOST_AUTO_TEST_CASE(a_file_that_is_damaged_or_gone_deletes_nothing) {
  export_all();
  auto path = path_of("usage_metrics-2025-02.ndjson");
  auto whole = content("usage_metrics-2025-02.ndjson");
  fs::remove(path_of("usage_metrics-2025-01.ndjson"));
  BOOST_TEST(failure_of([&] { delete_old(); }) == "export_missing");
  BOOST_TEST(count() == "29");

  conn.run("delete from nova.upkeep_exports where month = '2025-01-01'");
  auto swapped = whole;
  swapped[whole.find("r10")] = 'q';
  for (const auto& bad : {swapped, whole.substr(0, whole.size() - 1),
                          whole.substr(whole.find('\n') + 1), std::string{}}) {
    std::ofstream{path} << bad;
    BOOST_TEST(failure_of([&] { delete_old(); }) == "export_damaged");
  }
  BOOST_TEST(count() == "29");
  std::ofstream{path} << whole;
  auto outcome = delete_old();
  BOOST_TEST(outcome.rows == 28);
  BOOST_TEST(outcome.text == "not exported, so kept: 2025-01");
}

BOOST_AUTO_TEST_CASE(what_is_kept_still_is_not_deleted) {
  export_all();
  BOOST_TEST(delete_old("50 years").rows == 0);
  BOOST_TEST(count() == "29");
  BOOST_CHECK_THROW(delete_old("1 day"), pg::error);
}

BOOST_AUTO_TEST_CASE(a_folder_that_cannot_be_used_is_named) {
  order.directory = path_of("nowhere");
  BOOST_TEST(failure_of([&] { export_all(); }) == "export_directory");
  order.directory = folder.path();
  order.format = "xml";
  BOOST_TEST(failure_of([&] { export_all(); }) == "options");
}

BOOST_AUTO_TEST_CASE(an_export_that_is_ended_leaves_nothing_half_written) {
  stop.end();
  BOOST_CHECK_THROW(export_all(), upkeep_stopped);
  BOOST_TEST(fs::is_empty(folder.path()));
}

BOOST_AUTO_TEST_CASE(a_month_that_is_not_over_long_enough_stays) {
  order.after = "50 years";
  BOOST_TEST(export_all().rows == 0);
  conn.run("insert into usage_metrics (id, tenant_id, user_id, date) values ('now', 't', 'u', "
           "current_date)");
  order.after = "0 days";
  export_all();
  BOOST_TEST(text("select count(*)::text from nova.upkeep_exports") == "2");
}

BOOST_AUTO_TEST_SUITE_END()
