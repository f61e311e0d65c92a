#pragma once

#include <string_view>

namespace nova::pg {

/// The version of this program: what it cannot read, a later one may.
std::string_view program_version();

} // namespace nova::pg
