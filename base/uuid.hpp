#pragma once

#include <string_view>

namespace nova::base {

/// Whether a text is a UUID as RFC 9562 writes it: 32 hexadecimal digits of either case, in groups
/// of 8-4-4-4-12. PostgreSQL reads more forms and refuses others in words of its own.
[[nodiscard]] bool is_uuid(std::string_view text);

} // namespace nova::base
