#include "inspection/audit_journal.hpp"

#include "inspection/inspection_tables.hpp"
#include "tests/support/database_fixture.hpp"
#include "tests/support/eventually.hpp"

#include <boost/test/unit_test.hpp>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <future>

using namespace nova;

namespace {

struct fixture : test::database_fixture {
  static pg::operator_action line(const std::string& reason) {
    pg::operator_action made;
    made.who = "ann";
    made.role = "admin";
    made.via = "socket";
    made.action = "kill";
    made.target = "n1/mail_store";
    made.reason = reason;
    made.outcome = "done";
    return made;
  }

  uint64_t rows(const std::string& reason) {
    const sql::statement count{"count_reason",
                               "select count(*) from nova.operator_actions where reason = $1"};
    return conn.exec(count, reason).value<uint64_t>();
  }

  static bool keep(inspection::inspection_tables& tables, const inspection::operator_order& order) {
    std::promise<bool> kept;
    tables.record(order, "done", [&](bool yes) { kept.set_value(yes); });
    return kept.get_future().get();
  }

  test::temporary_folder folder;
  std::string path = folder.path() + "/audit";
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(audit_journal_test, fixture)

BOOST_AUTO_TEST_CASE(lines_move_into_the_table_once) {
  inspection::audit_journal journal{path};
  BOOST_TEST(journal.append(line("first \x1b \xe2\x82\xac")));
  BOOST_TEST(journal.append(line("second")));
  struct stat is {};
  BOOST_REQUIRE(::stat(path.c_str(), &is) == 0);
  BOOST_TEST((is.st_mode & 0777U) == 0600u);

  inspection::audit_journal{path}.move_to(conn); // as the process that comes after
  journal.move_to(conn);

  BOOST_TEST(rows("first \x1b \xe2\x82\xac") == 1u);
  BOOST_TEST(rows("second") == 1u);
  BOOST_TEST(std::filesystem::file_size(path) == 0u);
}

BOOST_AUTO_TEST_CASE(the_file_has_a_bound) {
  inspection::audit_journal journal{path};
  size_t taken = 0;
  while (taken < 10'000 && journal.append(line(std::string(4000, 'x'))))
    ++taken;
  BOOST_TEST(taken > 200u);
  BOOST_TEST(taken < 300u);
  BOOST_TEST(std::filesystem::file_size(path) <= size_t{1} << 20);
}

BOOST_AUTO_TEST_CASE(a_file_that_others_can_read_or_a_link_is_not_used) {
  std::ofstream{path} << "";
  std::filesystem::permissions(path, std::filesystem::perms{0644});
  BOOST_TEST(!inspection::audit_journal{path}.append(line("x")));
  std::filesystem::create_symlink(folder.path() + "/elsewhere", folder.path() + "/link");
  BOOST_TEST(!inspection::audit_journal{folder.path() + "/link"}.append(line("x")));
  BOOST_TEST(!std::filesystem::exists(folder.path() + "/elsewhere"));
}

BOOST_AUTO_TEST_CASE(a_line_that_cannot_be_read_stops_no_other) {
  inspection::audit_journal journal{path};
  BOOST_TEST(journal.append(line("before")));
  std::ofstream{path, std::ios::app} << "{\"who\":\n";
  BOOST_TEST(journal.append(line("behind")));

  journal.move_to(conn);

  BOOST_TEST(rows("before") == 1u);
  BOOST_TEST(rows("behind") == 1u);
}

BOOST_AUTO_TEST_CASE(an_act_without_a_database_is_in_the_table_when_that_is_back) {
  inspection::operator_order order;
  order.action = "kill";
  order.target = "n1/mail_store";
  order.reason = "while it was away";
  {
    inspection::inspection_tables away{
      {.url = "postgresql://127.0.0.1:1/nova"}, "n1", [](const auto&) {}};
    BOOST_TEST(!keep(away, order)); // there is no file yet
    away.use_journal(path);
    BOOST_TEST(keep(away, order));
  }
  BOOST_TEST(rows(order.reason) == 0u);

  inspection::inspection_tables back{{.url = url()}, "n1", [](const auto&) {}};
  back.use_journal(path);

  BOOST_TEST(test::eventually([&] { return rows(order.reason) == 1; }));
  order.reason = "at once";
  BOOST_TEST(keep(back, order));
  BOOST_TEST(rows(order.reason) == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
