#pragma once

#include "actors/directory.hpp"
#include "messages/wire.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace nova::inspection {

/// What is in the mailboxes of the actors of that path, and who hears of their ends, of `limit` at
/// most. Looks at every actor of the node, a millisecond for ten thousand; waits for none.
std::vector<inspected_details> details_of(const actor_directory& directory, std::string_view path,
                                          uint32_t limit,
                                          const std::function<std::string(uint16_t)>& name_of_type);

} // namespace nova::inspection
