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

/// The provider's opaque ids, as the Nylas API writes them.
using grant_id = id<struct grant_tag>;
using thread_id = id<struct thread_tag>;
using message_id = id<struct message_tag>;

/// Our own ids: a uuid in its canonical text form.
using inbox_id = id<struct inbox_tag>;
using config_id = id<struct config_tag>;
using notification_id = id<struct notification_tag>;

} // namespace nova
