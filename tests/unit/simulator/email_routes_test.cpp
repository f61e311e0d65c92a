#include "printers.hpp"
#include "simulator/changes.hpp"
#include "world_fixture.hpp"

#include <boost/test/data/test_case.hpp>

#include <algorithm>
#include <functional>
#include <set>

using namespace nova::simulator;
namespace data = boost::unit_test::data;

namespace {

std::set<std::string> truth(world_fixture& here) {
  std::set<std::string> out;
  here.grant().mail->visit(0, ~uint64_t{0},
                           [&](const message_record& message) { out.insert(message.id); });
  return out;
}

std::set<std::string> set_of(const std::vector<std::string>& ids) {
  return {ids.begin(), ids.end()};
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(email_routes_test, world_fixture)

BOOST_DATA_TEST_CASE(every_thread_is_listed_once,
                     data::make({provider::google, provider::microsoft, provider::imap,
                                 provider::nylas}),
                     kind) {
  world_fixture here{small(kind)};
  const auto ids = here.all_ids("/v3/grants/g1/threads?limit=7");
  BOOST_TEST(ids.size() == 120u);
  BOOST_TEST(set_of(ids).size() == 120u);
}

BOOST_DATA_TEST_CASE(every_message_is_listed_once,
                     data::make({provider::google, provider::microsoft, provider::imap}), kind) {
  world_fixture here{small(kind)};
  const auto ids = here.all_ids("/v3/grants/g1/messages?limit=13");
  BOOST_TEST(ids.size() == truth(here).size());
  BOOST_TEST((set_of(ids) == truth(here)));
}

BOOST_AUTO_TEST_CASE(the_messages_of_the_threads_are_all_messages) {
  std::set<std::string> found;
  for (const auto& thread : all_ids("/v3/grants/g1/threads?limit=50"))
    for (const auto& id : all_ids("/v3/grants/g1/messages?limit=3&thread_id=" + encode(thread)))
      BOOST_TEST(found.insert(id).second);
  BOOST_TEST((found == truth(*this)));
}

BOOST_AUTO_TEST_CASE(a_thread_names_its_messages) {
  for (const auto& id : all_ids("/v3/grants/g1/threads?limit=50")) {
    auto thread = json("/v3/grants/g1/threads/" + encode(id));
    std::set<std::string> named;
    for (const auto& message : thread["data"]["message_ids"].GetArray())
      named.insert(message.GetString());
    const auto listed = all_ids("/v3/grants/g1/messages?limit=200&thread_id=" + encode(id));
    BOOST_TEST((named == set_of(listed)));
  }
}

BOOST_AUTO_TEST_CASE(each_message_is_the_same_in_the_list_and_alone) {
  auto page = json("/v3/grants/g1/messages?limit=200");
  for (const auto& listed : page["data"].GetArray()) {
    auto alone = json("/v3/grants/g1/messages/" + encode(listed["id"].GetString()));
    BOOST_TEST((alone["data"] == listed));
  }
}

BOOST_AUTO_TEST_CASE(microsoft_is_newest_first_and_google_is_not) {
  auto dates = [](world_fixture& here) {
    std::vector<int64_t> out;
    auto page = here.json("/v3/grants/g1/messages?limit=100");
    for (const auto& message : page["data"].GetArray())
      out.push_back(message["date"].GetInt64());
    return out;
  };
  world_fixture microsoft{small(provider::microsoft)};
  auto ordered = dates(microsoft);
  auto disordered = dates(*this);
  BOOST_TEST(std::is_sorted(ordered.rbegin(), ordered.rend()));
  BOOST_TEST(!std::is_sorted(disordered.rbegin(), disordered.rend()));
}

BOOST_AUTO_TEST_CASE(windows_of_threads_and_messages_cut_where_they_say) {
  const int64_t middle = grant().mail->source().thread_date(60);
  const auto newer =
    all_ids("/v3/grants/g1/threads?limit=50&latest_message_after=" + std::to_string(middle));
  const auto older =
    all_ids("/v3/grants/g1/threads?limit=50&latest_message_before=" + std::to_string(middle));
  BOOST_TEST(newer.size() == 60u);
  BOOST_TEST(older.size() == 59u);
  const auto recent =
    all_ids("/v3/grants/g1/messages?limit=50&received_after=" + std::to_string(middle));
  std::set<std::string> wanted;
  grant().mail->visit(0, ~uint64_t{0}, [&](const message_record& message) {
    if (message.date > middle)
      wanted.insert(message.id);
  });
  BOOST_TEST((set_of(recent) == wanted));
  BOOST_TEST(recent.size() == wanted.size());
}

BOOST_AUTO_TEST_CASE(imap_lists_90_days_and_the_rest_folder_by_folder) {
  auto options = small(provider::imap);
  options.settings = settings{};
  options.grants[0].mailbox.newest.reset(); // now
  world_fixture here{options};
  const auto kept = set_of(here.all_ids("/v3/grants/g1/messages?limit=50"));
  const auto all = truth(here);
  const int64_t horizon = here.in.now() - int64_t{90} * 86'400;
  here.grant().mail->visit(0, ~uint64_t{0}, [&](const message_record& message) {
    if (std::abs(message.date - horizon) > 60)
      BOOST_TEST(kept.contains(message.id) == (message.date > horizon));
  });
  BOOST_TEST(kept.size() < all.size());

  std::set<std::string> found;
  for (const auto& folder : here.grant().mail->source().folders())
    found.merge(set_of(
      here.all_ids("/v3/grants/g1/messages?limit=50&query_imap=true&in=" + encode(folder.id))));
  BOOST_TEST((found == all));
  BOOST_TEST(here.ask("/v3/grants/g1/messages?query_imap=true").status == 400);
}

BOOST_AUTO_TEST_CASE(only_imap_has_a_horizon) {
  auto options = small(provider::microsoft);
  options.settings = settings{};
  world_fixture here{options};
  BOOST_TEST(here.all_ids("/v3/grants/g1/messages?limit=50").size() == truth(here).size());
}

BOOST_AUTO_TEST_CASE(filters_find_exactly_what_matches) {
  size_t unread = 0;
  std::string sender;
  grant().mail->visit(0, ~uint64_t{0}, [&](const message_record& message) {
    unread += message.unread ? 1 : 0;
    if (!message.sent)
      sender = message.from[0].email;
  });
  BOOST_TEST(all_ids("/v3/grants/g1/messages?limit=50&unread=true").size() == unread);
  size_t from_sender = 0;
  grant().mail->visit(0, ~uint64_t{0}, [&](const message_record& message) {
    from_sender += message.from[0].email == sender ? 1 : 0;
  });
  BOOST_TEST(all_ids("/v3/grants/g1/messages?limit=50&from=" + sender).size() == from_sender);
  auto starred = json("/v3/grants/g1/messages?limit=200&in=STARRED");
  for (const auto& message : starred["data"].GetArray())
    BOOST_TEST(message["starred"].GetBool());
}

BOOST_AUTO_TEST_CASE(select_keeps_what_it_names) {
  auto page = json("/v3/grants/g1/threads?limit=5&select=id,message_ids");
  for (const auto& thread : page["data"].GetArray())
    BOOST_TEST(thread.MemberCount() == 2u);
}

BOOST_AUTO_TEST_CASE(headers_come_when_asked_for_and_link_a_reply_to_what_it_answers) {
  const auto thread = grant().mail->find_thread(grant().mail->source().ids().thread_id(3));
  const auto target = "/v3/grants/g1/messages?limit=200&fields=include_basic_headers&thread_id=";
  auto page = json(target + encode(thread[0].thread_id));
  std::set<std::string> ids;
  for (const auto& message : page["data"].GetArray())
    ids.insert(message["headers"][0]["value"].GetString());
  BOOST_TEST(ids.size() == thread.size());
  for (const auto& message : page["data"].GetArray())
    if (message["headers"].Size() > 1)
      BOOST_TEST(ids.contains(message["headers"][1]["value"].GetString()));
  BOOST_TEST(!json("/v3/grants/g1/messages?limit=1")["data"][0].HasMember("headers"));
  BOOST_TEST(ask("/v3/grants/g1/messages?fields=everything").status == 400);
}

BOOST_AUTO_TEST_CASE(a_message_may_be_made_with_the_message_id_of_another) {
  const auto body = R"({"message_id_header":"<twin@example.com>","subject":"Twin"})";
  for (int i = 0; i < 2; ++i)
    BOOST_TEST(ask("/sim/grants/g1/messages", "POST", body).status == 200);

  auto page = json("/v3/grants/g1/messages?limit=2&fields=include_basic_headers&subject=Twin");
  BOOST_TEST_REQUIRE(page["data"].Size() == 2u);
  BOOST_TEST((page["data"][0]["id"] != page["data"][1]["id"]));
  for (const auto& message : page["data"].GetArray())
    BOOST_TEST(message["headers"][0]["value"].GetString() == "<twin@example.com>");
}

BOOST_AUTO_TEST_CASE(a_message_that_got_another_id_keeps_its_message_id_and_is_gone_under_the_old) {
  const auto before = grant().mail->list_messages({}, newest_position, 1);
  const auto first = grant().mail->message_at(before.at(0))->id;
  const auto header = [&](const std::string& id) -> std::string {
    auto read = json("/v3/grants/g1/messages/" + encode(id) + "?fields=include_basic_headers");
    return read["data"]["headers"][0]["value"].GetString();
  };
  const auto was = header(first);

  const auto second = changes{in}.rename(grant(), first)->id;

  BOOST_TEST(ask("/v3/grants/g1/messages/" + encode(first)).status == 404);
  BOOST_TEST(header(second) == was);
}

BOOST_AUTO_TEST_CASE(a_mailbox_may_list_a_message_once_for_each_of_its_folders) {
  BOOST_TEST(ask("/sim/grants/g1/messages", "POST",
                 R"({"id":"<c1@x>","subject":"Copies","unread":false,"folders":["INBOX","SENT"]})")
               .status
             == 200);
  const auto folders_of_copies = [&] {
    std::string all;
    const auto page = json("/v3/grants/g1/messages?subject=Copies");
    for (const auto& message : page["data"].GetArray())
      for (const auto& folder : message["folders"].GetArray())
        all += folder.GetString() + std::string{message["folders"].Size() == 1 ? " alone, " : ", "};
    return all;
  };

  BOOST_TEST(ask("/sim/grants/g1/habits", "PUT", R"({"lists_each_folder":true})").status == 200);
  BOOST_TEST(folders_of_copies() == "INBOX alone, SENT alone, ");
  BOOST_TEST(json("/v3/grants/g1/messages/%3Cc1%40x%3E")["data"]["folders"].Size() == 2u);
  BOOST_TEST(ask("/sim/grants/g1/habits", "PUT", R"({"lists_each_folder":false})").status == 200);
  BOOST_TEST(folders_of_copies() == "INBOX, SENT, ");
}

BOOST_AUTO_TEST_CASE(a_thread_has_the_date_of_what_it_received_only_when_it_did) {
  size_t without = 0;
  auto page = json("/v3/grants/g1/threads?limit=50");
  for (const auto& thread : page["data"].GetArray()) {
    BOOST_TEST((thread.HasMember("latest_message_received_date")
                || thread.HasMember("latest_message_sent_date")));
    without += thread.HasMember("latest_message_received_date") ? 0 : 1;
    BOOST_TEST((thread["latest_draft_or_message"]["thread_id"] == thread["id"]));
  }
  BOOST_TEST(without > 0u);
}

BOOST_AUTO_TEST_CASE(attachments_come_as_object_and_as_bytes) {
  auto page = json("/v3/grants/g1/messages?limit=1&has_attachment=true");
  const auto& message = page["data"][0];
  const auto& file = message["attachments"][0];
  const std::string base = std::string("/v3/grants/g1/attachments/") + file["id"].GetString();
  const std::string of = "?message_id=" + encode(message["id"].GetString());
  BOOST_TEST((json(base + of)["data"] == file));
  auto bytes = ask(base + "/download" + of);
  BOOST_TEST(bytes.content_type == "application/octet-stream");
  BOOST_TEST(bytes.body.size() == file["size"].GetUint64());
  BOOST_TEST(json(base, 400)["error"]["type"].GetString()
             == std::string("message_id_required_error"));
}

BOOST_AUTO_TEST_CASE(folders_are_listed_with_the_roles_of_the_provider) {
  auto folders = json("/v3/grants/g1/folders");
  BOOST_TEST(folders["data"].Size() == 12u);
  BOOST_TEST(folders["data"][1]["attributes"][0].GetString() == std::string("\\Sent"));
  BOOST_TEST(json("/v3/grants/g1/folders/SENT")["data"]["id"].GetString() == std::string("SENT"));
  BOOST_TEST(all_ids("/v3/grants/g1/folders?limit=5").size() == 12u);
}

struct refused_request {
  const char* what;
  const char* target;
  int status;
};
std::ostream& operator<<(std::ostream& out, const refused_request& x) {
  return out << x.what;
}
const refused_request refused_requests[] = {
  {"thread limit too large", "/v3/grants/g1/threads?limit=51", 400},
  {"message limit too large", "/v3/grants/g1/messages?limit=201", 400},
  {"limit zero", "/v3/grants/g1/messages?limit=0", 400},
  {"limit a word", "/v3/grants/g1/messages?limit=many", 400},
  {"folder by keyword", "/v3/grants/g1/messages?in=inbox", 400},
  {"truth a number", "/v3/grants/g1/messages?unread=1", 400},
  {"cursor invented", "/v3/grants/g1/messages?page_token=abc", 400},
  {"broken encoding", "/v3/grants/g1/messages/%zz", 400},
  {"unknown grant", "/v3/grants/nobody/messages", 404},
  {"unknown message", "/v3/grants/g1/messages/0000000000000000", 404},
  {"unknown thread", "/v3/grants/g1/threads/x", 404},
  {"unknown route", "/v3/grants/g1/moods", 404},
  {"unknown product", "/v2/threads", 404},
};

BOOST_DATA_TEST_CASE(what_is_wrong_is_refused_in_the_envelope, data::make(refused_requests),
                     request) {
  auto error = json(request.target, request.status);
  BOOST_TEST(error["request_id"].GetStringLength() > 0u);
  BOOST_TEST(error["error"]["type"].GetStringLength() > 0u);
  BOOST_TEST(error["error"]["message"].GetStringLength() > 0u);
}

BOOST_AUTO_TEST_CASE(twenty_six_addresses_are_too_many) {
  std::string emails = "a@example.com";
  for (int i = 0; i < 25; ++i)
    emails += ",b@example.com";
  BOOST_TEST(ask("/v3/grants/g1/messages?any_email=" + emails).status == 400);
}

BOOST_AUTO_TEST_CASE(a_cursor_belongs_to_its_filters_and_grows_old) {
  auto page = json("/v3/grants/g1/messages?limit=5&unread=false");
  const std::string cursor = page["next_cursor"].GetString();
  BOOST_TEST(ask("/v3/grants/g1/messages?limit=9&unread=false&page_token=" + cursor).status == 200);
  BOOST_TEST(ask("/v3/grants/g1/messages?limit=5&unread=true&page_token=" + cursor).status == 400);
  BOOST_TEST(ask("/v3/grants/g1/threads?limit=5&unread=false&page_token=" + cursor).status == 400);
  auto settings = in.current();
  settings.cursor_lifetime = std::chrono::seconds{-1};
  in.change(settings);
  BOOST_TEST(ask("/v3/grants/g1/messages?limit=5&unread=false&page_token=" + cursor).status == 400);
}

/// A list of which something goes after its first page, and how much of the rest is not met.
size_t missed_when(world_fixture& here, const std::string& target,
                   const std::function<void(const std::string& id)>& leave) {
  const auto before = here.all_ids(target);
  auto page = here.json(target);
  std::set<std::string> met;
  for (const auto& one : page["data"].GetArray())
    met.insert(one["id"].GetString());
  leave(page["data"][0]["id"].GetString());
  const auto rest = here.all_ids(target, page["next_cursor"].GetString());
  met.insert(rest.begin(), rest.end());
  return before.size() - met.size();
}

BOOST_AUTO_TEST_CASE(a_new_message_is_named_by_its_thread_before_it_is_found) {
  const auto thread_id = grant().mail->source().ids().thread_id(3);
  const auto before = grant().mail->find_thread(thread_id).size();
  auto settings = in.current();
  settings.index_lag = std::chrono::hours{1};
  in.change(settings);
  new_message reply;
  reply.thread_id = thread_id;
  const auto made = *changes{in}.create(grant(), reply);
  const auto renamed = *changes{in}.rename(grant(), grant().mail->find_thread(thread_id)[0].id);

  const auto list = "/v3/grants/g1/messages?limit=200&thread_id=" + encode(thread_id);
  const auto thread = json("/v3/grants/g1/threads/" + encode(thread_id));
  BOOST_TEST(thread["data"]["message_ids"].Size() == before + 1);
  BOOST_TEST(all_ids(list).size() == before - 1);
  const auto all = set_of(all_ids("/v3/grants/g1/messages?limit=200"));
  for (const auto& id : {made.id, renamed.id}) {
    BOOST_TEST(!all.contains(id));
    BOOST_TEST(ask("/v3/grants/g1/messages/" + encode(id)).status == 404);
  }

  BOOST_TEST(ask("/sim/settings", "PUT", R"({"index_lag_ms":0})").status == 200);
  BOOST_TEST(all_ids(list).size() == before + 1);
  BOOST_TEST(ask("/v3/grants/g1/messages/" + encode(made.id)).status == 200);
}

BOOST_AUTO_TEST_CASE(fields_that_the_application_leaves_out_are_in_no_answer) {
  BOOST_TEST(
    ask("/sim/settings", "PUT", R"({"fields_left_out":"attachments,snippet,participants"})").status
    == 200);
  const auto some = *grant().mail->pick(1);
  const std::string base = "/v3/grants/g1/";
  auto one = json(base + "messages/" + encode(some.id));
  auto listed = json(base + "messages?limit=5&select=id,snippet");
  auto thread = json(base + "threads/" + encode(some.thread_id));
  auto threads = json(base + "threads?limit=5");
  BOOST_TEST(!one["data"].HasMember("attachments"));
  BOOST_TEST(!one["data"].HasMember("snippet"));
  BOOST_TEST(one["data"].HasMember("body"));
  BOOST_TEST(listed["data"][0].MemberCount() == 1u);
  for (const auto* object : {&thread["data"], &threads["data"][0]}) {
    BOOST_TEST(!object->HasMember("participants"));
    BOOST_TEST(!object->HasMember("snippet"));
    BOOST_TEST(object->HasMember("message_ids"));
  }
  BOOST_TEST(json("/sim/settings")["data"]["fields_left_out"].GetString()
             == std::string("attachments,snippet,participants"));
}

BOOST_DATA_TEST_CASE(cursors_that_are_offsets_skip_what_moves_up, data::make({false, true}),
                     offsets) {
  auto options = small(provider::microsoft);
  options.grants[0].habits.offset_cursors = offsets;
  world_fixture here{options};
  const size_t skipped = offsets ? 1 : 0;
  BOOST_TEST(missed_when(here, "/v3/grants/g1/messages?limit=10",
                         [&](const auto& id) { changes{here.in}.remove(here.grant(), id); })
             == skipped);
  BOOST_TEST(missed_when(here, "/v3/grants/g1/messages?limit=10&unread=false",
                         [&](const auto& id) {
                           message_edit unread;
                           unread.unread = true;
                           changes{here.in}.edit(here.grant(), id, unread);
                         })
             == skipped);
}

BOOST_AUTO_TEST_CASE(cursors_that_are_offsets_show_all_while_nothing_changes) {
  BOOST_TEST(ask("/sim/grants/g1/habits", "PUT", R"({"offset_cursors":true})").status == 200);
  const auto ids = all_ids("/v3/grants/g1/messages?limit=13");
  BOOST_TEST(ids.size() == truth(*this).size());
  BOOST_TEST((set_of(ids) == truth(*this)));
  BOOST_TEST(all_ids("/v3/grants/g1/threads?limit=7").size() == 120u);
  BOOST_TEST(ask("/sim/grants/g1/habits", "PUT", R"({"offset":true})").status == 400);
}

BOOST_AUTO_TEST_CASE(mail_that_comes_shows_again_what_an_offset_passed) {
  BOOST_TEST(ask("/sim/grants/g1/habits", "PUT", R"({"offset_cursors":true})").status == 200);
  auto page = json("/v3/grants/g1/messages?limit=10");
  changes{in}.create(grant(), {});
  auto next = json(std::string("/v3/grants/g1/messages?limit=10&page_token=")
                   + page["next_cursor"].GetString());
  BOOST_TEST((next["data"][0]["id"] == page["data"][9]["id"]));
}

BOOST_DATA_TEST_CASE(awkward_ids_are_found_when_encoded,
                     data::make({provider::google, provider::microsoft, provider::imap}), kind) {
  auto options = small(kind, 40);
  options.grants[0].mailbox.awkward_id_rate = 1;
  world_fixture here{options};
  for (const auto& id : here.all_ids("/v3/grants/g1/messages?limit=200"))
    BOOST_TEST(here.json("/v3/grants/g1/messages/" + encode(id))["data"]["id"].GetString() == id);
  for (const auto& id : here.all_ids("/v3/grants/g1/threads?limit=50"))
    BOOST_TEST(here.json("/v3/grants/g1/threads/" + encode(id))["data"]["id"].GetString() == id);
}

BOOST_AUTO_TEST_SUITE_END()
