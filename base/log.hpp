#pragma once

#include "base/bad_input.hpp"
#include "base/id.hpp"

#include <tl/expected.hpp>

#include <chrono>
#include <concepts>
#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

namespace nova::base {

/// What varies in a log line. Quoted in text form only where it has spaces, quotes or control
/// characters.
class field_value {
public:
  field_value(std::string_view text) : text_(text) {}
  field_value(const std::string& text) : text_(text) {}
  field_value(const char* text) : text_(text) {}
  field_value(bool value) : text_(value ? "true" : "false"), bare_(true) {}

  template <std::integral T>
    requires(!std::same_as<T, bool> && !std::same_as<T, char>)
  field_value(T value) : text_(std::to_string(value)), bare_(true) {}

  field_value(double value);

  template <class Tag>
  field_value(const id<Tag>& value) : text_(value.value) {}

  /// Milliseconds, rounded; the field's name says `_ms`.
  template <class Rep, class Period>
  field_value(std::chrono::duration<Rep, Period> value)
    : field_value(std::chrono::duration_cast<std::chrono::milliseconds>(value).count()) {}

  const std::string& text() const noexcept {
    return text_;
  }

  /// A number or a truth value, which JSON writes without quotes.
  bool bare() const noexcept {
    return bare_;
  }

private:
  std::string text_;
  bool bare_ = false;
};

struct field {
  std::string_view name;
  field_value value;
};

enum class log_level { debug, info, warn, error, off };
enum class log_format { text, json };

/// `LOG_LEVEL` and `LOG_FORMAT`.
struct log_settings {
  log_level level = log_level::info;
  log_format format = log_format::text;
};

tl::expected<log_level, bad_input> parse_log_level(std::string_view text);
tl::expected<log_format, bad_input> parse_log_format(std::string_view text);

/// Sets what is written to standard error, for the whole process. Any thread, any time.
void configure_log(log_settings settings);

/// Levels of components that differ from the rest, by the name that stands in brackets; replaces
/// those of an earlier call. Any thread, any time.
void set_component_levels(std::map<std::string, log_level, std::less<>> levels);

/// Writes to standard error as `[Component] text name=value …`, or one JSON object a line. One for
/// each file that logs. The text is constant; what varies is a field. Never a secret, never a body
/// of email. Callable from any thread; a field is cut at 1,000 bytes.
class log {
public:
  using fields = std::initializer_list<field>;

  constexpr explicit log(const char* component) : component_(component) {}

  void debug(std::string_view text, fields with = {}) const {
    write(log_level::debug, text, with);
  }

  void info(std::string_view text, fields with = {}) const {
    write(log_level::info, text, with);
  }

  void warn(std::string_view text, fields with = {}) const {
    write(log_level::warn, text, with);
  }

  void error(std::string_view text, fields with = {}) const {
    write(log_level::error, text, with);
  }

private:
  void write(log_level level, std::string_view text, fields with) const;

  const char* component_;
};

/// The line that `log` writes, without its end; for tests.
std::string render_text(std::string_view component, std::string_view text, log::fields with);
std::string render_json(std::string_view component, log_level level, std::string_view text,
                        log::fields with);

} // namespace nova::base
