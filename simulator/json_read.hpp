#pragma once

#include "base/bad_input.hpp"

#include <rapidjson/document.h>
#include <tl/expected.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nova::simulator {

/// Whole and valid JSON in valid UTF-8, at most 64 levels deep.
tl::expected<rapidjson::Document, base::bad_input> read_json(std::string_view text);

/// The value as compact JSON.
std::string to_json(const rapidjson::Value& value);

/// Reads the fields of an object that a user wrote. What is absent keeps its default; the first
/// fault, a field nobody asked for included, is what `finish` returns.
class object_reader {
public:
  object_reader(const rapidjson::Value& from, std::string where);

  using reader =
    std::function<tl::expected<void, base::bad_input>(const rapidjson::Value&, const std::string&)>;

  void text(const char* name, std::string& out);
  void truth(const char* name, bool& out);
  void whole(const char* name, uint64_t& out);
  void number(const char* name, double& out, double low, double high);
  void texts(const char* name, std::vector<std::string>& out);
  void other(const char* name, const reader& read);

  /// True when the object has that field.
  [[nodiscard]] bool has(const char* name) const;

  std::optional<base::bad_input> finish();

private:
  const rapidjson::Value* find(const char* name);
  void refuse(const char* name, const std::string& reason);

  const rapidjson::Value& from_;
  std::string where_;
  std::vector<std::string> known_;
  std::optional<base::bad_input> bad_;
};

} // namespace nova::simulator
