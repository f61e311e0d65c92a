#include "http/hmac.hpp"

#include "base/ensure.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace nova::http {

sha256_hash hmac_sha256(std::string_view secret, std::string_view text) {
  sha256_hash out{};
  unsigned length = 0;
  auto done =
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), out.data(), &length);
  base::ensure(done != nullptr && length == out.size(), "HMAC-SHA256 is available");
  return out;
}

std::string hex_of(const sha256_hash& hash) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (auto byte : hash) {
    hex += digits[byte >> 4];
    hex += digits[byte & 15];
  }
  return hex;
}

} // namespace nova::http
