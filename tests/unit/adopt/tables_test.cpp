#include "adopt/tables.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;

namespace {

std::vector<pg::source_column> columns_of(const std::string& table,
                                          const std::vector<std::string>& names) {
  std::vector<pg::source_column> all;
  for (const auto& name : names)
    all.push_back({table, name, "text", false});
  return all;
}

std::string refusal(const std::string& map, const std::vector<pg::source_column>& columns) {
  try {
    adopt::match_tables(columns, {adopt::parse_mapping(map)});
  } catch (const adopt::unfit& fault) {
    return fault.what();
  }
  return "";
}

const auto inboxes =
  columns_of("flux_inboxes", {"id", "emailAddress", "grant_id", "nylas_grant_id", "shoe_size"});

} // namespace

BOOST_AUTO_TEST_SUITE(tables_test)

BOOST_AUTO_TEST_CASE(a_column_is_known_in_snake_and_in_camel_case_and_what_nobody_knows_is_named) {
  auto found = adopt::match_tables(inboxes, {}).at(0);
  BOOST_TEST(found.column("email").value() == "emailAddress");
  BOOST_TEST(found.column("grant").value() == "grant_id"); // the first that is accepted
  BOOST_TEST(found.left == (std::vector<std::string>{"nylas_grant_id", "shoe_size"}),
             boost::test_tools::per_element());
  BOOST_TEST(found.missing.empty());
}

BOOST_AUTO_TEST_CASE(a_mapping_wins_over_what_a_name_says) {
  auto found =
    adopt::match_tables(inboxes, {adopt::parse_mapping("flux_inboxes.shoe_size=grant_id")}).at(0);
  BOOST_TEST(found.column("grant").value() == "shoe_size");
  BOOST_TEST(found.map().find(R"("grant":"shoe_size")") != std::string::npos, found.map());
}

BOOST_AUTO_TEST_CASE(what_is_needed_and_missing_is_named_with_what_is_accepted) {
  auto found = adopt::match_tables(columns_of("flux_inboxes", {"id", "email"}), {}).at(0);
  BOOST_TEST(found.missing == std::vector<std::string>{"grant_id or nylas_grant_id"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_table_under_its_other_name_is_found_and_one_that_is_not_there_is_left_out) {
  auto found = adopt::match_tables(
    columns_of("support_inbox_configurations", {"id", "inbox_id", "status"}), {});
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_TEST(found[0].known->name == "flux_inbox_configurations");
  BOOST_TEST(found[0].name == "support_inbox_configurations");
}

BOOST_AUTO_TEST_CASE(a_wrong_mapping_says_what_is_accepted) {
  BOOST_CHECK_THROW(adopt::parse_mapping("sent_at=received_date"), adopt::unfit);
  BOOST_CHECK_THROW(adopt::parse_mapping("flux_inboxes.=grant_id"), adopt::unfit);
  BOOST_TEST(refusal("inboxes.id=id", inboxes).find("there are flux_inboxes") != std::string::npos);
  BOOST_TEST(refusal("flux_inboxes.nothing=email", inboxes).find("has no column nothing")
             != std::string::npos);
  BOOST_TEST(refusal("flux_inboxes.shoe_size=shoes", inboxes).find("accepted are id, email")
             != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
