// What an unknown peer may send before it has proved itself, and a hello: any bytes are refused but
// the right ones.

#include "cluster/link_handshake.hpp"
#include "tests/fuzz/storable.hpp"

using namespace nova;

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls this name
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view input{reinterpret_cast<const char*>(data), size};
  if (auto hello = cluster::parse_link_hello(input)) {
    fuzz::require(cluster::encode(*hello) == input, "a hello has one form");
    fuzz::require(hello->name.find('\n') == std::string::npos, "a name is one line");
  }
  for (auto which :
       {cluster::link_handshake::side::caller, cluster::link_handshake::side::acceptor}) {
    cluster::link_hello own{"test", "node", 1, 1, 1, 1, 2};
    cluster::link_handshake shake{{which, "a secret that no input has", own, {}, {}}};
    auto rest = input;
    while (shake.wants() > 0 && shake.wants() <= rest.size()) {
      auto part = rest.substr(0, shake.wants());
      rest.remove_prefix(part.size());
      shake.feed(part);
    }
    fuzz::require(shake.now() != cluster::link_handshake::state::done && !shake.proved(),
                  "nobody gets through without the secret");
    fuzz::require(shake.wants() <= cluster::link_handshake::frame_max, "a frame is small");
  }
  return 0;
}
