#pragma once

#include "app/node.hpp"
#include "shell/client.hpp"
#include "shell/session.hpp"
#include "tests/support/node_fixture.hpp"

#include <memory>
#include <sstream>
#include <string>

namespace nova::test {

/// What a command printed and how it ended.
struct shell_result {
  base::exit_code how = base::exit_code::done;
  std::string out, err;

  [[nodiscard]] bool says(const std::string& text) const {
    return out.find(text) != std::string::npos || err.find(text) != std::string::npos;
  }
};

/// A live node with its inspection socket, and a shell over it.
struct shell_fixture : node_fixture {
  explicit shell_fixture(const simulator::options& provider_options = a_mailbox(10));

  /// How `n1` is started: with its inspection socket.
  app::node_settings inspected();
  /// Starts the node `n1`.
  void start() {
    start(inspected());
  }
  void start(app::node_settings how);

  /// Runs commands as `nova shell -c` does.
  shell_result run(const std::string& text, const std::string& role = "view",
                   shell::format as = shell::format::table);
  /// The same at that address.
  static shell_result run_at(shell::client_settings at, const std::string& text,
                             shell::format as = shell::format::table);
  shell_result json(const std::string& text) {
    return run(text, "view", shell::format::json);
  }

  [[nodiscard]] std::string socket() const {
    return folder.path() + "/n1.sock";
  }

  temporary_folder folder;
  std::unique_ptr<app::node> node;
};

/// Registers an actor that says of itself what a test needs.
struct pretended_actor {
  pretended_actor(actor_directory& in, actor_name name);
  directory_slot slot;
  std::shared_ptr<actor_activity> activity = std::make_shared<actor_activity>();
};

/// Whether a text is one JSON document.
bool is_json(const std::string& text);

} // namespace nova::test

namespace nova::base {
std::ostream& operator<<(std::ostream& out, exit_code how);
}
