#pragma once

#include <cstdint>
#include <string>

namespace nova {

/// What cannot be called: one grant's mailbox; everything from this node with its key; everything
/// from this node at all.
enum class outage_scope : uint8_t { grant, application, network };
std::string to_string(outage_scope);

} // namespace nova
