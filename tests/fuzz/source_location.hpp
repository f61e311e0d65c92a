#pragma once

#include <version>

// clang 14, which Debian 12 has for its libFuzzer, lacks the builtin that libstdc++'s
// <source_location> needs.
#ifndef __cpp_lib_source_location
namespace std {
struct source_location {
  const char* file = "";
  unsigned at = 0;

  static source_location current(const char* file = __builtin_FILE(),
                                 unsigned line = __builtin_LINE()) {
    return {file, line};
  }
  const char* file_name() const {
    return file;
  }
  unsigned line() const {
    return at;
  }
};
} // namespace std
#endif
