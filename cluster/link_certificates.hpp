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
};

/// Makes a private authority (`ca.crt`, `ca.key`) unless the folder has one, and for each node a
/// certificate of it with its key (`NODE.crt`, `NODE.key`). Keys are readable by their owner alone.
/// For tests and small clusters: whoever has `ca.key` can make a node. Throws
/// `std::runtime_error` that names the file; never overwrites one.
std::vector<tls_files> make_certificates(const certificate_order& order);

} // namespace nova::cluster
