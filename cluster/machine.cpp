#include "cluster/machine.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <fstream>

namespace nova::cluster {

std::string this_machine() {
  std::ifstream file{"/proc/sys/kernel/random/boot_id"};
  std::string boot;
  struct stat network {};
  if (!std::getline(file, boot) || ::stat("/proc/self/ns/net", &network) != 0)
    return {};
  return boot + '/' + std::to_string(network.st_ino);
}

std::string host_name() {
  char name[HOST_NAME_MAX + 1] = {};
  return ::gethostname(name, HOST_NAME_MAX) == 0 && name[0] != '\0' ? name : "node";
}

bool means_the_same(std::string_view address, std::string_view machine, std::string_view own) {
  // Addresses are digits, as `link_server::address` says.
  auto loopback = address.starts_with("127.") || address.starts_with("[::1]");
  return !loopback || machine == own;
}

} // namespace nova::cluster
