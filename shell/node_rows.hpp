#pragma once

#include "shell/backend.hpp"
#include "shell/rows.hpp"

#include <string>

namespace nova::shell {

/// Nodes as the tables know them (`tables/nodes…`), each that answers with what it takes of its
/// machine: cpu (percent of one processor), rss_mb, threads, fds, fds_max, zone. One that runs
/// alone is in no table; its state is `alone`.
rows ask_nodes(backend& asked, const std::string& target);

} // namespace nova::shell
