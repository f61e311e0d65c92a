#pragma once

#include "app/settings.hpp"
#include "base/exit_code.hpp"

#include <iosfwd>
#include <stdexcept>
#include <string>

namespace nova::app {

using base::exit_code;

/// Ends a command with one line on standard error.
class command_error : public std::runtime_error {
public:
  command_error(exit_code code, const std::string& what) : std::runtime_error(what), code_(code) {}

  [[nodiscard]] exit_code code() const noexcept {
    return code_;
  }

private:
  exit_code code_;
};

/// What every command is given.
struct context {
  loaded_settings loaded;
  bool json = false;
  std::ostream& out;
  std::ostream& err;
  /// `out` is a terminal: tables may be drawn and bars moved.
  bool terminal = false;
  /// Where a person answers what a command asks; null where nobody sits.
  std::istream* answers = nullptr;

  [[nodiscard]] const settings& values() const {
    return loaded.values;
  }
};

} // namespace nova::app
