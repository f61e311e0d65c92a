#include "printers.hpp"
#include "simulator/changes.hpp"
#include "simulator/live.hpp"
#include "simulator/random.hpp"
#include "world_fixture.hpp"

#include <boost/test/data/test_case.hpp>

#include <algorithm>
#include <map>
#include <set>

using namespace nova::simulator;
namespace data = boost::unit_test::data;

namespace {

struct mailbox_fixture : world_fixture {
  changes change{in};

  message_record some(uint64_t drawn = 1) {
    return *grant().mail->pick(drawn);
  }

  std::map<std::string, std::string> threads_of_messages() {
    std::map<std::string, std::string> out;
    grant().mail->visit(0, ~uint64_t{0}, [&](const message_record& message) {
      BOOST_TEST(out.emplace(message.id, message.thread_id).second);
    });
    return out;
  }

  /// What lists, threads and single gets say is what the truth says.
  void check_consistent() {
    const auto truth = threads_of_messages();
    std::map<std::string, std::set<std::string>> threads;
    for (const auto& [id, thread] : truth) {
      threads[thread].insert(id);
      BOOST_TEST(grant().mail->find_message(id)->thread_id == thread);
    }
    const auto listed = all_ids("/v3/grants/g1/messages?limit=37&select=id");
    BOOST_TEST(listed.size() == truth.size());
    BOOST_TEST(std::set<std::string>(listed.begin(), listed.end()).size() == truth.size());
    const auto thread_ids = all_ids("/v3/grants/g1/threads?limit=11&select=id");
    BOOST_TEST(thread_ids.size() == threads.size());
    for (const auto& id : thread_ids) {
      std::set<std::string> found;
      int64_t before = 0;
      for (const auto& message : grant().mail->find_thread(id)) {
        found.insert(message.id);
        BOOST_TEST(message.date >= before);
        before = message.date;
      }
      BOOST_TEST((found == threads[id]));
    }
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(mailbox_test, mailbox_fixture)

BOOST_AUTO_TEST_CASE(a_new_message_is_the_newest_and_is_told) {
  auto made = change.create(grant(), {});
  BOOST_REQUIRE(made);
  const auto first = grant().mail->list_messages({}, newest_position, 1);
  BOOST_TEST(grant().mail->message_at(first[0])->id == made->id);
  BOOST_REQUIRE(events.size() == 1u);
  BOOST_TEST(events[0].type == "message.created");
  BOOST_TEST(events[0].object.find(made->id) != std::string::npos);
  check_consistent();
}

BOOST_AUTO_TEST_CASE(a_reply_brings_its_old_thread_to_the_top) {
  const auto old = grant().mail->source().record({100, 0});
  new_message reply;
  reply.thread_id = old.thread_id;
  change.create(grant(), reply);
  const auto first = grant().mail->list_threads({}, newest_position, 1);
  BOOST_TEST(grant().mail->thread_at(first[0])[0].thread_id == old.thread_id);
  check_consistent();
}

BOOST_AUTO_TEST_CASE(nothing_is_made_in_a_thread_that_is_not_there) {
  new_message reply;
  reply.thread_id = "nowhere";
  BOOST_TEST(!change.create(grant(), reply));
  BOOST_TEST(events.empty());
}

BOOST_AUTO_TEST_CASE(an_update_changes_what_it_names_and_is_told_without_attachments) {
  const auto before = some();
  message_edit what;
  what.unread = !before.unread;
  auto changed = change.edit(grant(), before.id, what);
  BOOST_REQUIRE(changed);
  BOOST_TEST(changed->unread != before.unread);
  BOOST_TEST(changed->subject == before.subject);
  BOOST_TEST((std::count(changed->folders.begin(), changed->folders.end(), "UNREAD") == 1)
             == changed->unread);
  BOOST_REQUIRE(events.size() == 1u);
  auto object = read_json(events[0].object);
  BOOST_TEST(events[0].type == "message.updated");
  for (const char* absent : {"attachments", "bcc", "reply_to"})
    BOOST_TEST(!object->HasMember(absent));
  check_consistent();
}

BOOST_AUTO_TEST_CASE(a_message_without_a_subject_is_in_every_list) {
  const auto id = some().id;
  message_edit what;
  what.subject = "";
  BOOST_REQUIRE(change.edit(grant(), id, what));
  check_consistent();
}

BOOST_AUTO_TEST_CASE(a_deleted_message_is_gone_everywhere_and_told_by_its_id) {
  const auto victim = some();
  BOOST_TEST(change.remove(grant(), victim.id));
  BOOST_TEST(ask("/v3/grants/g1/messages/" + encode(victim.id)).status == 404);
  auto object = read_json(events.at(0).object);
  BOOST_TEST(object->MemberCount() == 3u);
  BOOST_TEST(!change.remove(grant(), victim.id));
  check_consistent();
}

BOOST_AUTO_TEST_CASE(the_last_message_takes_its_thread_with_it) {
  const auto thread_id = some().thread_id;
  for (const auto& message : grant().mail->find_thread(thread_id))
    change.remove(grant(), message.id);
  BOOST_TEST(ask("/v3/grants/g1/threads/" + encode(thread_id)).status == 404);
  check_consistent();
}

BOOST_AUTO_TEST_CASE(a_move_with_a_new_id_is_a_deletion_and_a_creation) {
  const auto before = some();
  auto moved = change.move(grant(), before.id, "TRASH", true);
  BOOST_REQUIRE(moved);
  BOOST_TEST(moved->id != before.id);
  BOOST_TEST(moved->header_id == before.header_id);
  BOOST_TEST(!grant().mail->find_message(before.id));
  BOOST_REQUIRE(events.size() == 2u);
  BOOST_TEST(events[0].type == "message.deleted");
  BOOST_TEST(events[1].type == "message.created");
  check_consistent();
}

BOOST_AUTO_TEST_CASE(threads_split_and_merge_without_losing_a_message) {
  const auto count = threads_of_messages().size();
  const auto one = some(1);
  const auto other = some(2);
  BOOST_REQUIRE(one.thread_id != other.thread_id);
  auto fresh = change.split(grant(), {one.id, other.id});
  BOOST_REQUIRE(fresh);
  BOOST_TEST(grant().mail->find_thread(*fresh).size() == 2u);
  check_consistent();
  BOOST_TEST(change.merge(grant(), *fresh, some(3).thread_id));
  BOOST_TEST(grant().mail->find_thread(*fresh).empty());
  BOOST_TEST(threads_of_messages().size() == count);
  check_consistent();
}

BOOST_DATA_TEST_CASE(a_move_changes_the_id_where_the_provider_does,
                     data::make({provider::google, provider::microsoft, provider::imap}), kind) {
  world_fixture here{world_fixture::small(kind)};
  const auto& folders = here.grant().mail->source().folders();
  const auto before = *here.grant().mail->pick(7);
  const bool changed = kind == provider::microsoft;
  const auto moved = changes{here.in}.move(here.grant(), before.id, folders[trash].id);
  BOOST_REQUIRE(moved);
  BOOST_TEST((moved->id != before.id) == changed);
  const std::string route = "/v3/grants/g1/messages/";
  BOOST_TEST(here.ask(route + world_fixture::encode(before.id)).status == (changed ? 404 : 200));
  BOOST_TEST(here.ask(route + world_fixture::encode(moved->id)).status == 200);
  BOOST_TEST(here.events.size() == (changed ? 2u : 1u));

  // Into the folder where it is: nothing is moved.
  const auto again = changes{here.in}.move(here.grant(), moved->id, folders[trash].id);
  BOOST_TEST(again->id == moved->id);
}

BOOST_DATA_TEST_CASE(changes_of_old_imap_mail_are_told_when_asked_for, data::make({false, true}),
                     tells) {
  auto options = world_fixture::small(provider::imap);
  options.settings = settings{};
  options.settings.imap_tells_old = tells;
  options.grants[0].mailbox.newest.reset(); // now
  world_fixture here{options};
  const auto& source = here.grant().mail->source();
  changes change{here.in};
  change.remove(here.grant(), source.record({0, 0}).id);
  BOOST_TEST(here.events.size() == 1u);
  change.remove(here.grant(), source.record({119, 0}).id);
  BOOST_TEST(here.events.size() == (tells ? 2u : 1u));
}

BOOST_AUTO_TEST_CASE(a_live_run_moves_as_the_mailbox_does) {
  BOOST_TEST(ask("/sim/grants/g1/habits", "PUT", R"({"move_changes_id":true})").status == 200);
  live_options run;
  run.mix = {0, 0, 0, 1, 0, 0, 0, 0, 0};
  size_t deleted = 0;
  for (uint64_t drawn = 0; drawn < 20; ++drawn)
    change_something(changes{in}, grant(), run, drawn);
  for (const auto& one : events)
    deleted += one.type == "message.deleted" ? 1 : 0;
  BOOST_TEST(deleted > 10u);
}

BOOST_AUTO_TEST_CASE(a_live_merge_moves_the_shorter_thread_whichever_was_drawn_first) {
  live_options merges;
  merges.mix = {0, 0, 0, 0, 0, 0, 0, 1, 0};
  for (uint64_t world = 0; world < 8; ++world) {
    world_fixture two{small(provider::google, 2)};
    changes quiet = changes{two.in}.quiet();
    new_message reply;
    reply.thread_id = two.grant().mail->pick(1)->thread_id;
    for (int i = 0; i < 20; ++i)
      quiet.create(two.grant(), reply);
    const auto all = two.grant().mail->visit(0, 0, [](const message_record&) {});
    const auto shorter = all - two.grant().mail->find_thread(reply.thread_id).size();
    // Most draws take one thread twice, which is no merge.
    for (uint64_t n = 0; n < 10'000 && two.events.empty(); ++n)
      change_something(changes{two.in}, two.grant(), merges, draw(world, n));
    BOOST_TEST(two.events.size() == shorter);
  }
}

BOOST_AUTO_TEST_CASE(bodies_of_changed_threads_stay_what_they_were) {
  const auto before = some();
  auto body = [](const message_record& message) {
    std::string out;
    append_body(out, message.body);
    return out;
  };
  change.move(grant(), before.id, "INBOX", false);
  BOOST_TEST(body(*grant().mail->find_message(before.id)) == body(before));
}

BOOST_AUTO_TEST_CASE(what_happens_to_an_expired_grant_is_told_when_it_is_back_in_time) {
  change.expire(grant());
  change.create(grant(), {});
  BOOST_TEST(events.size() == 1u); // grant.expired
  change.reauthorise(grant());
  BOOST_REQUIRE(events.size() == 3u);
  BOOST_TEST(events[1].type == "grant.updated");
  BOOST_TEST(events[2].type == "message.created");
}

BOOST_AUTO_TEST_CASE(what_happens_to_a_grant_that_is_away_too_long_is_never_told) {
  change.expire(grant());
  change.create(grant(), {});
  ask("/sim/grants/g1/reauthorise?backfill=false", "POST");
  BOOST_TEST(events.size() == 2u);
  BOOST_TEST(events.back().type == "grant.updated");
}

BOOST_AUTO_TEST_CASE(quiet_changes_tell_nobody) {
  change.quiet().create(grant(), {});
  change.create(grant(), {});
  BOOST_TEST(events.size() == 1u);
}

BOOST_AUTO_TEST_CASE(pages_lose_nothing_that_stays_while_mail_comes_and_goes) {
  std::set<std::string> staying;
  for (const auto& [id, thread] : threads_of_messages())
    staying.insert(id);
  std::string cursor;
  uint64_t step = 0;
  std::set<std::string> seen;
  do {
    auto page =
      json("/v3/grants/g1/messages?limit=10" + (cursor.empty() ? "" : "&page_token=" + cursor));
    for (const auto& message : page["data"].GetArray())
      seen.insert(message["id"].GetString());
    cursor = page.HasMember("next_cursor") ? page["next_cursor"].GetString() : "";
    const auto victim = some(++step);
    change.remove(grant(), victim.id);
    staying.erase(victim.id);
    change.create(grant(), {});
    message_edit what;
    what.starred = true;
    change.edit(grant(), some(step + 1000).id, what);
  } while (!cursor.empty());
  for (const auto& id : staying)
    BOOST_TEST(seen.contains(id), id << " was lost between pages");
}

BOOST_AUTO_TEST_CASE(the_truth_can_be_read_in_pieces) {
  std::string pieces;
  for (int offset = 0;; offset += 50) {
    auto part = ask("/sim/grants/g1/truth?limit=50&offset=" + std::to_string(offset));
    BOOST_TEST(part.content_type == "application/x-ndjson");
    if (part.body.empty())
      break;
    pieces += part.body;
  }
  BOOST_TEST(pieces == ask("/sim/grants/g1/truth?limit=10000").body);
  BOOST_TEST(static_cast<size_t>(std::count(pieces.begin(), pieces.end(), '\n'))
             == threads_of_messages().size());
}

BOOST_AUTO_TEST_SUITE_END()
