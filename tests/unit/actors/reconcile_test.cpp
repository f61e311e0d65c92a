#include "actors/reconcile.hpp"

#include "tests/unit/actors/inbox_fake.hpp"
#include "tests/unit/actors/provider_fake.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;
using namespace nova::test;
using namespace std::chrono_literals;

namespace {

struct fixture : provider_fixture {
  fixture() {
    store = system.spawn([this]() -> mail_store_actor::behavior_type {
      return {
        [this](const store_messages& request) -> caf::result<messages_stored> {
          if (refusal != ec::none)
            return refusal;
          stored.push_back(request);
          return messages_stored{};
        },
      };
    });
    handle = inboxes.spawn(system);
  }

  ~fixture() {
    for (const auto& actor :
         {caf::actor_cast<caf::actor>(upkeep), caf::actor_cast<caf::actor>(store),
          caf::actor_cast<caf::actor>(handle)})
      self->send_exit(actor, caf::exit_reason::kill);
    run();
  }

  void start() {
    settings.listing.seed = 1;
    upkeep =
      system.spawn(reconcile, directory_slot{}, reconcile_needs{{handle, grants, store}}, settings);
    run();
  }

  void doubt(uint32_t not_found = 0) {
    inboxes.refetches = {{inbox_id{"i1"}, grant_id{"g1"}, message_id{"m1"}, not_found}};
  }

  /// Starts it with a message in doubt, which is due again so often.
  void read_again(int times) {
    doubt();
    start();
    for (int i = 0; i < times; ++i) {
      doubt();
      advance(500ms);
    }
  }

