#include "transports/aws_signature.hpp"

#include "http/curl.hpp"
#include "tests/support/url_server.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <mutex>
#include <ostream>
#include <string>

using namespace nova;

// The requests and signatures that AWS publishes (aws-sig-v4-test-suite), sent to a server that
// looks at what arrives.

namespace {

struct published {
  const char* name;
  const char* method;
  const char* target;
  const char* header; // one more, or none
  const char* body;
  const char* signature;
};

std::ostream& operator<<(std::ostream& out, const published& one) {
  return out << one.name;
}

const published cases[] = {
  {"get-vanilla", "GET", "/", "", "",
   "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
  {"post-vanilla", "POST", "/", "", "",
   "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
  {"get-vanilla-query-order-key-case", "GET", "/?Param1=value1&Param2=value2", "", "",
   "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
  {"post-x-www-form-urlencoded", "POST", "/", "Content-Type: application/x-www-form-urlencoded",
   "Param1=value1", "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(aws_signature_test)

BOOST_DATA_TEST_CASE(a_request_is_signed_as_aws_publishes_it, boost::unit_test::data::make(cases),
                     one) {
  std::mutex mutex;
  std::string head;
  test::url_server server{[&](test::url_server::talker& talker) {
    std::lock_guard guard{mutex};
    head = talker.request;
    (void)talker.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  }};
  http::curl::easy easy{curl_easy_init()};
  http::curl::header_list headers, to;
  http::curl::append(headers, "X-Amz-Date: 20150830T123600Z");
  if (*one.header != '\0')
    http::curl::append(headers, one.header);
  http::curl::append(to, "example.amazonaws.com:80:127.0.0.1:" + std::to_string(server.port()));
  auto url = std::string{"http://example.amazonaws.com"} + one.target;
  curl_easy_setopt(easy.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_CONNECT_TO, to.get());
  curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers.get());
  if (std::string{one.method} == "POST") {
    curl_easy_setopt(easy.get(), CURLOPT_POST, 1L);
    curl_easy_setopt(easy.get(), CURLOPT_POSTFIELDSIZE,
                     static_cast<long>(std::string{one.body}.size()));
    curl_easy_setopt(easy.get(), CURLOPT_POSTFIELDS, one.body);
  }

  transports::sign_as(easy.get(), {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                                   "us-east-1", "service"});
  BOOST_TEST(curl_easy_perform(easy.get()) == CURLE_OK);

  std::lock_guard guard{mutex};
  BOOST_TEST(head.find(std::string{"Signature="} + one.signature) != std::string::npos, head);
  BOOST_TEST(head.find("Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request")
               != std::string::npos,
             head);
  BOOST_TEST(head.find("wJalrXUtnFEMI") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
