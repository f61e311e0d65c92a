#include "base/ensure.hpp"

#include <string>

namespace nova::base {

void ensure(bool condition, const char* what, const char* file, int line) {
  if (!condition)
    throw broken_promise(std::string(what) + " (" + file + ":" + std::to_string(line) + ")");
}

} // namespace nova::base
