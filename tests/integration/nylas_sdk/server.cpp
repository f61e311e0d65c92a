#include "simulator/simulator.hpp"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string_view>

using namespace nova;

// Serves mailboxes until its standard input ends: server [THREADS [MESSAGES_PER_THREAD
// [BODY_BYTES]]]. Prints the line of `ready_json` once it listens.
int main(int count, char** arguments) {
  auto number = [&](int place, uint64_t usual) {
    return place < count ? std::strtoull(arguments[place], nullptr, 10) : usual;
  };
  simulator::options options;
  options.grants.resize(3);
  options.grants[1].provider = simulator::provider::microsoft;
  options.grants[2].provider = simulator::provider::imap;
  options.settings.imap_horizon = std::chrono::seconds{0}; // the SDK has no query_imap for threads
  for (auto& grant : options.grants) {
    grant.mailbox.threads = number(1, 130);
    grant.mailbox.messages_per_thread = static_cast<uint32_t>(number(2, 0));
    grant.mailbox.body_bytes = number(3, 4096);
  }
  try {
    simulator::simulator server{options};
    std::printf("%s\n", server.ready_json().c_str());
    std::fflush(stdout);
    while (std::getchar() != EOF) {
    }
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "%s\n", failure.what());
    return 1;
  }
  return 0;
}
