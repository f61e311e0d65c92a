#include "pg/messenger/message_outcome.hpp"

#include "pg/error.hpp"

#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace nova::pg {
namespace {

message_outcome outcome_of(std::string_view text) {
  using enum message_outcome;
  constexpr std::array<std::pair<std::string_view, message_outcome>, 7> names{
    {{"completed", completed},
     {"retrying", retrying},
     {"failed", failed},
     {"released", released},
     {"extended", extended},
     {"stale", stale},
     {"gone", gone}}};
  for (const auto& [name, outcome] : names)
    if (name == text)
      return outcome;
  throw error{failure::decoding,
              "the messenger answered '" + std::string{text} + "', which is no outcome"};
}

} // namespace

std::vector<message_outcome> outcomes_of(const result& rows) {
  std::vector<message_outcome> all;
  for (const auto& text : rows.column<std::string>())
    all.push_back(outcome_of(text));
  return all;
}

} // namespace nova::pg
