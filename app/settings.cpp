#include "app/settings.hpp"

#include "app/env_file.hpp"
#include "app/setting_checks.hpp"
#include "http/listen_socket.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <numeric>
#include <system_error>

namespace nova::app {
namespace {

constexpr size_t name_max = 64; // of a setting

size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    auto diagonal = row[0]++;
    for (size_t j = 1; j <= b.size(); ++j) {
      auto above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1] ? 1u : 0u)});
      diagonal = above;
    }
  }
  return row.back();
}

const setting_definition* find(std::string_view name) {
  for (const auto& definition : setting_table())
    if (definition.name == name)
      return &definition;
  return nullptr;
}

base::bad_input unknown(const std::string& name, const std::string& source) {
  // What is not written as a setting may be a piece of a secret that went over two lines.
  auto capital = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  if (!std::all_of(name.begin(), name.end(), capital) || name.size() > name_max)
    return {source, "a name in it is not a setting (it is not shown: settings are in capitals); "
                    "`nova config` lists all"};
  const auto& table = setting_table();
  auto nearest = std::min_element(table.begin(), table.end(), [&](const auto& a, const auto& b) {
    return distance(a.name, name) < distance(b.name, name);
  });
  return {name, "is not a setting (in " + source + "); the nearest is " + nearest->name
                  + ", and `nova config` lists all"};
}

using values_by_name = std::map<std::string, std::string>;

std::string read_all(int file) {
  std::string text;
  std::array<char, 4096> buffer{};
  for (ssize_t got = 0; (got = ::read(file, buffer.data(), buffer.size())) > 0;)
    text.append(buffer.data(), static_cast<size_t>(got));
  return text;
}

tl::expected<values_by_name, base::bad_input> read_file(const std::string& path, bool found,
                                                        std::vector<std::string>& findings) {
  http::unique_fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.get() < 0) {
    if (found && (errno == ENOENT || errno == ENOTDIR))
      return values_by_name{};
    return tl::unexpected(
      base::bad_input{found ? path : "--config",
                      "'" + path + "' cannot be read: " + std::generic_category().message(errno)});
  }
  if (auto fault = fault_of_file({path, file.get(), found}, findings))
    return tl::unexpected(*fault);
  auto parsed = parse_env_file(read_all(file.get()));
  if (!parsed)
    return tl::unexpected(
      base::bad_input{path + ", " + parsed.error().where, parsed.error().reason});
  values_by_name values;
  for (auto& [name, value] : *parsed)
    values[name] = std::move(value);
  return values;
}

base::bad_input wrong(const setting_definition& definition, const effective_setting& value) {
  auto shown = definition.secret ? std::string{"its value"} : "'" + value.value + "'";
  return {definition.name,
          shown + " (from " + value.source + ") is not " + definition.kind.accepted};
}

} // namespace

tl::expected<loaded_settings, base::bad_input> load_settings(const setting_sources& sources) {
  loaded_settings loaded;
  auto config = sources.config_file.empty()
                  ? tl::expected<values_by_name, base::bad_input>{}
                  : read_file(sources.config_file, false, loaded.findings);
  if (!config)
    return tl::unexpected(config.error());
  auto dot_env = read_file(sources.dot_env, true, loaded.findings);
  if (!dot_env)
    return tl::unexpected(dot_env.error());
  for (const auto& [name, value] : *config)
    if (!find(name))
      return tl::unexpected(unknown(name, sources.config_file));
  for (const auto& [name, value] : *dot_env)
    if (!find(name))
      return tl::unexpected(unknown(name, sources.dot_env));
  const std::pair<const values_by_name*, std::string> layers[] = {
    {&sources.flags, "flag"},
    {&sources.environment, "environment"},
    {&*dot_env, sources.dot_env},
    {&*config, sources.config_file},
  };
  for (const auto& definition : setting_table()) {
    effective_setting value{&definition, "", "default"};
    for (const auto& [layer, source] : layers)
      if (auto found = layer->find(definition.name); found != layer->end()) {
        value.value = found->second;
        value.source = source;
        break;
      }
    // An empty value in a file or the environment means the same as none.
    if (value.value.empty()) {
      value.value = default_of(definition);
      value.source = "default";
    } else if (!definition.kind.assign(loaded.values, value.value)) {
      return tl::unexpected(wrong(definition, value));
    }
    loaded.effective.push_back(std::move(value));
  }
  if (auto fault = fault_of_api_uri(loaded.values))
    return tl::unexpected(*fault);
  return loaded;
}

} // namespace nova::app
