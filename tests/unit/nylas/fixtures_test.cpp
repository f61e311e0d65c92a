#include "nylas/api.hpp"
#include "nylas/notification.hpp"
#include "nylas/parse.hpp"
#include "nylas/signature.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace nova;
namespace fs = std::filesystem;

namespace {

/// Payloads that Nylas publishes, kept outside of this repository, as `http/ webhooks/ objects/
/// errors/`.
std::string folder() {
  const char* path =
    std::getenv("NOVA_NYLAS_FIXTURES"); // NOLINT(concurrency-mt-unsafe): tests have one thread
  return path == nullptr ? "" : path;
}

boost::test_tools::assertion_result folder_is_given(boost::unit_test::test_unit_id) {
  boost::test_tools::assertion_result given{!folder().empty()};
  given.message() << "NOVA_NYLAS_FIXTURES names no folder of published payloads";
  return given;
}

std::string slurp(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string as_answer(const std::string& object) {
  return R"({"request_id":"r","data":)" + object + "}";
}

} // namespace

BOOST_AUTO_TEST_SUITE(fixtures_test, *boost::unit_test::precondition(folder_is_given))

BOOST_AUTO_TEST_CASE(every_published_notification_is_read) {
  for (const auto& file : fs::directory_iterator{folder() + "/webhooks"}) {
    auto name = file.path().filename().string();
    if (name == "signed_vector.meta.json")
      continue;
    auto parsed = nylas::parse_notification(slurp(file));
    BOOST_TEST_REQUIRE(parsed.has_value(),
                       name << ": " << (parsed ? "" : to_string(parsed.error())));
    BOOST_TEST(!parsed->grant_id.empty(), name);
    auto whole = (parsed->trigger == nylas::trigger::message_created
                  || parsed->trigger == nylas::trigger::message_updated)
                 && !parsed->partial;
    BOOST_TEST(!parsed->message.id.value.empty() == whole, name);
  }
}

BOOST_AUTO_TEST_CASE(every_published_answer_is_read) {
  auto http = folder() + "/http/";
  BOOST_TEST(
    nylas::parse_message_page(slurp(http + "messages_list.json")).value().rejected.empty());
  BOOST_TEST(
    !nylas::parse_message_page(slurp(http + "messages_list.json")).value().next_cursor.empty());
  BOOST_TEST(nylas::parse_message(slurp(http + "message_get.json")).has_value());
  BOOST_TEST(
    !nylas::parse_thread_page(slurp(http + "threads_list.flat.json")).value().items.empty());
  BOOST_TEST(!nylas::parse_thread_page(slurp(http + "threads_list.openapi_nested.json"))
                .value()
                .items.empty());
  BOOST_TEST(!nylas::parse_thread(slurp(http + "thread_get.json")).value().message_ids.empty());
  BOOST_TEST(nylas::parse_folder_page(slurp(http + "folders_list.json")).value().items.size()
             == 3u);
}

BOOST_AUTO_TEST_CASE(every_object_of_the_official_clients_is_read) {
  auto objects = folder() + "/objects/";
  for (auto name : {"message.sdk", "draft.sdk", "message.raw_mime", "message.tracking_options"})
    BOOST_TEST(nylas::parse_message(as_answer(slurp(objects + name + ".json"))).has_value(), name);
  for (auto name : {"thread.sdk", "thread.select_partial"})
    BOOST_TEST(nylas::parse_thread(as_answer(slurp(objects + name + ".json"))).has_value(), name);
  BOOST_TEST(nylas::parse_folder_page(as_answer("[" + slurp(objects + "folder.sdk.json") + "]"))
               .value()
               .items.size()
             == 1u);
  BOOST_TEST(nylas::parse_grant(as_answer(slurp(objects + "grant.sdk.json"))).has_value());
}

BOOST_AUTO_TEST_CASE(every_published_error_says_something) {
  for (const auto& file : fs::directory_iterator{folder() + "/errors"}) {
    auto error = nylas::parse_error(slurp(file));
    BOOST_TEST(!error.message.empty(), file.path().filename().string());
  }
}

BOOST_AUTO_TEST_CASE(the_signature_of_a_real_delivery_matches) {
  auto meta = slurp(folder() + "/webhooks/signed_vector.meta.json");
  auto field = [&](const std::string& name) {
    auto start = meta.find("\"" + name + "\": \"") + name.size() + 5;
    return meta.substr(start, meta.find('"', start) - start);
  };
  auto body = slurp(folder() + "/webhooks/signed_vector.raw_body.json");
  BOOST_TEST(nylas::signature_matches(field("secret"), body, field("signature")));
}

BOOST_AUTO_TEST_SUITE_END()
