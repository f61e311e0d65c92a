#pragma once

#include "app/settings.hpp"
#include "base/finding.hpp"

#include <vector>

namespace nova::app {

/// What is wrong with this machine's settings, key and way to the database; with the server and
/// what its tables say is due and does not move; and with what the nodes see of themselves, when
/// one answers on this machine. The worst first, then what is fine. Blocks; never throws for what
/// it examines. What cannot be looked at because something before it failed is left out.
struct examination {
  std::vector<base::finding> found;
  bool database_reached = false;
};
examination examine(const loaded_settings& loaded);

} // namespace nova::app
