#pragma once

#include "shell/client.hpp"
#include "shell/session.hpp"
#include "tests/cluster/node_process.hpp"

#include <sstream>
#include <string>
#include <utility>

namespace nova::test {

/// `n1` and `n2` on one database; a shell asks `n1`.
struct two_nodes : node_fixture {
  /// What a shell prints, and how it ends.
  std::pair<base::exit_code, std::string> ask(const std::string& commands, const std::string& role,
                                              shell::format as = shell::format::table) {
    shell::client asked{{folder.path() + "/n1", role, {}, {}}};
    shell::session_options how;
    how.as = as;
    std::ostringstream out;
    shell::session in{asked, std::move(how), out, out};
    auto result = in.run(commands);
    return {result, out.str()};
  }

  temporary_folder folder;
  node_process n1{*this, "n1", {{"NOVA_INSPECT", folder.path() + "/n1"}}};
  node_process n2{*this, "n2", {{"NOVA_INSPECT", folder.path() + "/n2"}}};
};

} // namespace nova::test
