#include "base/ensure.hpp"

#include <string>

namespace nova::base {

void ensure(bool condition, const char* what, std::source_location where) {
  if (!condition)
    throw broken_promise(std::string(what) + " (" + where.file_name() + ":"
                         + std::to_string(where.line()) + ")");
}

} // namespace nova::base
