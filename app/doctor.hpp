#pragma once

#include "app/settings.hpp"

#include <string>
#include <vector>

namespace nova::app {

/// One thing that was looked at.
struct finding {
  std::string check;
  bool ok = true;
  std::string text;
  std::string advice; // what to do; empty when it is fine
};

/// Looks at everything that document 003's troubleshooting sections name. Blocks; never throws for
/// what it examines. What cannot be looked at because something before it failed is left out.
std::vector<finding> examine(const loaded_settings& loaded);

} // namespace nova::app
