// Requests from strangers: any bytes, in pieces of any size, are one request, a refusal, or not
// whole yet, and the pieces do not matter. The first byte chooses their size.

#include "http/http_parser.hpp"
#include "tests/fuzz/storable.hpp"

#include <algorithm>
#include <array>

using namespace nova;

namespace {

http::server_limits small_limits() {
  http::server_limits limits;
  limits.header_max = 256;
  limits.body_max = 512;
  return limits;
}

struct reading {
  size_t used = 0;
  int refusal = 0;
  bool done = false;
  http::request request;
};

reading read(std::string_view bytes, size_t piece) {
  http::request_parser parser{small_limits()};
  reading made;
  while (made.used < bytes.size() && !parser.done() && parser.refusal() == 0) {
    auto used = parser.feed(bytes.substr(made.used, piece));
    fuzz::require(used > 0 && used <= piece, "a parser that is not at its end takes something");
    made.used += used;
    fuzz::require(parser.body_size() <= small_limits().body_max, "a body is bounded");
  }
  made.refusal = parser.refusal();
  made.done = parser.done();
  if (made.done)
    made.request = parser.take();
  return made;
}

} // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls this name
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr std::array<int, 6> refusals{0, 400, 413, 431, 501, 505};
  if (size == 0)
    return 0;
  std::string_view bytes{reinterpret_cast<const char*>(data + 1), size - 1};
  auto whole = read(bytes, std::max<size_t>(bytes.size(), 1));
  auto pieces = read(bytes, 1 + data[0] % 16);
  fuzz::require(whole.refusal == pieces.refusal && whole.done == pieces.done,
                "pieces do not change what becomes of a request");
  fuzz::require(std::ranges::find(refusals, whole.refusal) != refusals.end(),
                "a refusal is one that is promised");
  fuzz::require(!whole.done || whole.refusal == 0, "what is refused is not done");
  if (!whole.done)
    return 0;
  fuzz::require(whole.used == pieces.used && whole.request.method == pieces.request.method
                  && whole.request.target == pieces.request.target
                  && whole.request.headers == pieces.request.headers
                  && whole.request.body == pieces.request.body,
                "pieces do not change a request");
  fuzz::require(!whole.request.method.empty() && !whole.request.target.empty(),
                "a request has a method and a target");
  for (const auto& [name, value] : whole.request.headers)
    fuzz::require((name + value).find_first_of(std::string_view{"\r\n\0", 3}) == std::string::npos,
                  "a field is one line");
  return 0;
}
