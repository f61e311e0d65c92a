#pragma once

#include "json/json_reader.hpp"
#include "pg/operations.hpp"
#include "tests/unit/pg/backfill_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdint>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace nova::test {

/// A state of the tables and what is to be said about it. In both, `{config}` is the backfill.
struct state_case {
  const char* name;
  std::string change; // SQL
  std::string says;   // a `?` stands for one character, such as a digit of a clock

  friend std::ostream& operator<<(std::ostream& out, const state_case& one) {
    return out << one.name;
  }
};

/// What the cases of the views that are made of sentences ask again and again.
struct look_fixture : backfill_fixture {
  look_fixture() {
    // The database that this one was cloned from may be minutes old: its upkeep is due by then.
    conn.run("update nova.upkeep_tasks set next_run_at = now() + interval '1 day'");
  }

  void change(const std::string& sql) {
    conn.run(filled(sql).c_str());
  }

  /// The rows of a view as LEVEL what: text -> next, or whatever of it there is.
  std::vector<std::string> look(const char* view, int64_t limit = 100) {
    rapidjson::Document rows;
    BOOST_REQUIRE(json::parse(rows, pg::look(conn, view, config, limit)).has_value());
    std::vector<std::string> all;
    constexpr std::pair<const char*, const char*> parts[] = {
      {"", "state"}, {"", "level"}, {" ", "step"}, {" ", "what"}, {": ", "text"}, {" -> ", "next"}};
    for (const auto& row : rows.GetArray()) {
      std::string line;
      for (auto [before, name] : parts)
        if (auto found = row.FindMember(name); found != row.MemberEnd())
          line.append(before).append(found->value.GetString());
      all.push_back(std::move(line));
    }
    return all;
  }

  /// The text with the id of the backfill.
  [[nodiscard]] std::string filled(std::string text) const {
    const std::string name = "{config}";
    for (auto at = text.find(name); at != std::string::npos; at = text.find(name))
      text.replace(at, name.size(), config);
    return text;
  }

  void expect(const std::string& seen, const std::string& says) {
    auto wanted = filled(says);
    BOOST_TEST(std::equal(seen.begin(), seen.end(), wanted.begin(), wanted.end(),
                          [](char is, char should) { return should == '?' || is == should; }),
               seen << " is not " << wanted);
  }

  std::string config = backfill_with({"t1", "t2"}); // in `thread_sync`
};

} // namespace nova::test
