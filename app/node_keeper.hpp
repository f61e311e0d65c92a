#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

namespace nova::app {

/// Stops and starts nodes for `nova cluster roll`. Every function throws `std::runtime_error` in
/// words when what it tried came to nothing.
class node_keeper {
public:
  virtual ~node_keeper() = default;

  /// What these do, for who reads a plan.
  [[nodiscard]] virtual std::string how_to_stop(const std::string& node) const = 0;
  [[nodiscard]] virtual std::string how_to_start(const std::string& node) const = 0;

  /// Before any node is touched: whether it could be.
  virtual void expect(const std::string& node, const std::string& machine) = 0;
  /// Has it end in order; it may still be about to when this returns.
  virtual void stop(const std::string& node) = 0;
  virtual void start(const std::string& node) = 0;
  /// That what was started has ended by now; empty while it runs or where that cannot be seen.
  virtual std::string ended(const std::string& node) = 0;
};

/// By commands of `/bin/sh`, in which `{node}` stands for the name. A command that fails, by its
/// exit status, throws.
std::unique_ptr<node_keeper> keep_by_commands(std::string stop, std::string start);

/// By the `nova cluster up` of this machine whose children the nodes are (`app/local_cluster`).
std::unique_ptr<node_keeper> keep_by_local_cluster();

/// Whether a name can stand in a command as it is.
[[nodiscard]] bool plain_name(const std::string& name);

} // namespace nova::app
