#include "nylas/signature.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

using namespace nova;

namespace {

// RFC 4231, test case 2.
constexpr auto secret = "Jefe";
constexpr auto body = "what do ya want for nothing?";
const std::string signature = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";

} // namespace

BOOST_AUTO_TEST_SUITE(signature_test)

BOOST_AUTO_TEST_CASE(the_vector_of_the_rfc_holds) {
  BOOST_TEST(nylas::sign(secret, body) == signature);
  BOOST_TEST(nylas::signature_matches(secret, body, signature));
}

BOOST_AUTO_TEST_CASE(upper_case_hex_is_accepted) {
  auto upper = signature;
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return std::toupper(c); });
  BOOST_TEST(nylas::signature_matches(secret, body, upper));
}

BOOST_AUTO_TEST_CASE(every_single_changed_digit_is_refused) {
  for (size_t i = 0; i < signature.size(); ++i) {
    auto forged = signature;
    forged[i] = forged[i] == '0' ? '1' : '0';
    BOOST_TEST(!nylas::signature_matches(secret, body, forged));
  }
}

BOOST_DATA_TEST_CASE(what_is_not_64_hex_digits_is_refused,
                     boost::unit_test::data::make({std::string{}, signature.substr(1),
                                                   signature + "0", "g" + signature.substr(1),
                                                   " " + signature, "sha256=" + signature,
                                                   std::string(64, '\0')}),
                     claimed) {
  BOOST_TEST(!nylas::signature_matches(secret, body, claimed));
}

BOOST_AUTO_TEST_CASE(another_body_or_secret_is_refused) {
  BOOST_TEST(!nylas::signature_matches(secret, "what do ya want for nothing!", signature));
  BOOST_TEST(!nylas::signature_matches("jefe", body, signature));
}

BOOST_AUTO_TEST_CASE(each_of_several_secrets_is_good) {
  const std::vector<std::string> both{"another", secret};
  BOOST_TEST(nylas::signature_matches(both, body, signature));
  BOOST_TEST(nylas::signature_matches(both, body, nylas::sign("another", body)));
  BOOST_TEST(!nylas::signature_matches(both, body, nylas::sign("another,Jefe", body)));
  BOOST_TEST(!nylas::signature_matches(std::vector<std::string>{}, body, signature));
}

BOOST_AUTO_TEST_CASE(without_a_secret_nothing_matches) {
  // HMAC under the empty key of the empty text, which anyone can compute.
  BOOST_TEST(!nylas::signature_matches(
    "", "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"));
}

BOOST_AUTO_TEST_SUITE_END()
