#include "nylas/signature.hpp"

#include "base/ensure.hpp"
#include "http/hmac.hpp"

#include <openssl/crypto.h>

#include <optional>

namespace nova::nylas {

namespace {

int digit_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::optional<http::sha256_hash> parse_hex(std::string_view digits) {
  http::sha256_hash out{};
  if (digits.size() != 2 * out.size())
    return {};
  for (size_t i = 0; i < out.size(); ++i) {
    auto high = digit_value(digits[2 * i]);
    auto low = digit_value(digits[2 * i + 1]);
    if (high < 0 || low < 0)
      return {};
    out[i] = static_cast<unsigned char>(high << 4 | low);
  }
  return out;
}

} // namespace

bool signature_matches(std::string_view secret, std::string_view raw_body,
                       std::string_view signature) {
  // An unset secret must not turn into a signature that anyone can make.
  if (secret.empty())
    return false;
  auto claimed = parse_hex(signature);
  if (!claimed)
    return false;
  auto expected = http::hmac_sha256(secret, raw_body);
  return CRYPTO_memcmp(expected.data(), claimed->data(), expected.size()) == 0;
}

bool signature_matches(const std::vector<std::string>& secrets, std::string_view raw_body,
                       std::string_view signature) {
  bool matches = false;
  for (const auto& secret : secrets)
    matches |= signature_matches(secret, raw_body, signature);
  return matches;
}

std::string sign(std::string_view secret, std::string_view raw_body) {
  base::ensure(!secret.empty(), "a webhook secret is set");
  return http::hex_of(http::hmac_sha256(secret, raw_body));
}

} // namespace nova::nylas
