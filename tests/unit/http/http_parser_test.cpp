#include "http/http_parser.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>
#include <vector>

using namespace nova;

namespace {

http::server_limits limits() {
  http::server_limits limits;
  limits.header_max = 1000;
  limits.body_max = 100;
  return limits;
}

struct bad_request {
  const char* what;
  std::string bytes;
  int status;
};

std::ostream& operator<<(std::ostream& out, const bad_request& x) {
  return out << x.what;
}

const std::vector<bad_request> bad_requests{
  {"no target", "GET HTTP/1.1\r\n\r\n", 400},
  {"control character in the target", "GET /\x01 HTTP/1.1\r\n\r\n", 400},
  {"space in the target", "GET /a b HTTP/1.1\r\n\r\n", 400},
  {"method that is no token", "G(T / HTTP/1.1\r\n\r\n", 400},
  {"version to come", "GET / HTTP/2.0\r\n\r\n", 505},
  {"no version", "GET / \r\n\r\n", 400},
  {"space before the colon", "GET / HTTP/1.1\r\nA : b\r\n\r\n", 400},
  {"folded line", "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", 400},
  {"bare line feed", "GET / HTTP/1.1\r\nA: b\nC: d\r\n\r\n", 400},
  {"zero byte in a value", std::string{"GET / HTTP/1.1\r\nA: b\0c\r\n\r\n", 26}, 400},
  {"no name", "GET / HTTP/1.1\r\n: b\r\n\r\n", 400},
  {"both lengths", "GET / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
   400},
  {"both lengths, turned",
   "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", 400},
  {"two different lengths", "GET / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n",
   400},
  {"signed length", "GET / HTTP/1.1\r\nContent-Length: +3\r\n\r\n", 400},
  {"length list", "GET / HTTP/1.1\r\nContent-Length: 3, 3\r\n\r\n", 400},
  {"endless length", "GET / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n", 400},
  {"large length", "GET / HTTP/1.1\r\nContent-Length: 101\r\n\r\n", 413},
  {"unknown encoding", "GET / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
  {"encoding in HTTP/1.0", "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
  {"chunk without a size", "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", 400},
  {"negative chunk", "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", 400},
  {"chunk longer than it says", "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
   400},
  {"large chunk", "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", 413},
  {"endless chunk line",
   "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(300, 'a'), 400},
  {"endless trailer",
   "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + std::string(1001, 'a'), 431},
  {"long header", "GET / HTTP/1.1\r\nA: " + std::string(1000, 'a') + "\r\n\r\n", 431},
};

/// Feeds as many bytes at a time as told.
http::request_parser fed(const std::string& bytes, size_t step) {
  http::request_parser parser{limits()};
  for (size_t at = 0; at < bytes.size() && !parser.done() && parser.refusal() == 0;)
    at += parser.feed(std::string_view{bytes}.substr(at, step));
  return parser;
}

} // namespace

BOOST_AUTO_TEST_SUITE(http_parser_test)

BOOST_DATA_TEST_CASE(a_bad_request_is_refused_however_it_is_cut, bad_requests, request) {
  for (size_t step : {1u, 2u, 7u, 100'000u}) {
    auto parser = fed(request.bytes, step);
    BOOST_TEST(parser.refusal() == request.status);
    BOOST_TEST(!parser.done());
  }
}

BOOST_AUTO_TEST_CASE(a_good_request_reads_the_same_however_it_is_cut) {
  std::string bytes =
    "\r\nPOST /a?b HTTP/1.1\r\nHost: x\r\nX-One:  two \r\ntransfer-encoding: Chunked\r\n\r\n"
    "3;ext=1\r\nabc\r\nA\r\n0123456789\r\n0\r\nX-Trailer: t\r\n\r\n";
  for (size_t step = 1; step <= bytes.size(); ++step) {
    auto parser = fed(bytes, step);
    BOOST_REQUIRE(parser.done());
    BOOST_TEST(parser.keep_alive());
    auto request = parser.take();
    BOOST_TEST(request.method == "POST");
    BOOST_TEST(request.target == "/a?b");
    BOOST_TEST(request.path() == "/a");
    BOOST_TEST(request.header("x-oNe") == "two");
    BOOST_TEST(request.header("x-trailer").empty());
    BOOST_TEST(request.body == "abc0123456789");
  }
}

BOOST_AUTO_TEST_CASE(bytes_of_the_next_request_are_left) {
  std::string bytes = "POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nabGET";
  http::request_parser parser{limits()};
  BOOST_TEST(parser.feed(bytes) == bytes.size() - 3);
  BOOST_TEST(parser.done());
}

BOOST_AUTO_TEST_CASE(an_expectation_lasts_until_the_body_begins) {
  http::request_parser parser{limits()};
  std::string head = "POST / HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-Continue\r\n\r\n";
  BOOST_TEST(parser.feed(head) == head.size());
  BOOST_TEST(parser.awaits_continue());
  BOOST_TEST(parser.feed("a") == 1u);
  BOOST_TEST(!parser.awaits_continue());
}

BOOST_AUTO_TEST_CASE(more_than_a_hundred_fields_are_refused) {
  http::server_limits wide;
  http::request_parser parser{wide};
  std::string bytes = "GET / HTTP/1.1\r\n";
  for (int i = 0; i < 101; ++i)
    bytes += "A: b\r\n";
  BOOST_TEST(parser.feed(bytes + "\r\n") > 0u);
  BOOST_TEST(parser.refusal() == 431);
}

BOOST_AUTO_TEST_SUITE_END()
