#pragma once

#include "app/settings.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::app {

/// How bad it is, for who watches by `nova doctor --check`.
enum class severity : uint8_t { warning, critical };

/// One thing that was looked at.
struct finding {
  std::string check;
  bool ok = true;
  std::string text;
  std::string advice; // what to do; when it is ok, what would be better; empty when it is fine
  severity level = severity::warning; // when it is not ok
};

/// Looks at what the tables say is due and does not move, as the shell's `doctor` does, and at
/// everything that document 003's troubleshooting sections name. Blocks; never throws for
/// what it examines. What cannot be looked at because something before it failed is left out.
std::vector<finding> examine(const loaded_settings& loaded);

} // namespace nova::app
