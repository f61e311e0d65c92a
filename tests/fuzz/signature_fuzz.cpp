// The signature header: any bytes are refused but the right ones. The bytes before the first line
// break are the header, those after it the body.

#include "nylas/signature.hpp"
#include "tests/fuzz/storable.hpp"

using namespace nova;

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls this name
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view input{reinterpret_cast<const char*>(data), size};
  auto line = input.substr(0, input.find('\n'));
  auto body = input.substr(std::min(line.size() + 1, input.size()));
  auto right = nylas::sign("secret", body);
  fuzz::require(nylas::signature_matches("secret", body, right), "the right signature matches");
  auto matches = nylas::signature_matches("secret", body, line);
  fuzz::require(!matches || line.size() == right.size(), "only 64 digits match");
  fuzz::require(!nylas::signature_matches("", body, line), "nothing matches without a secret");
  return 0;
}
