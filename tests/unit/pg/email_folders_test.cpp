#include "pg/email/claim_folders.hpp"
#include "pg/email/discover_again.hpp"
#include "pg/email/remove_inbox.hpp"
#include "pg/email/replace_folders.hpp"
#include "pg/email/start_backfill.hpp"
#include "pg/email/store_folders.hpp"
#include "tests/unit/pg/email_builders.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;

namespace {

struct folders_fixture : test::email_fixture {
  folder_listing claim() {
    conn.run("update flux_inboxes set folders_due_at = now()");
    return perform(pg::claim_folders{10}).at(0);
  }

  void told(const std::string& id, const std::string& name, bool deleted = false) {
    perform(pg::store_folders{{{inbox, id, name, {}, {}, {}, deleted}}});
  }

  /// A list that has these, by id and name.
  void listed(const folder_listing& of,
              const std::vector<std::pair<std::string, std::string>>& all) {
    pg::replace_folders found{of, {}};
    for (const auto& [id, name] : all)
      found.folders.push_back({inbox, id, name, "p", R"(["\\Sent"])", true});
    perform(found);
  }

  std::string folders() {
    return value("select string_agg(concat_ws('|', nylas_folder_id, name, parent_id, attributes, "
                 "system_folder, case when deleted_at is not null then 'gone' end), ' ' order by "
                 "nylas_folder_id) from flux_email_folders");
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(email_folders_test, folders_fixture)

BOOST_AUTO_TEST_CASE(folders_are_due_when_an_inbox_is_new_and_a_day_after_they_were_listed) {
  auto due = perform(pg::claim_folders{10});
  BOOST_TEST_REQUIRE(due.size() == 1u);
  BOOST_TEST(due[0].inbox.value == inbox);
  BOOST_TEST(due[0].grant.value == "grant-1");
  BOOST_TEST(perform(pg::claim_folders{10}).empty());

  listed(due[0], {{"f1", "Sent"}});

  BOOST_TEST(value("select folders_due_at > now() + interval '23 hours' from flux_inboxes") == "t");
}

BOOST_AUTO_TEST_CASE(folders_are_due_when_a_backfill_begins_or_the_provider_has_more_to_show) {
  listed(claim(), {{"f1", "Sent"}});
  auto now = std::stoll(value("select extract(epoch from now())::bigint"));
  perform(pg::start_backfill{inbox_id{inbox}, now - 86'400, now});
  BOOST_TEST(perform(pg::claim_folders{10}).size() == 1u);
  perform(pg::discover_again{grant_id{"grant-1"}, "test", "more"});
  BOOST_TEST(perform(pg::claim_folders{10}).size() == 1u);
}

BOOST_AUTO_TEST_CASE(folders_of_an_inbox_that_is_removed_are_not_listed) {
  perform(pg::remove_inbox{inbox});
  BOOST_TEST(perform(pg::claim_folders{10}).empty());
}

BOOST_AUTO_TEST_CASE(a_list_brings_all_that_is_said_of_folders_and_marks_what_is_gone) {
  told("f1", "Old");
  told("f2", "Gone since");
  told("f3", "Back again", true);

  listed(claim(), {{"f1", "New"}, {"f3", "Back again"}});

  BOOST_TEST(folders()
             == R"(f1|New|p|["\\Sent"]|t f2|Gone since||[]|f|gone f3|Back again|p|["\\Sent"]|t)");
}

BOOST_AUTO_TEST_CASE(a_list_takes_back_nothing_that_was_told_since_it_began) {
  auto of = claim();
  told("f1", "Told since");
  told("f2", "Deleted since", true);

  listed(of, {{"f2", "Listed before"}});

  BOOST_TEST(folders() == "f1|Told since||[]|f f2|Deleted since||[]|f|gone");
}

BOOST_AUTO_TEST_CASE(a_list_without_a_folder_erases_none) {
  told("f1", "Sent");
  listed(claim(), {});
  BOOST_TEST(folders() == "f1|Sent||[]|f");
}

BOOST_AUTO_TEST_CASE(a_list_that_became_due_meanwhile_stays_so) {
  auto of = claim();
  conn.run("update flux_inboxes set folders_due_at = now() - interval '1 minute'");
  of.claimed_at += 1'000'000;
  listed(of, {{"f1", "Sent"}});
  BOOST_TEST(perform(pg::claim_folders{10}).size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
