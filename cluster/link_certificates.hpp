#pragma once

#include "cluster/link_channel.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace nova::cluster {

/// Which certificates to make and where.
struct certificate_order {
  std::string folder; // made when it is not there
  std::vector<std::string> nodes;
  std::chrono::hours valid{24 * 365};
  /// Each is good for a node of any name, not only for that of its own.
  bool shared = false;
  /// Those that are there are replaced by new ones with new keys; an authority that would end
  /// before them gets a new certificate of its old key, so that what it signed stays good.
  bool renew = false;
};

/// Makes a private authority (`ca.crt`, `ca.key`) unless the folder has one, and for each node a
/// certificate of it with its key (`NODE.crt`, `NODE.key`). Keys are readable by their owner alone.
/// For tests and small clusters: whoever has `ca.key` can make a node. Throws
/// `std::runtime_error` that names the file; overwrites one only where it renews.
std::vector<tls_files> make_certificates(const certificate_order& order);

/// The name among those of a certificate that makes it good for a node of any name.
inline constexpr const char* any_node = "any-node.nova";

} // namespace nova::cluster
