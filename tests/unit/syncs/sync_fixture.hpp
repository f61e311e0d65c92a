#pragma once

#include "base/secrets.hpp"
#include "pg/integrations/claim_syncs.hpp"
#include "syncs/sync_work.hpp"
#include "tests/support/database_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>

namespace nova::test {

/// A database that has Nova's tables, and one that is somebody else's.
struct sync_fixture : database_fixture {
  test_database other{test_database::content::empty};
  pg::connection source{other.url()};
  syncs::sync_means means;
  std::map<std::string, std::string> names; // under which statements are prepared

  sync_fixture() {
    use_secret(other.url());
  }

  void use_secret(const std::string& value) {
    means.secrets = std::make_shared<base::secrets>(
      std::map<std::string, std::string>{{"NOVA_SECRET_CRM", value}}, "");
  }

  /// One sync of a table `t` of both.
  void configure(const std::string& columns, const std::string& values,
                 const std::string& provider = "postgres", const std::string& settings = "{}") {
    conn.run(("insert into integration_configs (id, name, provider, secret_name, settings) values "
              "('00000000-0000-0000-0000-00000000000a', 'crm', '"
              + provider + "', 'crm', '" + settings + "')")
               .c_str());
    conn.run(("insert into integration_sync_configs (id, integration_id, stream" + columns
              + ") values ('00000000-0000-0000-0000-0000000000a1', "
                "'00000000-0000-0000-0000-00000000000a', 't'"
              + values + ")")
               .c_str());
  }

  /// In both databases.
  void both(const char* sql) {
    conn.run(sql);
    source.run(sql);
  }

  pg::claimed_sync claim(const char* mode = nullptr) {
    text(mode == nullptr
           ? "select nova.ask_sync('00000000-0000-0000-0000-0000000000a1', 'test')::text"
           : "select nova.ask_sync('00000000-0000-0000-0000-0000000000a1', 'test', 'full')::text");
    auto taken = perform(pg::claim_syncs{{"worker"}, 10});
    BOOST_REQUIRE(taken.size() == 1U);
    return taken.front();
  }

  syncs::sync_outcome run(const pg::sync_claim& of) {
    syncs::sync_stop never;
    pg::connection own{url()};
    return syncs::do_sync(own, of, means, never);
  }

  /// Status, class, and the counts: read, inserted, updated, deleted, skipped, failed.
  std::string run(const char* mode = nullptr) {
    auto of = claim(mode).claim;
    last = run(of);
    return counts(of.id);
  }

  std::string counts(const std::string& id) {
    return text(("select concat_ws(' ', status, error_class, records_read, records_inserted, "
                 "records_updated, records_deleted, records_skipped, records_failed) from "
                 "integration_sync_history where id = '"
                 + id + "'")
                  .c_str());
  }

  std::string text(const char* sql) {
    return text_of(conn, sql);
  }

  std::string text_of(pg::connection& where, const char* sql) {
    auto name = names.try_emplace(sql, "test " + std::to_string(names.size())).first;
    auto answer = where.exec(sql::statement{name->second.c_str(), sql});
    return std::get<0>(answer.one<std::optional<std::string>>()).value_or("");
  }

  std::string watermark() {
    return text("select watermark_value from integration_sync_configs");
  }

  /// Of a table of both: the rows are the same.
  bool equal(const char* table = "t") {
    auto sql =
      std::string{"select coalesce(md5(string_agg(x::text, '|' order by x::text)), '') from "}
      + table + " x";
    return text_of(conn, sql.c_str()) == text_of(source, (sql + " ").c_str());
  }

  syncs::sync_outcome last;
};

} // namespace nova::test
