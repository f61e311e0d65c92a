#include "alerts/smtp_server.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>

using namespace nova;
using alerts::smtp_tls;

namespace {

struct refused_url {
  const char* text;
  const char* why;

  friend std::ostream& operator<<(std::ostream& out, const refused_url& one) {
    return out << one.why;
  }
};

const refused_url refused[] = {
  {"", "no URL"},
  {"smtp://mail.example.com\r\nX", "no URL"},
  {"http://me:canary@mail.example.com", "neither smtp:// nor smtps://"},
  {"smtp://me:canary@mail.example.com?tls=maybe", "'tls' is no option"},
  {"smtp://me:canary@mail.example.com?tls=off", "another machine must have TLS"},
  {"smtp://me:canary@mail.example.com?tls=offered", "another machine must have TLS"},
  {"smtp://me:canary@mail.example.com?ca=", "'ca' is no option"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(smtp_url_test)

BOOST_AUTO_TEST_CASE(user_and_password_are_taken_out_of_the_url) {
  auto read =
    alerts::parse_smtp_url("smtp://me%40example.com:p%3Aw@mail.example.com:587/us?ca=/a.pem");

  BOOST_REQUIRE(read.has_value());
  BOOST_TEST(read->url == "smtp://mail.example.com:587/us");
  BOOST_TEST(read->user == "me@example.com");
  BOOST_TEST(read->password == "p:w");
  BOOST_TEST(read->authority == "/a.pem");
  BOOST_TEST((read->tls == smtp_tls::required));
}

BOOST_AUTO_TEST_CASE(only_a_server_of_this_machine_may_be_without_tls_by_itself) {
  BOOST_TEST((alerts::parse_smtp_url("smtp://localhost:25")->tls == smtp_tls::offered));
  BOOST_TEST((alerts::parse_smtp_url("smtp://127.0.0.1")->tls == smtp_tls::offered));
  BOOST_TEST((alerts::parse_smtp_url("smtps://localhost")->tls == smtp_tls::required));
  BOOST_TEST((alerts::parse_smtp_url("smtp://mail.example.com")->tls == smtp_tls::required));
  BOOST_TEST((alerts::parse_smtp_url("smtp://relay.example.com?tls=off")->tls == smtp_tls::off));
}

BOOST_DATA_TEST_CASE(what_is_refused_is_said_without_the_password,
                     boost::unit_test::data::make(refused), one) {
  auto read = alerts::parse_smtp_url(one.text);

  BOOST_REQUIRE(!read.has_value());
  auto said = to_string(read.error());
  BOOST_TEST(said.find(one.why) != std::string::npos, said);
  BOOST_TEST(said.find("canary") == std::string::npos, said);
}

BOOST_AUTO_TEST_SUITE_END()