  void sweep_due() {
    inboxes.sweeps = {{inbox_id{"i1"}, grant_id{"g1"}, 1'700'000'000, 7}};
  }

  inbox_database_fake inboxes;
  database_actor handle;
  mail_store_actor store;
  reconcile_actor upkeep;
  reconcile_settings settings;
  std::vector<store_messages> stored;
  ec refusal = ec::none;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(reconcile_test, fixture)

BOOST_AUTO_TEST_CASE(a_message_in_doubt_is_fetched_in_the_live_lane_and_stored) {
  doubt();
  answers({an_answer(200, R"({"request_id":"r","data":)" + a_message("m1") + "}")});
  start();
  BOOST_REQUIRE(stored.size() == 1u);
  BOOST_TEST((stored[0].origin == mail_origin::refetch));
  BOOST_TEST(stored[0].lo == 1000);
  BOOST_TEST((calls.at(0).lane == call_lane::live));
}

BOOST_AUTO_TEST_CASE(where_a_move_changes_ids_the_message_id_is_asked_for_and_stored) {
  doubt();
  inboxes.refetches.front().provider = "microsoft";
  auto headers = R"("headers":[{"name":"Message-ID","value":"<a1@x>"}],)";
  answers(
    {an_answer(200, R"({"data":{)" + std::string{headers} + (a_message("m1").c_str() + 1) + "}")});
  start();

  BOOST_TEST(calls.at(0).call.target.ends_with("/m1?fields=include_basic_headers"));
  BOOST_REQUIRE(stored.size() == 1u);
  BOOST_TEST(stored[0].messages.at(0).rfc822_id == "a1@x");
}

BOOST_AUTO_TEST_CASE(a_message_in_doubt_that_is_not_there_is_told_to_the_database) {
  doubt(1);
  answers({an_answer(404, an_error("not_found_error", "gone"))});
  start();
  BOOST_REQUIRE(inboxes.asked<pg::refetch_not_found>().size() == 1u);
  BOOST_TEST(inboxes.asked<pg::refetch_not_found>()[0].which.message.value == "m1");
  BOOST_TEST(inboxes.asked<pg::refetch_not_found>()[0].which.not_found == 1u);
  BOOST_TEST(stored.empty());
}

BOOST_AUTO_TEST_CASE(a_message_in_doubt_that_is_a_draft_is_not_stored) {
  doubt();
  answers({an_answer(200, R"({"request_id":"r","data":)" + a_message("m1", "draft") + "}")});
  start();
  BOOST_TEST(stored.empty());
  // As a message it is not there; else it would be fetched every minute for ever.
  BOOST_REQUIRE(inboxes.asked<pg::refetch_not_found>().size() == 1u);
  BOOST_TEST(inboxes.asked<pg::refetch_not_found>()[0].which.message.value == "m1");
}

BOOST_AUTO_TEST_CASE(a_404_that_is_not_the_apis_deletes_nothing) {
  doubt();
  answers({an_answer(404, "<html>not found</html>")});
  start();
  BOOST_TEST(inboxes.asked<pg::refetch_not_found>().empty());
  BOOST_TEST(stored.empty());
}

BOOST_AUTO_TEST_CASE(a_read_that_fails_is_due_again_after_a_pause_that_doubles_until_it_succeeds) {
  settings.refetch_retry.jitter = 0;
  answers({an_answer(503, ""), an_answer(200, "not JSON"), an_answer(500, ""),
           an_answer(200, R"({"request_id":"r","data":)" + a_message("m1") + "}"),
           an_answer(500, "")});
  read_again(4);
  BOOST_REQUIRE(inboxes.asked<pg::postpone_refetches>().size() == 4u);
  BOOST_TEST(inboxes.asked<pg::postpone_refetches>()[0].which.message.value == "m1");
  BOOST_TEST(inboxes.asked<pg::postpone_refetches>()[0].delay == 1000ms);
  BOOST_TEST(inboxes.asked<pg::postpone_refetches>()[1].delay == 2000ms);
  BOOST_TEST(inboxes.asked<pg::postpone_refetches>()[2].delay == 4000ms);
  BOOST_TEST(stored.size() == 1u);
  BOOST_TEST(inboxes.asked<pg::postpone_refetches>()[3].delay == 1000ms);
}

BOOST_AUTO_TEST_CASE(what_nobody_can_read_is_asked_for_a_few_times_a_day_in_the_end) {
  settings.refetch_retry.jitter = 0;
  answers({an_answer(200, "not JSON")});
  read_again(19);
  BOOST_REQUIRE(inboxes.asked<pg::postpone_refetches>().size() == 20u);
  BOOST_TEST((inboxes.asked<pg::postpone_refetches>().back().delay == 6h));
}

BOOST_AUTO_TEST_CASE(a_read_is_not_repeated_before_the_provider_allows_it) {
  auto busy = an_answer(429, an_error("rate_limit_error", "slow down"));
  busy.retry_after = "30";
  answers({busy});
  doubt();
  start();
  BOOST_REQUIRE(inboxes.asked<pg::postpone_refetches>().size() == 1u);
  BOOST_TEST(inboxes.asked<pg::postpone_refetches>()[0].delay == 30'000ms);
}

BOOST_AUTO_TEST_CASE(a_read_whose_message_is_not_stored_is_due_again_too) {
  refusal = ec::overloaded;
  answers({an_answer(200, R"({"request_id":"r","data":)" + a_message("m1") + "}")});
  doubt();
  start();
  BOOST_TEST(inboxes.asked<pg::postpone_refetches>().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_message_of_a_paused_grant_waits_until_its_claim_is_over) {
  answer = [](const call_grant&) -> caf::result<api_answered> { return ec::grant_paused; };
  doubt();
  start();
  BOOST_TEST(calls.size() == 1u);
  BOOST_TEST(inboxes.asked<pg::postpone_refetches>().empty());
}

BOOST_AUTO_TEST_CASE(no_more_messages_are_fetched_at_one_time_than_allowed) {
  settings.refetches_max = 1;
  doubt();
  answer = [](const call_grant&) -> caf::result<api_answered> { return ec::grant_paused; };
  start();
  BOOST_TEST(inboxes.asked<pg::claim_refetches>().at(0).limit == 1u);
  // Every way to fail frees its place.
  for (int i = 0; i < 3; ++i) {
    doubt();
    advance(500ms);
  }
  BOOST_TEST(calls.size() == 4u);
}

BOOST_AUTO_TEST_CASE(a_sweep_lists_to_the_end_and_is_finished_then) {
  sweep_due();
  answers({an_answer(200, a_page(a_message("m1"), "c1")),
           an_answer(200, a_page(a_message("m2") + ',' + a_message("d1", "draft"), "c2")),
           an_answer(200, a_page(a_message("m3")))});
  start();
  BOOST_REQUIRE(stored.size() == 3u);
  BOOST_TEST(stored[1].messages.size() == 1u);
  BOOST_TEST((stored[0].origin == mail_origin::reconcile));
  BOOST_TEST(calls.at(0).call.target.find("received_after=1700000000") != std::string::npos);
  BOOST_TEST(calls.at(2).call.target.find("page_token=c2") != std::string::npos);
  BOOST_TEST(inboxes.asked<pg::finish_sweep>().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_sweep_asks_for_message_ids_where_a_move_changes_ids) {
  sweep_due();
  inboxes.sweeps.front().provider = "ews";
  start();

  BOOST_TEST(calls.at(0).call.target.find("fields=include_basic_headers") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_sweep_of_imap_mail_unites_what_two_pages_show_in_two_folders) {
  auto copy_in = [](const std::string& folder) {
    return R"({"folders":[")" + folder + R"("],)" + (a_message("m1").c_str() + 1);
  };
  for (const auto* provider : {"imap", "google"}) {
    stored.clear();
    sweep_due();
    inboxes.sweeps.front().provider = provider;
    answers(
      {an_answer(200, a_page(copy_in("INBOX"), "c1")), an_answer(200, a_page(copy_in("SENT")))});
    if (upkeep)
      advance(settings.sweep_look);
    else
      start();

    BOOST_REQUIRE(stored.size() == 2u);
    BOOST_TEST(stored[0].messages.at(0).folders == R"(["INBOX"])");
    BOOST_TEST(stored[1].messages.at(0).folders
               == (provider == std::string{"imap"} ? R"(["INBOX","SENT"])" : R"(["SENT"])"));
  }
}

BOOST_AUTO_TEST_CASE(what_a_sweep_cannot_read_is_kept_with_its_page) {
  sweep_due();
  answers({an_answer(200, R"({"data":[{"id":"m1"},"nonsense"]})")});
  start();
  BOOST_REQUIRE(stored.size() == 1u);
  BOOST_REQUIRE(stored[0].rejects.size() == 1u);
  BOOST_TEST(stored[0].rejects[0].raw == "\"nonsense\"");
  BOOST_TEST(inboxes.asked<pg::finish_sweep>().size() == 1u);
}

BOOST_AUTO_TEST_CASE(each_page_of_a_sweep_keeps_its_place_and_its_claim) {
  sweep_due();
  answers({an_answer(200, a_page(a_message("m1"), "c1")), an_answer(200, a_page(a_message("m2")))});
  start();
  BOOST_REQUIRE(inboxes.asked<pg::keep_sweep>().size() == 1u);
  BOOST_TEST(inboxes.asked<pg::keep_sweep>()[0].cursor == "c1");
  BOOST_TEST(inboxes.asked<pg::keep_sweep>()[0].token == 7);
  BOOST_TEST(inboxes.asked<pg::finish_sweep>().at(0).token == 7);
}

BOOST_AUTO_TEST_CASE(a_sweep_goes_on_where_another_ended) {
  inboxes.sweeps = {{inbox_id{"i1"}, grant_id{"g1"}, 1'700'000'000, 8, "c1"}};
  answers({an_answer(200, a_page(a_message("m2")))});
  start();
  BOOST_TEST(calls.at(0).call.target.find("page_token=c1") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_sweep_that_another_has_ends) {
  inboxes.sweep_lost = true;
  sweep_due();
  answers({an_answer(200, a_page(a_message("m1"), "c1")), an_answer(200, a_page(""))});
  start();
  BOOST_TEST(calls.size() == 1u);
  BOOST_TEST(inboxes.asked<pg::finish_sweep>().empty());
}

BOOST_AUTO_TEST_CASE(what_is_swept_here_is_not_claimed_again_whatever_its_row_says) {
  auto busy = an_answer(429, an_error("rate_limit_error", "slow down"));
  busy.retry_after = "100";
  sweep_due();
  answers({busy, an_answer(200, a_page(a_message("m1")))});
  start();
  advance(15s);
  BOOST_TEST(inboxes.asked<pg::claim_sweeps>().at(1).in_hand.size() == 1u);
  BOOST_TEST(inboxes.asked<pg::claim_sweeps>().at(1).in_hand.at(0).value == "i1");
}

BOOST_AUTO_TEST_CASE(a_throttled_sweep_waits_and_lives_and_goes_on) {
  auto busy = an_answer(429, an_error("rate_limit_error", "slow down"));
  busy.retry_after = "100";
  sweep_due();
  answers({busy, busy, busy, busy, busy, busy, busy, an_answer(200, a_page(a_message("m1")))});
  start();
  // Longer than a claim lasts, and more often than it may fail.
  for (int i = 0; i < 70; ++i)
    advance(10s);
  BOOST_TEST(inboxes.asked<pg::keep_sweep>().size() > 30u);
  BOOST_TEST(inboxes.asked<pg::finish_sweep>().size() == 1u);
  BOOST_TEST(stored.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_cursor_that_is_refused_has_a_sweep_begin_again) {
  sweep_due();
  answers({an_answer(200, a_page(a_message("m1"), "c1")),
           an_answer(400, an_error("invalid_request_error", "invalid page_token")),
           an_answer(200, a_page(a_message("m1"), "c2")), an_answer(200, a_page(a_message("m2")))});
  start();
  advance(2s);
  BOOST_REQUIRE(calls.size() == 4u);
  BOOST_TEST(calls[2].call.target.find("page_token") == std::string::npos);
  BOOST_TEST(inboxes.asked<pg::finish_sweep>().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_list_that_leads_nowhere_ends) {
  sweep_due();
  answer = [](const call_grant&) -> caf::result<api_answered> {
    return an_answer(200, a_page(a_message("m1"), "c1"));
  };
  start();
  for (int i = 0; i < 100; ++i)
    advance(1s);
  BOOST_TEST(calls.size() < 40u);
  BOOST_TEST(inboxes.asked<pg::finish_sweep>().empty());
}

BOOST_AUTO_TEST_CASE(a_sweep_that_fails_is_not_finished_and_frees_its_place) {
  settings.sweeps_max = 1;
  sweep_due();
  answer = [](const call_grant&) -> caf::result<api_answered> { return ec::grant_paused; };
  start();
  BOOST_TEST(inboxes.asked<pg::finish_sweep>().empty());
  BOOST_TEST(inboxes.asked<pg::give_back_sweep>().at(0).token == 7);

  answer = [](const call_grant&) -> caf::result<api_answered> {
    return an_answer(200, a_page(""));
  };
  sweep_due();
  advance(15s);
  BOOST_TEST(inboxes.asked<pg::finish_sweep>().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_sweep_is_not_finished_when_its_messages_are_not_stored) {
  refusal = ec::database_unavailable;
  sweep_due();
  answers({an_answer(200, a_page(a_message("m1")))});
  start();
  for (int i = 0; i < 20; ++i)
    advance(30s);
  BOOST_TEST(inboxes.asked<pg::finish_sweep>().empty());
}

BOOST_AUTO_TEST_CASE(a_passing_fault_does_not_end_a_sweep) {
  sweep_due();
  answers({an_answer(500, ""), an_answer(502, ""), an_answer(200, a_page(a_message("m1")))});
  start();
  for (int i = 0; i < 5; ++i)
    advance(1s);
  BOOST_TEST(inboxes.asked<pg::finish_sweep>().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_sweep_that_keeps_failing_is_given_up) {
  sweep_due();
  answer = [](const call_grant&) -> caf::result<api_answered> { return an_answer(500, ""); };
  start();
  for (int i = 0; i < 20; ++i)
    advance(10s);
  BOOST_TEST(calls.size() == 7u);
  BOOST_TEST(inboxes.asked<pg::finish_sweep>().empty());
}

BOOST_AUTO_TEST_CASE(a_page_that_is_too_large_comes_in_smaller_ones) {
  api_answered too_large;
  too_large.too_large = true;
  sweep_due();
  answers({too_large, an_answer(200, a_page(a_message("m1"), "c1")),
           an_answer(200, a_page(a_message("m2")))});
  start();
  BOOST_TEST(calls.at(0).call.target.find("limit=100") != std::string::npos);
  BOOST_TEST(calls.at(1).call.target.find("limit=50") != std::string::npos);
  BOOST_TEST(stored.size() == 2u);
  BOOST_TEST(inboxes.asked<pg::finish_sweep>().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_message_that_is_too_large_by_itself_hides_none_behind_it) {
  api_answered too_large;
  too_large.too_large = true;
  settings.listing.page_limit = 2;
  sweep_due();
  answers({too_large, too_large, an_answer(200, a_page(R"({"id":"huge"})", "c1")),
           an_answer(200, a_page(a_message("m2")))});
  start();
  BOOST_REQUIRE(calls.size() == 4u);
  BOOST_TEST(calls[2].call.target.find("select=id") != std::string::npos);
  BOOST_TEST(calls[3].call.target.find("page_token=c1") != std::string::npos);
  BOOST_TEST(calls[3].call.target.find("limit=2") != std::string::npos);
  BOOST_REQUIRE(stored.size() == 2u);
  BOOST_TEST(stored[0].rejects.at(0).id == "huge");
  BOOST_TEST(stored[1].messages.at(0).id.value == "m2");
  BOOST_TEST(inboxes.asked<pg::finish_sweep>().size() == 1u);
}

BOOST_AUTO_TEST_CASE(it_looks_for_due_sweeps_at_its_interval_and_when_asked) {
  inboxes.away = true;
  start();
  BOOST_TEST(inboxes.asked<pg::claim_sweeps>().size() == 1u);
  inboxes.away = false;
  sweep_due();
  self->send(upkeep, look_for_sweeps{});
  run();
  BOOST_TEST(inboxes.asked<pg::finish_sweep>().size() == 1u);
  advance(15s);
  BOOST_TEST(inboxes.asked<pg::claim_sweeps>().size() == 3u);
}

BOOST_AUTO_TEST_SUITE_END()
