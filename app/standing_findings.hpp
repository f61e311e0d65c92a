#pragma once

#include "app/settings.hpp"
#include "base/finding.hpp"

#include <vector>

namespace nova::app {

/// What is wrong with the settings of a process for as long as it runs: pauses of the service of
/// document 003 that are in force, with what each costs (such lines are taken over with an old
/// `.env`; there they kept within the provider's limits, here PACING=adaptive does), and what leads
/// the key or the mail over a way that others can see or bend. `what` is the setting. A node says
/// them in its log when it starts and to whoever asks it; `nova doctor` says those of its own
/// environment. Pure.
std::vector<base::finding> standing_findings(const loaded_settings& loaded);

} // namespace nova::app
