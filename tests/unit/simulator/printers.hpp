#pragma once

#include "simulator/options.hpp"

#include <ostream>

namespace nova::simulator {

/// Names the rows of tables of cases.
inline std::ostream& operator<<(std::ostream& out, provider kind) {
  return out << to_string(kind);
}

} // namespace nova::simulator
