#pragma once

#include "app/settings.hpp"

#include <iosfwd>
#include <string>
#include <vector>

namespace nova::app {

/// The sockets of this user's nodes, in order.
std::vector<std::string> sockets_here();

/// The socket of the node of this machine: the one that is set, else that of the node's own name,
/// else the first in this user's folder at which a node answers; `told` hears which of several. A
/// process that was killed leaves its socket, and one that stands still takes connections and says
/// nothing.
std::string find_socket(const settings& values, std::ostream* told = nullptr);

} // namespace nova::app
