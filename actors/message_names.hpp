#pragma once

#include <cstdint>
#include <string>
#include <typeinfo>

namespace nova {

/// A number for a type of message, the same for as long as the process lives; 0 when more than
/// 4,000 types were seen. Costs one load for a type that was seen before. Any thread.
uint16_t number_of_type(const std::type_info& type) noexcept;

/// `store_messages` for the number of `nova::store_messages`; empty for 0.
std::string name_of_type(uint16_t number);

} // namespace nova
