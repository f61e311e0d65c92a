#include "nylas/parse.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

using namespace nova;

namespace {

/// A message with one more member.
email_message read_with(const std::string& member) {
  auto parsed =
    nylas::parse_message(R"({"data":{"id":"m1","subject":"Hello","cc":[],)" + member + "}}");
  BOOST_REQUIRE_MESSAGE(parsed, (parsed ? "" : to_string(parsed.error())));
  return *parsed;
}

/// `headers` and the Message-ID that is read of them.
struct headers_case {
  const char* name;
  std::string headers, read;
};

std::ostream& operator<<(std::ostream& out, const headers_case& one) {
  return out << one.name;
}

const headers_case of_headers[] = {
  {"as_the_api_writes_it", R"([{"name":"Message-ID","value":"<a1@example.com>"}])",
   "a1@example.com"},
  {"in_another_case", R"([{"name":"MESSAGE-Id","value":"<a1@example.com>"}])", "a1@example.com"},
  {"among_others",
   R"([{"name":"In-Reply-To","value":"<b@x>"},{"name":"Message-ID","value":"<a1@x>"}])", "a1@x"},
  {"the_first_of_two",
   R"([{"name":"Message-ID","value":"<a1@x>"},{"name":"Message-ID","value":"<a2@x>"}])", "a1@x"},
  {"without_brackets", R"([{"name":"Message-ID","value":" a1@x "}])", "a1@x"},
  {"with_a_comment", R"j([{"name":"Message-ID","value":"\r\n <a1@x> (added by mx)"}])j", "a1@x"},
  {"blank", R"([{"name":"Message-ID","value":"< >"}])", ""},
  {"longer_than_a_line", R"([{"name":"Message-ID","value":"<)" + std::string(999, 'a') + R"(>"}])",
   ""},
  {"no_text", R"([{"name":"Message-ID","value":7}])", ""},
  {"not_there", R"([{"name":"References","value":"<a1@x>"}])", ""},
  {"of_another_form", R"(["Message-ID"])", ""},
  {"none", "[]", ""},
};

} // namespace

BOOST_AUTO_TEST_SUITE(message_reader_test)

BOOST_DATA_TEST_CASE(the_message_id_is_read_without_its_brackets,
                     boost::unit_test::data::make(of_headers), one) {
  BOOST_TEST(read_with("\"headers\":" + one.headers).rfc822_id == one.read);
}

BOOST_AUTO_TEST_CASE(the_message_id_is_in_no_hash) {
  auto with = read_with(R"("headers":[{"name":"Message-ID","value":"<a1@x>"}])");

  BOOST_TEST(with.core_hash == read_with(R"("headers":[])").core_hash);
  BOOST_TEST(with.extra_hash == read_with(R"("headers":[])").extra_hash);
  BOOST_TEST(with.notes.empty());
}

BOOST_AUTO_TEST_SUITE_END()
