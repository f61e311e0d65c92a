#pragma once

#include <compare>
#include <string>

namespace nova {

/// A text id that cannot be mistaken for another kind of id.
template <class Tag>
struct id {
  std::string value;

  // clang-tidy 14 takes the generated comparison with 0 for a pointer.
  friend auto operator<=>(const id&, const id&) = default; // NOLINT(modernize-use-nullptr)
};

template <class Inspector, class Tag>
auto inspect(Inspector& f, id<Tag>& x) {
  return f(x.value);
}

template <class Tag>
const std::string& to_string(const id<Tag>& x) {
  return x.value;
}

} // namespace nova
