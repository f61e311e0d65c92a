#pragma once

#include "actors/directory.hpp"
#include "base/process_usage.hpp"
#include "messages/wire.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace nova::inspection {

struct viewed_node {
  std::string name;
  std::shared_ptr<actor_directory> directory;
  /// The name of a message type by its number.
  std::function<std::string(uint16_t)> message_name = {};
  /// What is wrong with it beside its actors; may be empty.
  std::function<std::vector<base::finding>()> own_findings = {};
  /// What it takes of its machine; may be empty.
  std::function<base::process_usage()> usage = {};
};

/// What a node answers for itself, straight from its directory: its actors, what it finds wrong,
/// their failures, and what they do while somebody follows. Thread-safe; nothing here waits for an
/// actor.
class actor_view {
public:
  explicit actor_view(viewed_node of);

  /// Status 400 for a condition or an order that cannot be understood, 429 when too many follow.
  node_inspected answer(const inspect_node& question);

private:
  node_inspected actors(const inspect_node& question) const;
  node_inspected findings() const;
  node_inspected failures(const inspect_node& question) const;
  node_inspected trace(const inspect_node& question);
  node_inspected details(const inspect_node& question) const;
  [[nodiscard]] node_inspected process() const;
  [[nodiscard]] node_inspected begin() const;
  [[nodiscard]] std::string message(uint16_t type) const;

  viewed_node of_;
  mutable std::mutex mutex_; // of the followers
  struct session {
    std::unique_ptr<trace_tap::follower> follower;
    std::chrono::steady_clock::time_point asked;
  };
  std::map<std::string, session> sessions_;
};

} // namespace nova::inspection
