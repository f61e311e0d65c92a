#pragma once

#include "base/bad_input.hpp"

#include <tl/expected.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nova::shell {

/// One command as it was typed.
struct line {
  std::vector<std::string> words;             // the command's name first
  std::map<std::string, std::string> options; // without dashes; a flag has the value `true`

  [[nodiscard]] bool has(const std::string& option) const {
    return options.count(option) > 0;
  }
  [[nodiscard]] std::string option(const std::string& name, std::string otherwise = {}) const;
};

/// Takes text apart into commands: `;` and line ends part them, ' and " hold words together, `#`
/// at the beginning of a word starts a comment; a word that begins with a quote is no option.
/// `--name value`, `--name=value`, `-o json`. Fails
/// when a quote is not closed, an option has no value, or there is no such option.
tl::expected<std::vector<line>, base::bad_input> parse_lines(std::string_view text);

/// Every long option, without dashes.
[[nodiscard]] std::vector<std::string> option_names();

/// A line as it goes into the history: values of what looks like a secret become `***`. Empty, so
/// not to be kept, above 4,096 bytes.
std::string without_secrets(std::string_view text);

} // namespace nova::shell
