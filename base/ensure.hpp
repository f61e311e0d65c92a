#pragma once

#include <source_location>
#include <stdexcept>

namespace nova::base {

/// A promise of our own code that did not hold: the actor that finds it ends, is recorded and restarted.
class broken_promise : public std::logic_error {
public:
  using std::logic_error::logic_error;
};

/// Throws `broken_promise` that names `what` and the place when `condition` is false.
void ensure(bool condition, const char* what,
            std::source_location where = std::source_location::current());

} // namespace nova::base
