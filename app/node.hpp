#pragma once

#include "actors/directory.hpp"
#include "app/node_settings.hpp"
#include "app/readiness.hpp"

#include <functional>
#include <memory>
#include <string>

namespace nova::app {

/// One process of the cluster: the actor system and the supervision tree with what its roles need.
/// The composition root: the only place that knows which actors a node has.
class node {
public:
  /// Starts everything. `died` is called once, from some thread, when the tree gave up: the process
  /// should end.
  node(node_settings settings, std::function<void(std::string reason)> died);
  ~node();

  node(const node&) = delete;
  node& operator=(const node&) = delete;

  /// Stops taking work, lets what runs finish within `stop_timeout`, gives back the rest. Blocks.
  /// Idempotent.
  void stop();

  [[nodiscard]] actor_directory& directory();

  /// Why the node cannot work now, and whether its actors move.
  [[nodiscard]] std::shared_ptr<const readiness_board> readiness() const;

  /// Ends the child of that kind as a crash would, for tests of supervision and drills. False when
  /// none runs.
  bool crash(const std::string& kind);

private:
  class implementation;
  std::unique_ptr<implementation> implementation_;
};

} // namespace nova::app
