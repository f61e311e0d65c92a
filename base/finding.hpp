#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace nova::base {

/// How bad a finding is. The numbers go over the wire: append only.
enum class finding_level : uint8_t {
  critical, // work stands still, or mail may be late
  warning,  // somebody should look
  note,     // somebody wants it so, or it would be better otherwise: nothing is wrong
  fine,     // it was looked at, and is as it should be
};

/// The word that people and programs read: CRIT, WARN, NOTE, OK.
constexpr std::string_view to_string(finding_level level) {
  switch (level) {
    case finding_level::critical: return "CRIT";
    case finding_level::warning: return "WARN";
    case finding_level::note: return "NOTE";
    case finding_level::fine: return "OK";
  }
  return "CRIT";
}

/// What `doctor` says of one thing, from wherever it is asked.
struct finding {
  finding_level level = finding_level::warning;
  std::string what; // a node, NODE/KIND/KEY, KIND:NAME, or one word as `database`
  std::string text;
  std::string since; // ISO 8601; empty: not known
  std::string next;  // a line of the shell, a command, or what to do in words
};

} // namespace nova::base
