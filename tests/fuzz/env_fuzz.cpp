// Files of settings: every entry, written again in double quotes, is read as it was.

#include "app/env_file.hpp"
#include "tests/fuzz/storable.hpp"

using namespace nova;

namespace {

std::string quoted(const std::string& value) {
  std::string out = "\"";
  for (char c : value) {
    if (c == '"' || c == '\\')
      out += '\\';
    out += c == '\n' ? std::string{"\\n"} : std::string{c};
  }
  return out + '"';
}

} // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls this name
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text{reinterpret_cast<const char*>(data), size};
  auto entries = app::parse_env_file(text);
  if (!entries) {
    fuzz::require(!entries.error().reason.empty(), "a refusal says why");
    return 0;
  }
  std::string again;
  for (const auto& [name, value] : *entries)
    again += "export " + name + '=' + quoted(value) + " # as it was\n";
  auto read = app::parse_env_file(again);
  fuzz::require(read && *read == *entries, "entries are read as they were");
  return 0;
}
