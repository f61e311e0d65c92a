#pragma once

#include <cstdint>

namespace nova::app {

/// Raises the soft limit of open files to the hard one and returns it. Shells and ssh give 1,024.
uint64_t raise_descriptor_limit();

} // namespace nova::app
