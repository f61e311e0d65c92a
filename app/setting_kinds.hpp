#pragma once

#include "app/settings.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace nova::app {

setting_kind whole_number(uint32_t settings::*field, uint64_t least, uint64_t most);
setting_kind duration_of(std::chrono::milliseconds settings::*field, uint64_t least, uint64_t most);
setting_kind duration_of(std::chrono::seconds settings::*field, uint64_t least, uint64_t most);
setting_kind duration_of(std::optional<std::chrono::milliseconds> settings::*field, uint64_t most);
setting_kind truth(bool settings::*field);
/// A text of one line.
setting_kind line_of_text(std::string settings::*field);
/// The same with a length in bytes.
setting_kind line_of_text(std::string settings::*field, size_t least, size_t most,
                          std::string accepted);
/// HOST:PORT, or off: nowhere.
setting_kind address_or_off(std::optional<address> settings::*field);
/// Texts with commas between, none empty, none with a space; `is_good` says whether one may be in
/// it.
setting_kind list_of(std::vector<std::string> settings::*field, size_t most, std::string accepted,
                     std::function<bool(const std::string&)> is_good);
setting_kind attachments_kind();
setting_kind log_level_kind();
setting_kind log_format_kind();
setting_kind inspect_kind();
setting_kind inspect_tokens_kind();

/// `a, b or c`.
std::string words_of(const std::vector<std::string>& words);

/// One of a few words, each with what it means.
template <class T>
setting_kind one_of(T settings::*field, std::vector<std::pair<std::string, T>> words) {
  auto find = [words](auto matches) {
    auto found = std::ranges::find_if(words, matches);
    return found == words.end() ? std::nullopt : std::optional{*found};
  };
  std::vector<std::string> accepted;
  for (const auto& [word, meaning] : words)
    accepted.push_back(word);
  return {words_of(accepted),
          [field, find](settings& to, const std::string& text) {
            auto found = find([&](const auto& word) { return word.first == text; });
            if (found)
              to.*field = found->second;
            return found.has_value();
          },
          [field, find](const settings& from) {
            auto found = find([&](const auto& word) { return word.second == from.*field; });
            return found ? found->first : std::string{};
          }};
}

/// The parts of a list with commas between.
std::vector<std::string> split_list(std::string_view text);
std::string join_list(const std::vector<std::string>& parts);

} // namespace nova::app
