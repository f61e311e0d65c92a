#pragma once

#include <string>

namespace nova::base {

/// Why bytes from outside were refused: JSON, HTTP, settings. Travels in `tl::expected<T,
/// bad_input>`.
struct bad_input {
  /// The setting, field or place in the document, for example `data[3].thread_id`.
  std::string where;
  /// What is wrong and what is accepted, without the value when it may be secret or long.
  std::string reason;
};

/// One line for a log or a terminal: `where: reason`.
inline std::string to_string(const bad_input& x) {
  return x.where.empty() ? x.reason : x.where + ": " + x.reason;
}

} // namespace nova::base
