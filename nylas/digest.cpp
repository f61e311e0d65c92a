#include "nylas/digest.hpp"

#include "base/ensure.hpp"

#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <memory>

namespace nova::nylas {

namespace {

constexpr size_t hash_bytes = 16;

/// Fetched once: OpenSSL 3 looks the algorithm up again at each use of `EVP_sha256()`.
const EVP_MD* sha256_algorithm() {
  static const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> algorithm{
    EVP_MD_fetch(nullptr, "SHA256", nullptr), EVP_MD_free};
  return algorithm.get();
}

} // namespace

std::array<uint8_t, 32> sha256(std::string_view text) {
  std::array<uint8_t, 32> hash{};
  auto done =
    EVP_Digest(text.data(), text.size(), hash.data(), nullptr, sha256_algorithm(), nullptr);
  base::ensure(done == 1, "SHA-256 is available");
  return hash;
}

std::string sha256_of(std::string_view bytes) {
  auto hash = sha256(bytes);
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

void digest::add(std::string_view field) {
  add_length(field.size());
  text_ += field;
}

void digest::add_lower_case(std::string_view field) {
  add_length(field.size());
  for (char c : field)
    text_ += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

void digest::add(int64_t number) {
  auto bits = static_cast<uint64_t>(number);
  for (int shift = 0; shift < 64; shift += 8)
    text_ += static_cast<char>(bits >> shift);
}

std::string digest::finish() {
  auto hash = sha256(text_);
  text_.clear();
  return {reinterpret_cast<const char*>(hash.data()), hash_bytes};
}

void digest::add_length(size_t length) {
  for (int shift = 0; shift < 32; shift += 8)
    text_ += static_cast<char>(length >> shift);
}

} // namespace nova::nylas
