#pragma once

#include <optional>
#include <string_view>

namespace nova::pg {

/// An argument whose absence is NULL; valid while the text is.
inline std::optional<std::string_view> unless_empty(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional{text};
}

} // namespace nova::pg
