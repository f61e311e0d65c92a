#include "app/settings.hpp"

#include "app/env_file.hpp"
#include "app/setting_checks.hpp"
#include "base/secrets.hpp"
#include "http/listen_socket.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <numeric>
#include <span>
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

/// What a secret's name has behind it where its value is in a file.
constexpr std::string_view of_file = "_FILE";

bool is_known(std::string_view name) {
  if (name.starts_with(base::secret_variable_prefix))
    return true;
  return std::ranges::any_of(setting_table(), [&](const auto& one) {
    return name == one.name || (one.secret && name == one.name + std::string{of_file});
  });
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

struct layer {
  const values_by_name* values;
  std::string source;

  /// Empty is the same as none.
  [[nodiscard]] std::string of(const std::string& name) const {
    auto found = values->find(name);
    return found == values->end() ? std::string{} : found->second;
  }
};

/// Of the strongest place that has the name, or that of a file with a secret's value.
tl::expected<effective_setting, base::bad_input> effective(const setting_definition& definition,
                                                           std::span<const layer> layers) {
  std::string name = definition.name, in_file = name + std::string{of_file};
  for (const auto& one : layers) {
    auto path = definition.secret ? one.of(in_file) : std::string{};
    // An empty value in a file or the environment hides weaker ones and means the default.
    if (path.empty() && one.values->count(name) == 0)
      continue;
    auto value = one.of(name);
    if (path.empty())
      return effective_setting{&definition, value, value.empty() ? "default" : one.source};
    if (!value.empty())
      return tl::unexpected(base::bad_input{name, "and " + in_file + " are both set (" + one.source
                                                    + "); only one of them may be"});
    auto read = base::read_secret_file(path);
    if (!read)
      return tl::unexpected(
        base::bad_input{in_file, to_string(read.error()) + " (from " + one.source + ')'});
    return effective_setting{&definition, *read, one.source + ", file " + path};
  }
  return effective_setting{&definition, "", "default"};
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
    if (!is_known(name))
      return tl::unexpected(unknown(name, sources.config_file));
  for (const auto& [name, value] : *dot_env)
    if (!is_known(name))
      return tl::unexpected(unknown(name, sources.dot_env));
  const layer layers[] = {
    {&sources.flags, "flag"},
    {&sources.environment, "environment"},
    {&*dot_env, sources.dot_env},
    {&*config, sources.config_file},
  };
  for (const auto& definition : setting_table()) {
    auto value = effective(definition, layers);
    if (!value)
      return tl::unexpected(value.error());
    if (value->value.empty())
      value->value = default_of(definition);
    else if (!definition.kind.assign(loaded.values, value->value))
      return tl::unexpected(wrong(definition, *value));
    loaded.effective.push_back(std::move(*value));
  }
  for (const auto& one : layers) // the strongest first, which stays
    for (const auto& [name, value] : *one.values)
      if (name.starts_with(base::secret_variable_prefix))
        loaded.values.secret_variables.emplace(name, value);
  if (auto fault = fault_of_api_uri(loaded.values))
    return tl::unexpected(*fault);
  return loaded;
}

} // namespace nova::app
