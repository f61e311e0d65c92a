#include "base/log.hpp"

#include "base/clock.hpp"
#include "base/json_text.hpp"
#include "base/printable.hpp"
#include "base/utf8.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>

namespace nova::base {
namespace {

constexpr size_t field_bytes_max = 1000;

using levels_map = std::map<std::string, log_level, std::less<>>;

// In UTC, as all that the shell and the tables show: lines of nodes in two time zones stand in
// order.
constexpr const char* text_pattern = "%Y-%m-%dT%H:%M:%S.%eZ %^%-5l%$ %v";

std::atomic<log_format> format{log_format::text};
std::atomic<log_level> everywhere{log_level::info};

/// Of single components; null while there are none.
std::atomic<std::shared_ptr<const levels_map>>& component_levels() {
  static std::atomic<std::shared_ptr<const levels_map>> levels;
  return levels;
}
std::atomic<bool> any_component{false};

bool wanted(std::string_view component, log_level level) {
  auto least = everywhere.load(std::memory_order_relaxed);
  if (any_component.load(std::memory_order_relaxed))
    if (auto levels = component_levels().load())
      if (auto own = levels->find(component); own != levels->end())
        least = own->second;
  return level >= least && least != log_level::off;
}

spdlog::logger& sink() {
  static auto logger = [] {
    auto made = std::make_shared<spdlog::logger>(
      "nova", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    made->set_pattern(text_pattern, spdlog::pattern_time_type::utc);
    made->flush_on(spdlog::level::debug);
    made->set_level(spdlog::level::debug); // `wanted` decides
    return made;
  }();
  return *logger;
}

spdlog::level::level_enum to_spdlog(log_level level) {
  switch (level) {
    case log_level::debug: return spdlog::level::debug;
    case log_level::info: return spdlog::level::info;
    case log_level::warn: return spdlog::level::warn;
    case log_level::error: return spdlog::level::err;
    case log_level::off: return spdlog::level::off;
  }
  return spdlog::level::off;
}

std::string_view name_of(log_level level) {
  switch (level) {
    case log_level::debug: return "debug";
    case log_level::info: return "info";
    case log_level::warn: return "warn";
    case log_level::error: return "error";
    case log_level::off: return "off";
  }
  return "off";
}

bool plain(char c) {
  return static_cast<unsigned char>(c) > ' ' && c != '"' && c != '=' && c != '\\' && c != '\x7f';
}

void append_value(std::string& out, std::string_view value) {
  bool quoted = value.empty() || !std::all_of(value.begin(), value.end(), plain);
  if (!quoted) {
    out += value;
    return;
  }
  out += json_string(value);
}

} // namespace

field_value::field_value(double value) : text_(fmt::format("{:.6g}", value)), bare_(true) {}

tl::expected<log_level, bad_input> parse_log_level(std::string_view text) {
  for (auto level :
       {log_level::debug, log_level::info, log_level::warn, log_level::error, log_level::off})
    if (name_of(level) == text)
      return level;
  return tl::unexpected(bad_input{
    "LOG_LEVEL", "'" + std::string(text) + "' is not one of debug, info, warn, error, off"});
}

tl::expected<log_format, bad_input> parse_log_format(std::string_view text) {
  if (text == "text")
    return log_format::text;
  if (text == "json")
    return log_format::json;
  return tl::unexpected(
    bad_input{"LOG_FORMAT", "'" + std::string(text) + "' is not one of text, json"});
}

void configure_log(log_settings settings) {
  format = settings.format;
  everywhere = settings.level;
  sink().set_pattern(settings.format == log_format::json ? "%v" : text_pattern,
                     spdlog::pattern_time_type::utc);
}

void set_component_levels(std::map<std::string, log_level, std::less<>> levels) {
  any_component = !levels.empty();
  component_levels().store(std::make_shared<const levels_map>(std::move(levels)));
}

std::string render_text(std::string_view component, std::string_view text, log::fields with) {
  std::string out = "[" + std::string(component) + "] " + std::string(text);
  for (const auto& [name, value] : with) {
    out += ' ';
    out += name;
    out += '=';
    append_value(out, start_of(value.text(), field_bytes_max));
  }
  return out;
}

std::string render_json(std::string_view component, log_level level, std::string_view text,
                        log::fields with) {
  rapidjson::StringBuffer buffer;
  json_writer writer{buffer};
  auto put = [&writer](std::string_view value) {
    writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  };
  writer.StartObject();
  put("time");
  put(fmt::format("{:.6f}", std::chrono::duration<double>(wall_now().time_since_epoch()).count()));
  put("level");
  put(name_of(level));
  put("component");
  put(component);
  put("message");
  put(text);
  for (const auto& [name, value] : with) {
    put(name);
    auto cut = start_of(value.text(), field_bytes_max);
    if (value.bare())
      writer.RawValue(cut.data(), cut.size(), rapidjson::kNumberType);
    else
      put(cut);
  }
  writer.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

void log::write(log_level level, std::string_view text, fields with) const {
  if (!wanted(component_, level))
    return;
  sink().log(to_spdlog(level), format == log_format::json
                                 ? printable_json(render_json(component_, level, text, with))
                                 : printable(render_text(component_, text, with)));
}

} // namespace nova::base
