#pragma once

#include "actors/directory.hpp"
#include "base/clock.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace nova::inspection {

/// What goes along when an actor of a node ends, as the directory knows it.
struct blast_radius {
  struct part {
    std::string path;  // `kind/key`
    size_t actors = 1; // it and all below it
  };

  /// Who ends because the actor does, up to the one that a supervisor starts again.
  std::vector<std::string> above;
  size_t below = 0; // actors below the last of these, or below the actor
  /// Who starts it again, or the last of those above it; empty: no supervisor does.
  std::string supervisor;
  /// Who is restarted with it, in the order in which they start.
  std::vector<part> along;
  std::string budget; // how often it may be restarted still, in words
  std::string beyond; // what becomes of it this time, when that is used up
  bool links = false; // the links of the node drop
  size_t threads = 0; // claimed threads that go back to the queue
  size_t leases = 0;  // that go back to the cluster
};

/// What goes along with that actor. Of a parked one: what is taken up with it.
[[nodiscard]] blast_radius blast_radius_of(const actor_directory& directory, const actor_row& of);

/// What an act on an actor does, in a sentence, with all that goes along. `supervised`: its parent
/// restarts it when it is told to.
[[nodiscard]] std::string plan_of(const std::string& action, const actor_row& row, bool supervised,
                                  const blast_radius& radius);

} // namespace nova::inspection
