#pragma once

#include <rapidjson/document.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nova::syncs {

/// An object of JSON that somebody set. What is not of the kind that is asked for, or is no known
/// setting, is a `sync_failure` of class `config` that names it and says what is accepted.
class stream_settings {
public:
  /// `where` is named in failures: `settings of crm/contacts`.
  stream_settings(std::string where, std::string_view text);

  [[nodiscard]] std::string text(const char* name, std::string otherwise = {}) const;
  [[nodiscard]] std::optional<int64_t> number(const char* name, int64_t least, int64_t most) const;
  [[nodiscard]] bool flag(const char* name, bool otherwise) const;
  /// A list of texts; a text alone is a list of one.
  [[nodiscard]] std::vector<std::string> list(const char* name) const;
  /// An object; an empty one where there is none.
  [[nodiscard]] stream_settings part(const char* name) const;
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> texts(const char* name) const;

  [[nodiscard]] bool empty() const {
    return document_.ObjectEmpty();
  }

  void expect_known(std::initializer_list<std::string_view> names) const;

  [[noreturn]] void refuse(const std::string& name, const std::string& why) const;

private:
  [[nodiscard]] const rapidjson::Value* find(const char* name) const;

  std::string where_;
  rapidjson::Document document_;
};

} // namespace nova::syncs
