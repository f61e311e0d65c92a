#include "shell/line.hpp"

#include "shell/suggestion.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <regex>

namespace nova::shell {
namespace {

// Options that take a value, and those that do not.
constexpr std::array<std::string_view, 22> with_value = {
  "o",     "output", "where",  "sort", "limit", "columns", "over",  "since",
  "group", "for",    "reason", "by",   "max",   "rate",    "times", "node",
  "kind",  "watch",  "window", "to",   "wait",  "rfc822"};
constexpr std::array<std::string_view, 4> flags = {"yes", "dry-run", "no-headers", "all"};

// The library's regular expressions take a frame of the stack for each character.
constexpr size_t history_bytes_max = 4096;

// What a system shell would do with such a word, and this one does not.
constexpr std::array<std::string_view, 7> foreign = {"|", ">", ">>", "<", "&", "&&", "||"};

template <class List>
bool contains(const List& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

struct token {
  std::string text;
  bool quoted = false; // from its beginning: then it is a word, whatever it looks like
  bool ends_line = false;
};

tl::expected<std::vector<token>, base::bad_input> tokens_of(std::string_view text) {
  std::vector<token> all;
  std::optional<token> open;
  auto close = [&] {
    if (open)
      all.push_back(std::move(*open));
    open.reset();
  };
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == ';' || c == '\n') {
      close();
      all.push_back({{}, false, true});
    } else if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      close();
    } else if (c == '#' && !open) {
      i = std::min(text.find('\n', i), text.size()) - 1;
    } else if (c == '\'' || c == '"') {
      auto end = text.find(c, i + 1);
      if (end == std::string_view::npos)
        return tl::unexpected(base::bad_input{"", std::string{"a "} + c + " is not closed"});
      if (!open)
        open.emplace().quoted = true;
      open->text += text.substr(i + 1, end - i - 1);
      i = end;
    } else {
      if (!open)
        open.emplace();
      open->text.push_back(c);
    }
  }
  close();
  all.push_back({{}, false, true});
  return all;
}

} // namespace

std::vector<std::string> option_names() {
  std::vector<std::string> all{with_value.begin(), with_value.end()};
  all.insert(all.end(), flags.begin(), flags.end());
  std::erase(all, "o"); // the short one
  return all;
}

std::string line::option(const std::string& name, std::string otherwise) const {
  auto found = options.find(name);
  if (found == options.end())
    return otherwise;
  return found->second;
}

tl::expected<std::vector<line>, base::bad_input> parse_lines(std::string_view text) {
  auto tokens = tokens_of(text);
  if (!tokens)
    return tl::unexpected(tokens.error());
  std::vector<line> lines;
  line now;
  for (size_t i = 0; i < tokens->size(); ++i) {
    auto& each = (*tokens)[i];
    if (each.ends_line) {
      if (!now.words.empty())
        lines.push_back(std::exchange(now, {}));
      else if (!now.options.empty())
        return tl::unexpected(base::bad_input{"", "a command is missing before its options"});
      continue;
    }
    bool option = each.text.size() > 1 && each.text[0] == '-' && !each.quoted
                  && std::isdigit(static_cast<unsigned char>(each.text[1])) == 0;
    if (!each.quoted && contains(foreign, each.text))
      return tl::unexpected(base::bad_input{
        "'" + each.text + "'", "this shell has no pipes and no files: -o jsonl, and `nova shell -c "
                               "'…'` in a shell that has"});
    if (!option) {
      now.words.push_back(std::move(each.text));
      continue;
    }
    auto name = each.text.substr(std::min(each.text.find_first_not_of('-'), each.text.size()));
    auto equals = name.find('=');
    auto value = equals == std::string::npos ? std::optional<std::string>{}
                                             : std::optional{name.substr(equals + 1)};
    name = name.substr(0, equals);
    if (contains(flags, name) && !value) {
      now.options[name] = "true";
      continue;
    }
    if (!contains(with_value, name))
      return tl::unexpected(base::bad_input{"--" + name, "there is no such option"
                                                           + did_you_mean(name, option_names())});
    if (!value && (*tokens)[i + 1].ends_line && name != "watch")
      return tl::unexpected(base::bad_input{"--" + name, "a value is missing"});
    if (!value)
      value = (*tokens)[i + 1].ends_line ? "1s" : (*tokens)[++i].text;
    now.options[name == "o" ? "output" : name] = *value;
  }
  return lines;
}

std::string without_secrets(std::string_view text) {
  if (text.size() > history_bytes_max)
    return {};
  static const std::regex secret{
    R"(((?:token|secret|password|passwd|api[-_]?key|bearer|authorization)\s*[=: ]\s*(?:(?:bearer|basic)\s+)?)('[^']*'|"[^"]*"|\S+))",
    std::regex::icase};
  static const std::regex url{R"((\w+://[^:/\s]+:)[^@\s]+@)"};
  auto masked = std::regex_replace(std::string{text}, secret, "$1***");
  return std::regex_replace(masked, url, "$1***@");
}

} // namespace nova::shell
