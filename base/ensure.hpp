#pragma once

#include <stdexcept>

namespace nova::base {

/// A promise of our own code that did not hold: the actor that finds it ends, is recorded and
/// restarted.
class broken_promise : public std::logic_error {
public:
  using std::logic_error::logic_error;
};

/// Throws `broken_promise` that names `what` and the place when `condition` is false.
/// The place is passed by builtins, because clang 14, which lints, has no std::source_location.
void ensure(bool condition, const char* what, const char* file = __builtin_FILE(),
            int line = __builtin_LINE());

} // namespace nova::base
