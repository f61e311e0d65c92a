#pragma once

#include "app/child_process.hpp"
#include "demo/demo.hpp"
#include "nylas/api.hpp"
#include "pg/embedded.hpp"
#include "simulator/simulator.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nova::demo {

/// The simulated mailbox that was asked for. Throws `app::command_error` when the fault script is
/// wrong.
simulator::options mailbox_of(const demo_options& options);

/// Everything around the demo's nodes: a private database with all migrations, the simulated
/// provider, and the node processes. All of it ends with its object.
class demo_world {
public:
  explicit demo_world(const demo_options& options);
  ~demo_world();

  demo_world(const demo_world&) = delete;
  demo_world& operator=(const demo_world&) = delete;

  [[nodiscard]] const std::string& folder() const {
    return folder_;
  }
  [[nodiscard]] std::string database_url() const;
  [[nodiscard]] simulator::simulator& provider() {
    return *provider_;
  }
  [[nodiscard]] nylas::api_settings api() const;
  [[nodiscard]] size_t nodes() const {
    return processes_.size();
  }

  /// It comes back at the same address, once that was asked for.
  void kill_and_restart(size_t index);

  /// Ends PostgreSQL under whoever uses it, in order or as a crash, and starts it again. Blocks
  /// until it answers.
  void restart_database(bool crash);

  /// Throws `std::runtime_error` with where its log is when a node has ended by itself.
  void expect_nodes_alive();

  /// CPU and memory of all node processes together; the largest memory is that of the largest one.
  [[nodiscard]] app::child_process::usage used() const;

  /// `host:port` of a node's HTTP side. Waits until it listens; throws when it does not within ten
  /// seconds.
  [[nodiscard]] std::string http_address(size_t index);

private:
  void start_node(size_t index);
  [[nodiscard]] std::string log_of(size_t index) const;

  std::string folder_;
  std::string strategy_;
  bool temporary_ = false;
  std::unique_ptr<pg::embedded> database_;
  std::unique_ptr<simulator::simulator> provider_;
  std::vector<std::unique_ptr<app::child_process>> processes_;
  std::vector<std::string> addresses_; // of the nodes' HTTP sides, where they are known
  double cpu_of_killed_ = 0;
};

} // namespace nova::demo
