#pragma once

#include "app/settings.hpp"

#include <string>

namespace nova::app {

/// The socket of the node of this machine: the one that is set, else that of the node's own name,
/// else the first in this user's folder at which somebody listens.
std::string find_socket(const settings& values);

} // namespace nova::app
