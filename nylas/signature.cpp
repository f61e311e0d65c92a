#include "nylas/signature.hpp"

#include "base/ensure.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <optional>

namespace nova::nylas {

namespace {

using hash = std::array<unsigned char, 32>;

hash hmac_sha256(std::string_view secret, std::string_view text) {
  hash out{};
  unsigned length = 0;
  auto done =
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), out.data(), &length);
  base::ensure(done != nullptr && length == out.size(), "HMAC-SHA256 is available");
  return out;
}

int digit_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::optional<hash> parse_hex(std::string_view digits) {
  hash out{};
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
  auto expected = hmac_sha256(secret, raw_body);
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
  constexpr std::string_view digits = "0123456789abcdef";
  base::ensure(!secret.empty(), "a webhook secret is set");
  std::string hex;
  for (auto byte : hmac_sha256(secret, raw_body)) {
    hex += digits[byte >> 4];
    hex += digits[byte & 15];
  }
  return hex;
}

} // namespace nova::nylas
