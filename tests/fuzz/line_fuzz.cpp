// Lines of the shell: what is typed is taken apart or refused, and a word in quotes stays a word.

#include "shell/line.hpp"
#include "tests/fuzz/storable.hpp"

using namespace nova;

namespace {

/// In double quotes, but for these.
std::string quoted(const std::string& word) {
  std::string out = "\"";
  for (char c : word)
    out += c == '"' ? std::string{R"("'"'")"} : std::string{c};
  return out + '"';
}

/// An option without a value leaves the next word alone.
bool is_flag(const std::string& option) {
  return shell::parse_lines("x --" + option + " word").value().front().words.size() == 2;
}

} // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls this name
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text{reinterpret_cast<const char*>(data), size};
  (void)shell::without_secrets(text);
  auto lines = shell::parse_lines(text);
  if (!lines) {
    fuzz::require(!lines.error().reason.empty(), "a refusal says why");
    return 0;
  }
  for (const auto& line : *lines) {
    fuzz::require(!line.words.empty(), "a line has a command");
    std::string again;
    for (const auto& word : line.words)
      again += quoted(word) + ' ';
    for (const auto& [name, value] : line.options)
      again += is_flag(name) ? "--" + name + ' ' : "--" + name + '=' + quoted(value) + ' ';
    auto read = shell::parse_lines(again);
    fuzz::require(read && read->size() == 1 && read->front().words == line.words,
                  "words in quotes are read as they were");
    fuzz::require(read->front().options == line.options, "options are read as they were");
  }
  return 0;
}
