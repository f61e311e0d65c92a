#pragma once

namespace nova::base {

/// How a program ends, and each command of the shell: the same for all of them.
enum class exit_code : int {
  done = 0,
  failed = 1,      // the work
  usage = 2,       // wrong usage or configuration
  unreachable = 3, // something that it depends on
  partial = 4,     // some nodes did not answer
  denied = 5,
  timed_out = 6,
  nothing = 7, // nothing matched
};

/// For the help of commands.
constexpr const char* exit_codes_help =
  "Exit codes: 0 done, 1 the work failed, 2 wrong usage or configuration, 3 something cannot be "
  "reached;\nof `nova shell` also 4 some nodes did not answer, 5 denied, 6 timed out, 7 nothing "
  "matched.";

} // namespace nova::base
