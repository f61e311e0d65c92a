// Any text: what is read is printed as JSON that is read as the same; a string goes through every
// printer and back.

#include "base/json_text.hpp"
#include "base/log.hpp"
#include "shell/row_query.hpp"
#include "tests/fuzz/storable.hpp"

using namespace nova;

namespace {

std::string printed(const rapidjson::Value& value) {
  rapidjson::StringBuffer buffer;
  base::json_writer writer{buffer};
  value.Accept(writer);
  return buffer.GetString();
}

} // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls this name
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text{reinterpret_cast<const char*>(data), size};
  rapidjson::Document first, again;
  if (json::parse(first, text)) {
    auto once = printed(first);
    fuzz::require(json::parse(again, once).has_value(), "what is printed parses");
    fuzz::require(printed(again) == once, "what is printed is read as the same");
  }
  auto in_place = text;
  rapidjson::Document own;
  if (json::parse_in_place(own, in_place))
    fuzz::require(printed(own) == printed(first), "in place and copied are read alike");
  fuzz::require_json(base::json_string(text));
  fuzz::require_json(base::render_json("Fuzz", base::log_level::info, text, {{"text", text}}));
  return 0;
}
