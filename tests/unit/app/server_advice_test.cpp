#include "app/server_advice.hpp"

#include "app/program.hpp"
#include "pg/embedded.hpp"
#include "pg/migrator.hpp"
#include "simulator/simulator.hpp"
#include "tests/support/database_fixture.hpp"
#include "tests/support/eventually.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <optional>
#include <sstream>

using namespace nova;

BOOST_AUTO_TEST_SUITE(server_advice)

namespace {

struct poor_setting {
  const char* configuration;
  const char* text;
  const char* advice;
};

std::ostream& operator<<(std::ostream& out, const poor_setting& x) {
  return out << x.configuration;
}

const poor_setting poor_settings[] = {
  {"wal_compression = off", "wal_compression is off: lz4",
   "alter system set wal_compression = 'lz4'; select pg_reload_conf();"},
  {"wal_compression = on", "wal_compression is pglz: lz4",
   "alter system set wal_compression = 'lz4'; select pg_reload_conf();"},
  {"max_wal_size = 1GB", "max_wal_size is 1GB: a backfill",
   "alter system set max_wal_size = '4GB'; select pg_reload_conf();"},
  {"checkpoint_timeout = 5min", "checkpoint_timeout is 5min: after",
   "alter system set checkpoint_timeout = '15min'; select pg_reload_conf();"},
  {"shared_buffers = 128MB", "shared_buffers is 128MB: the indexes",
   "alter system set shared_buffers = '256MB'; -- then restart the server"},
};

struct fixture {
  explicit fixture(const std::string& configuration)
    : server({folder.path() + "/pg", configuration + "\n", false}) {}

  std::vector<base::finding> advised() {
    conn.emplace(server.url());
    return app::advise_on_server(*conn);
  }

  std::string all() {
    std::string said;
    for (const auto& one : advised())
      said += one.text + " | " + one.next + "\n";
    return said;
  }

  test::temporary_folder folder;
  pg::embedded server;
  std::optional<pg::connection> conn;
};

constexpr auto suits = "its settings suit what Nova writes | \n";

} // namespace

BOOST_DATA_TEST_CASE(a_setting_that_costs_speed_has_sql_that_mends_it, poor_settings, poor) {
  fixture f{poor.configuration};
  auto advised = f.advised();
  BOOST_REQUIRE(advised.size() == 1U);
  BOOST_TEST((advised[0].level == base::finding_level::note));
  BOOST_TEST(advised[0].text.starts_with(poor.text), advised[0].text);
  BOOST_TEST(advised[0].next == poor.advice);

  // Two statements of which one is ALTER SYSTEM are no one script.
  auto end_of_first = advised[0].next.find(';') + 1;
  f.conn->run(advised[0].next.substr(0, end_of_first).c_str());
  f.conn->run(advised[0].next.substr(end_of_first).c_str());
  if (advised[0].next.ends_with("restart the server"))
    f.server.restart();
  BOOST_TEST(test::eventually([&] { return f.all() == suits; }), f.all());
}

BOOST_AUTO_TEST_CASE(each_setting_is_told_by_itself) {
  fixture f{"wal_compression = off\nmax_wal_size = 128MB\nshared_buffers = 1MB"};
  BOOST_TEST(f.advised().size() == 3U, f.all());
}

BOOST_AUTO_TEST_CASE(what_gives_up_durability_is_never_advised) {
  fixture f{"synchronous_commit = on\nfsync = on\nfull_page_writes = on"};
  BOOST_TEST(f.all() == suits);
}

BOOST_AUTO_TEST_CASE(an_advice_is_no_failure) {
  fixture f{"wal_compression = off"};
  pg::connection conn{f.server.url()};
  pg::migrator{conn}.up();
  simulator::simulator provider{{}};
  std::ostringstream out, err;
  auto code = app::run_program({"doctor"},
                               {{"DATABASE_URL", f.server.url()},
                                {"NYLAS_API_URI", provider.url()},
                                {"NYLAS_API_KEY", provider.api_key()},
                                {"NYLAS_WEBHOOK_SECRET", "s"},
                                {"LOG_LEVEL", "off"}},
                               out, err);
  BOOST_TEST(code == 0, out.str());
  BOOST_TEST(out.str().find("wal_compression is off") != std::string::npos, out.str());
}

BOOST_AUTO_TEST_SUITE_END()
