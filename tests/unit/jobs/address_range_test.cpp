#include "jobs/address_range.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>

using namespace nova;

namespace {

struct place {
  const char* host;
  const char* range;
};

std::ostream& operator<<(std::ostream& out, const place& x) {
  return out << x.host;
}

const place places[] = {
  {"0.0.0.0", "unspecified"},
  {"0.255.255.255", "unspecified"},
  {"1.1.1.1", ""},
  {"9.255.255.255", ""},
  {"10.0.0.0", "private"},
  {"10.255.255.255", "private"},
  {"11.0.0.0", ""},
  {"100.63.255.255", ""},
  {"100.64.0.0", "shared (CGNAT)"},
  {"100.127.255.255", "shared (CGNAT)"},
  {"100.128.0.0", ""},
  {"127.0.0.1", "loopback"},
  {"127.255.255.254", "loopback"},
  {"169.254.169.254", "link-local"},
  {"169.255.0.0", ""},
  {"172.15.255.255", ""},
  {"172.16.0.0", "private"},
  {"172.31.255.255", "private"},
  {"172.32.0.0", ""},
  {"192.0.0.8", "reserved"},
  {"192.167.255.255", ""},
  {"192.168.0.0", "private"},
  {"192.169.0.0", ""},
  {"198.18.0.1", "benchmarking"},
  {"198.19.255.255", "benchmarking"},
  {"198.20.0.0", ""},
  {"203.0.113.7", "documentation"},
  {"223.255.255.255", ""},
  {"224.0.0.1", "multicast"},
  {"239.255.255.255", "multicast"},
  {"240.0.0.1", "reserved"},
  {"255.255.255.255", "reserved"},
  {"::", "unspecified"},
  {"::1", "loopback"},
  {"::7f00:1", "IPv4-compatible"},
  {"::ffff:127.0.0.1", "loopback"},
  {"::ffff:169.254.169.254", "link-local"},
  {"::ffff:1.1.1.1", ""},
  {"64:ff9b::10.0.0.1", "private"},
  {"64:ff9b::169.254.169.254", "link-local"},
  {"64:ff9b::1.1.1.1", ""},
  {"64:ff9b:1::1", "local NAT64"},
  {"100::1", "discarded"},
  {"2001::1", "Teredo"},
  {"2001:db8::1", "documentation"},
  {"2001:4860:4860::8888", ""},
  {"2002:7f00:1::", "loopback"},
  {"2002:101:101::", ""},
  {"2a00:1450:4001::1", ""},
  {"4000::1", "reserved"},
  {"fc00::1", "unique-local"},
  {"fd00:ec2::254", "unique-local"},
  {"fe80::1", "link-local"},
  {"fe80::1%eth0", "link-local"},
  {"febf::1", "link-local"},
  {"fec0::1", "site-local"},
  {"ff02::1", "multicast"},
  {"example.com", ""},
  {"localhost", ""},
};

struct web_address {
  const char* url;
  const char* host; // or a part of the reason
  bool good;
};

std::ostream& operator<<(std::ostream& out, const web_address& x) {
  return out << x.url;
}

const web_address web_addresses[] = {
  {"https://example.com/hook?a=1", "example.com", true},
  {"HTTP://Example.com:8080", "Example.com", true},
  {"http://[::1]:80/", "::1", true},
  {"http://2130706433/", "127.0.0.1", true},
  {"http://0x7f.1/", "127.0.0.1", true},
  {"http://0251.254.169.254/", "169.254.169.254", true},
  {"ftp://example.com/", "http: and https:", false},
  {"file:///etc/passwd", "http: and https:", false},
  {"example.com/hook", "no URL", false},
  {"https://", "no URL", false},
  {"https://user:pass@example.com/", "secret_name", false},
  {"https://user@example.com/", "secret_name", false},
  {"https://example.com/a b", "%20", false},
  {"https://example.com/\r\nX: y", "controls", false},
  {"https://b\xc3\xbc"
   "cher.example/",
   "ASCII", false},
  {"", "no URL", false},
};

} // namespace

BOOST_AUTO_TEST_SUITE(address_range_test)

BOOST_DATA_TEST_CASE(an_address_is_public_or_of_a_named_range, boost::unit_test::data::make(places),
                     row) {
  BOOST_TEST(jobs::range_of_literal(row.host) == row.range);
}

BOOST_DATA_TEST_CASE(a_url_has_a_host_or_says_what_is_wrong,
                     boost::unit_test::data::make(web_addresses), row) {
  auto host = jobs::host_of_url(row.url);
  BOOST_TEST_REQUIRE(host.has_value() == row.good);
  if (row.good)
    BOOST_TEST(*host == row.host);
  else
    BOOST_TEST(host.error().reason.find(row.host) != std::string::npos, host.error().reason);
}

BOOST_AUTO_TEST_CASE(a_long_url_is_refused) {
  BOOST_TEST(!jobs::host_of_url("https://example.com/" + std::string(2048, 'a')));
}

BOOST_AUTO_TEST_SUITE_END()
