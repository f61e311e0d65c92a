#pragma once

#include <string>
#include <string_view>

// PostgreSQL's text holds neither NUL nor malformed UTF-8, and its jsonb no `\u0000` and no half of
// a surrogate pair; email from outside has all of them. What comes from outside passes through here
// once, where it is turned into columns.
namespace nova::pg {

/// True when PostgreSQL takes it as `text`.
[[nodiscard]] bool is_storable_text(std::string_view text);

/// Each NUL and each byte that does not belong to well-formed UTF-8 becomes U+FFFD.
[[nodiscard]] std::string storable_text(std::string_view text);

/// For JSON text on its way to `jsonb`: `\u0000` and unpaired surrogate escapes become `\ufffd`,
/// raw bytes as above.
[[nodiscard]] std::string storable_json(std::string_view json);

} // namespace nova::pg
