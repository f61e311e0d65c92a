#include "alerts/mail.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <ostream>
#include <string>
#include <vector>

using namespace nova;

namespace {

alerts::mail usual() {
  alerts::mail made;
  made.from = {"", "nova@example.com"};
  made.to = "ann@example.com";
  made.subject = "[nova] CRITICAL: a node is lost";
  made.message_id = "id-1@example.com";
  made.date = base::wall_time{std::chrono::seconds{1'796'133'600}};
  made.text = "Hello\n";
  made.html = "<p>Hello</p>\n";
  return made;
}

std::vector<std::string> lines_of(const std::string& mime) {
  std::vector<std::string> all;
  for (size_t at = 0; at < mime.size();) {
    auto end = mime.find("\r\n", at);
    BOOST_REQUIRE_NE(end, std::string::npos);
    all.push_back(mime.substr(at, end - at));
    at = end + 2;
  }
  return all;
}

/// The names of the fields of its head.
std::vector<std::string> fields_of(const std::string& mime) {
  std::vector<std::string> all;
  for (const auto& line : lines_of(mime)) {
    if (line.empty())
      break;
    if (line.front() != ' ')
      all.push_back(line.substr(0, line.find(':')));
  }
  return all;
}

size_t count_of(const std::string& text, std::string_view part) {
  size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

const std::vector<std::string> usual_fields = {"Date",
                                               "From",
                                               "To",
                                               "Subject",
                                               "Message-ID",
                                               "MIME-Version",
                                               "Auto-Submitted",
                                               "X-Auto-Response-Suppress",
                                               "Content-Type"};

} // namespace

BOOST_AUTO_TEST_SUITE(mail_test)

BOOST_AUTO_TEST_CASE(a_mail_has_a_head_and_two_forms_of_its_text) {
  auto mime = alerts::mime_of(usual());

  BOOST_TEST(fields_of(mime) == usual_fields, boost::test_tools::per_element());
  BOOST_TEST(mime.starts_with("Date: Tue, 01 Dec 2026 14:00:00 +0000\r\nFrom: nova@example.com\r\n"
                              "To: ann@example.com\r\nSubject: [nova] CRITICAL: a node is lost\r\n"
                              "Message-ID: <id-1@example.com>\r\n"),
             mime);
  BOOST_TEST(count_of(mime, "--=_id-1\r\n") == 2u);
  BOOST_TEST(mime.ends_with("--=_id-1--\r\n"));
}

BOOST_AUTO_TEST_CASE(what_answers_another_mail_names_it) {
  auto what = usual();
  what.answers = "id-0@example.com";

  auto mime = alerts::mime_of(what);

  BOOST_TEST(count_of(mime, "\r\nIn-Reply-To: <id-0@example.com>\r\n"
                            "References: <id-0@example.com>\r\n")
             == 1u);
}

struct hostile_text {
  const char* name;
  const char* text;

  friend std::ostream& operator<<(std::ostream& out, const hostile_text& one) {
    return out << one.name;
  }
};

const hostile_text hostile[] = {
  {"a_line_end", "x\r\nBcc: eve@example.com\r\n\r\nbody"},
  {"a_line_feed", "x\nBcc: eve@example.com"},
  {"a_carriage_return", "x\rBcc: eve@example.com"},
  {"a_line_separator", "x\xe2\x80\xa8"
                       "Bcc: eve@example.com"},
  {"a_next_line", "x\xc2\x85"
                  "Bcc: eve@example.com"},
  {"a_zero", "x\\0"},
  {"an_encoded_word", "=?UTF-8?B?DQpCY2M6IGV2ZUBleGFtcGxlLmNvbQ0K?="},
  {"no_utf_8", "x\xff\xfe\r\nBcc: eve@example.com"},
  {"a_boundary", "\n--=_id-1--\n\n--=_id-1\nContent-Type: text/html\n\n<script>"},
  {"an_end", "\n.\nMAIL FROM:<eve@example.com>\n"},
  {"a_long_line",
   "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
   "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
   "x"},
  {"umlauts", "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3"
              "\xb6\xc3\xbc"
              "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3"
              "\xb6\xc3\xbc"},
  {"blanks_at_an_end", "x   \ny\t\n"},
};

BOOST_DATA_TEST_CASE(no_text_makes_a_field_a_part_or_an_end, boost::unit_test::data::make(hostile),
                     one) {
  auto what = usual();
  what.subject = what.text = what.html = what.from.name = one.text;

  auto mime = alerts::mime_of(what);

  BOOST_TEST(fields_of(mime) == usual_fields, boost::test_tools::per_element());
  BOOST_TEST(std::ranges::count(lines_of(mime), "--=_id-1") == 2);
  BOOST_TEST(std::ranges::count(lines_of(mime), "--=_id-1--") == 1);
  for (const auto& line : lines_of(mime)) {
    BOOST_TEST(line.size() <= 78u, line);
    BOOST_TEST(line != ".");
    BOOST_TEST(!line.ends_with(' '), line);
    BOOST_TEST(std::ranges::all_of(line, [](char each) { return each >= ' ' && each <= '~'; }),
               line);
  }
}

BOOST_AUTO_TEST_CASE(a_subject_is_cut_between_characters) {
  auto what = usual();
  what.subject = "x";
  for (int i = 0; i < 30; ++i)
    what.subject += "\xe2\x82\xac"; // three bytes each, 39 do not end between two

  auto mime = alerts::mime_of(what);

  BOOST_TEST(
    count_of(mime, "Subject: =?UTF-8?B?eOKCrOKCrOKCrOKCrOKCrOKCrOKCrOKCrOKCrOKCrOKCrOKCrA==?=\r\n"
                   " =?UTF-8?B?4oKs")
      == 1u,
    mime);
}

struct address_case {
  const char* text;
  bool is_one;

  friend std::ostream& operator<<(std::ostream& out, const address_case& one) {
    return out << one.text;
  }
};

const address_case addresses[] = {
  {"ann@example.com", true},
  {"a.b+c@sub.example.com", true},
  {"", false},
  {"ann", false},
  {"@example.com", false},
  {"ann@", false},
  {"a@b@c", false},
  {"a b@example.com", false},
  {"ann@example.com\r\nX: y", false},
  {"<ann@example.com>", false},
  {"ann@example.com,bob@x", false},
  {"\"a\"@example.com", false},
  {"-oQ/tmp@example.com", false},
  {"ann@.example.com", false},
  {"\xc3\xa4@example.com", false},
};

BOOST_DATA_TEST_CASE(an_address_has_nothing_that_means_more,
                     boost::unit_test::data::make(addresses), one) {
  BOOST_TEST(alerts::is_address(one.text) == one.is_one);
}

BOOST_AUTO_TEST_CASE(a_sender_may_have_a_name) {
  auto plain = alerts::parse_sender("nova@example.com");
  auto named = alerts::parse_sender("\"Nova of Acme\" <nova@example.com>");

  BOOST_REQUIRE(plain.has_value());
  BOOST_REQUIRE(named.has_value());
  BOOST_TEST(named->address == "nova@example.com");
  auto what = usual();
  what.from = *named;
  BOOST_TEST(count_of(alerts::mime_of(what), "\r\nFrom: \"Nova of Acme\" <nova@example.com>\r\n")
             == 1u);
  BOOST_TEST(!alerts::parse_sender("Nova").has_value());
  BOOST_TEST(!alerts::parse_sender("Nova <nova@example.com>\r\nBcc: x").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
