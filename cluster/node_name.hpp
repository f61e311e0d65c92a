#pragma once

#include "pg/cluster/register_node.hpp"

#include <stdexcept>

namespace nova::cluster {

/// A living node has the name that another wants. `what()` says which one, and what to do.
class name_taken : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// When pg::register_node finds a living node of that name: the incarnation that may be replaced,
/// because its process is gone or its user insists; 0: the name is free by now. An end that cannot
/// be seen is waited for, a lease at most. Throws `name_taken` when the other renews its lease.
[[nodiscard]] int64_t whom_to_replace(pg::connection& conn, const pg::node_start& start,
                                      bool insist);

} // namespace nova::cluster
