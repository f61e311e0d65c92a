#include "app/settings.hpp"

#include "app/env_file.hpp"
#include "app/setting_checks.hpp"
#include "base/listen_socket.hpp"
#include "pg/systems.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <numeric>
#include <system_error>

namespace nova::app {
namespace {

std::optional<uint64_t> number(const std::string& text, uint64_t least, uint64_t most) {
  uint64_t value = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size() || value < least || value > most)
    return std::nullopt;
  return value;
}

template <auto Member, uint64_t Least, uint64_t Most>
bool count(settings& to, const std::string& text) {
  auto value = number(text, Least, Most);
  if (value)
    to.*Member = static_cast<uint32_t>(*value);
  return value.has_value();
}

template <auto Member, class Unit, uint64_t Least, uint64_t Most>
bool duration(settings& to, const std::string& text) {
  auto value = number(text, Least, Most);
  if (value)
    to.*Member = Unit{*value};
  return value.has_value();
}

template <auto Member>
bool truth(settings& to, const std::string& text) {
  bool yes = text == "true" || text == "on" || text == "1" || text == "yes";
  bool no = text == "false" || text == "off" || text == "0" || text == "no";
  if (yes || no)
    to.*Member = yes;
  return yes || no;
}

template <auto Member>
bool text(settings& to, const std::string& value) {
  to.*Member = value;
  return value.find('\n') == std::string::npos;
}

bool systems(settings& to, const std::string& value) {
  to.systems.clear();
  for (size_t at = 0; at <= value.size();) {
    auto end = std::min(value.find(',', at), value.size());
    auto& one = to.systems.emplace_back(value, at, end - at);
    if (one != pg::every_system && std::ranges::find(pg::systems(), one) == pg::systems().end())
      return false;
    at = end + 1;
  }
  return true;
}

const char* list_of_systems() {
  static const auto text = "a list with commas between of " + pg::accepted_systems();
  return text.c_str();
}

bool api_uri(settings& to, const std::string& value) {
  to.nylas_api_uri = value;
  return value.starts_with("https://") || value.starts_with("http://");
}

/// Each is good: while a secret is replaced, and where several destinations lead here.
bool webhook_secrets(settings& to, const std::string& value) {
  constexpr size_t secrets_max = 4;
  to.nylas_webhook_secrets.clear();
  for (size_t at = 0; at <= value.size();) {
    auto end = std::min(value.find(',', at), value.size());
    auto one = value.substr(at, end - at);
    if (one.empty() || one.find_first_of(" \t\r\n") != std::string::npos)
      return false;
    to.nylas_webhook_secrets.push_back(std::move(one));
    at = end + 1;
  }
  return to.nylas_webhook_secrets.size() <= secrets_max;
}

bool http_address(settings& to, const std::string& value) {
  to.http = value;
  return value == "off" || parse_address(value).has_value();
}

bool listen_address(settings& to, const std::string& value) {
  to.listen = value;
  return value == "off" || parse_address(value).has_value();
}

bool cluster_name(settings& to, const std::string& value) {
  constexpr size_t name_max = 100;
  to.cluster_name = value;
  return value.size() <= name_max && value.find('\n') == std::string::npos;
}

bool inspect_tokens(settings& to, const std::string& value) {
  to.inspect_token = value;
  return parse_inspect_tokens(value).has_value();
}

bool cluster_secret(settings& to, const std::string& value) {
  constexpr size_t secret_min = 16;
  to.cluster_secret = value;
  return value.size() >= secret_min && value.find('\n') == std::string::npos;
}

bool pacing(settings& to, const std::string& value) {
  to.pacing_fixed = value == "fixed";
  return value == "fixed" || value == "adaptive";
}

bool strategy(settings& to, const std::string& value) {
  to.list_messages = value == "messages";
  return value == "messages" || value == "threads";
}

bool log_level(settings& to, const std::string& value) {
  auto parsed = base::parse_log_level(value);
  if (parsed)
    to.log.level = *parsed;
  return parsed.has_value();
}

bool log_format(settings& to, const std::string& value) {
  auto parsed = base::parse_log_format(value);
  if (parsed)
    to.log.format = *parsed;
  return parsed.has_value();
}

using std::chrono::milliseconds;
using std::chrono::seconds;
constexpr uint64_t day_ms = 86'400'000;
constexpr const char* whole_ms = "a whole number of milliseconds, 0 to 86400000";
constexpr size_t name_max = 64; // of a setting
constexpr const char* yes_or_no = "true or false";
constexpr const char* any_text = "a text of one line";

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
  base::unique_fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
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
  return {definition.name, shown + " (from " + value.source + ") is not " + definition.accepted};
}

} // namespace

// clang-format off: one setting a line reads best
// NOLINTNEXTLINE(readability-function-size): a table
const std::vector<setting_definition>& setting_table() {
  using s = settings;
  static const std::vector<setting_definition> table = {
    {"DATABASE_URL", "",
     "The PostgreSQL to work with, as a libpq URI; without it the PG* variables count", any_text,
     true, text<&s::database_url>},
    {"DATABASE_PREPARE", "true", "Prepared statements; off behind a pooler in transaction mode",
     yes_or_no, false, truth<&s::database_prepare>},
    {"NOVA_DATABASE_CONNECTIONS", "4", "Connections of a node to the database",
     "a whole number, 1 to 100", false, count<&s::database_connections, 1, 100>},
    {"NOVA_SYSTEMS", "",
     "What `nova migrate up` installs beside platform, queue, cluster and email", list_of_systems(),
     false, systems},
    {"SUPABASE_URL", "",
     "Accepted for the older service's sake; DATABASE_URL is what is connected with", any_text,
     false, text<&s::supabase_url>},
    {"SUPABASE_SERVICE_KEY", "", "Accepted for the older service's sake; not used", any_text, true,
     text<&s::supabase_service_key>},
    {"NYLAS_API_KEY", "", "The key of the Nylas application", any_text, true,
     text<&s::nylas_api_key>},
    {"NYLAS_API_URI", "https://api.us.nylas.com", "Where the Nylas API is",
     "a URI that begins with https:// or http://", false, api_uri},
    {"NOVA_PLAIN_HTTP_HOSTS", "",
     "Hosts of NYLAS_API_URI that may be called with http://, which sends the key in clear; "
     "loopback always may",
     "hosts with commas between", false, text<&s::plain_http_hosts>},
    {"NYLAS_WEBHOOK_SECRET", "",
     "What Nylas signs notifications with; several with commas between: each is good",
     "one secret, or up to four with commas between and no spaces", true, webhook_secrets},
    {"NOVA_ALLOW_UNSIGNED_WEBHOOKS", "false",
     "Takes notifications of anybody when there is no secret; for tests", yes_or_no, false,
     truth<&s::allow_unsigned_webhooks>},
    {"POLL_INTERVAL_MS", "5000", "Between two looks for work when no notification came",
     "a whole number of milliseconds, 10 to 86400000", false,
     duration<&s::poll_interval, milliseconds, 10, day_ms>},
    {"BATCH_SIZE", "10", "Queue messages a read", "a whole number, 1 to 1000", false,
     count<&s::batch_size, 1, 1000>},
    {"VISIBILITY_TIMEOUT", "300", "Seconds for which a message that was read is hidden from others",
     "a whole number of seconds, 1 to 43200", false,
     duration<&s::visibility_timeout, seconds, 1, 43'200>},
    {"COMPLETION_CHECK_INTERVAL_MS", "5000", "Between two looks whether backfills are complete",
     "a whole number of milliseconds, 10 to 86400000", false,
     duration<&s::completion_check_interval, milliseconds, 10, day_ms>},
    {"ENABLE_AUTO_RECOVERY", "true", "Reopens backfills that were completed too early", yes_or_no,
     false, truth<&s::enable_auto_recovery>},
    {"RECOVERY_CHECK_INTERVAL_MS", "60000", "Between two looks for premature completions",
     "a whole number of milliseconds, 10 to 86400000", false,
     duration<&s::recovery_check_interval, milliseconds, 10, day_ms>},
    {"PACING", "adaptive",
     "adaptive: as fast as each provider allows; fixed: the pauses 3000, 1000 and 200 ms",
     "adaptive or fixed", false, pacing},
    {"BACKFILL_STRATEGY", "messages",
     "messages: pages of messages, and calls for threads that these leave incomplete only; "
     "threads: "
     "one call or more a thread, and the ids of all messages to compare",
     "messages or threads", false, strategy},
    {"THREAD_DELAY_MS", "", "A fixed pause between threads, one at a time", whole_ms, false,
     duration<&s::thread_delay, milliseconds, 0, day_ms>},
    {"MESSAGE_DELAY_MS", "", "A fixed pause a message", whole_ms, false,
     duration<&s::message_delay, milliseconds, 0, day_ms>},
    {"API_DELAY_MS", "", "A fixed pause between calls of a grant, one at a time", whole_ms, false,
     duration<&s::api_delay, milliseconds, 0, day_ms>},
    {"TESTING_MODE", "false", "Processes without deleting from the queues", yes_or_no, false,
     truth<&s::testing_mode>},
    {"LOG_LEVEL", "info", "What is logged", "debug, info, warn, error or off", false, log_level},
    {"LOG_FORMAT", "text", "How it is logged", "text or json", false, log_format},
    {"NOVA_NODE_NAME", "", "The node's name; without it the machine's name", any_text, false,
     text<&s::node_name>},
    {"NOVA_HTTP", "127.0.0.1:8480", "Where webhooks, metrics and health are served; off: nowhere",
     "HOST:PORT or off", false, http_address},
    {"NOVA_THREAD_WINDOW", "192", "Threads synced at one time on a node",
     "a whole number, 1 to 10000", false, count<&s::thread_window, 1, 10'000>},
    {"NOVA_HTTP_CONNECTIONS", "1024", "Connections of NOVA_HTTP at one time",
     "a whole number, 16 to 100000", false, count<&s::http_connections, 16, 100'000>},
    {"NOVA_ANSWERS_MIB", "256",
     "Memory for answers of the Nylas API that are in hand at one time, in MiB",
     "a whole number, 16 to 65536", false, count<&s::answers_mib, 16, 65'536>},
    {"NOVA_INSPECT", "",
     "Where the shell and the dashboard ask: by default a Unix socket, nova-NAME.sock in "
     "$XDG_RUNTIME_DIR, /run/nova or a private folder",
     "off, a path of a Unix socket, or HOST:PORT", false, text<&s::inspect>},
    {"NOVA_INSPECT_TOKEN", "",
     "Who may ask at NOVA_INSPECT=HOST:PORT: ROLE:TOKEN or ROLE:NAME:TOKEN with commas between; "
     "the "
     "roles are view, operate, admin, and the audit log has the name",
     "ROLE:TOKEN or ROLE:NAME:TOKEN with commas between, tokens of at least 16 characters", true,
     inspect_tokens},
    {"NOVA_LISTEN", "127.0.0.1:0",
     "Where other nodes reach this one; port 0: any free one; off: it works without links",
     "HOST:PORT or off", false, listen_address},
    {"NOVA_CLUSTER_NAME", "nova", "Nodes of another name are refused", "a text of 1 to 100 bytes",
     false, cluster_name},
    {"NOVA_CLUSTER_SECRET", "",
     "What nodes prove to each other that they know; without it one that is in the database",
     "at least 16 characters", true, cluster_secret},
    {"NOVA_TLS_CERT", "", "This node's certificate, a PEM file; for links between machines",
     any_text, false, text<&s::tls_certificate>},
    {"NOVA_TLS_KEY", "", "The key of NOVA_TLS_CERT, a PEM file", any_text, false,
     text<&s::tls_key>},
    {"NOVA_TLS_CA", "", "The authority that signed every node's certificate, a PEM file", any_text,
     false, text<&s::tls_authority>},
  };
  return table;
}
// clang-format on

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
    effective_setting value{&definition, definition.default_text, "default"};
    for (const auto& [layer, source] : layers)
      if (auto found = layer->find(definition.name); found != layer->end()) {
        value.value = found->second;
        value.source = source;
        break;
      }
    // An empty value in a file or the environment means the same as none.
    if (value.value.empty()) {
      value.value = definition.default_text;
      value.source = "default";
    }
    if (!value.value.empty() && !definition.assign(loaded.values, value.value))
      return tl::unexpected(wrong(definition, value));
    loaded.effective.push_back(std::move(value));
  }
  if (auto fault = fault_of_api_uri(loaded.values))
    return tl::unexpected(*fault);
  return loaded;
}

std::optional<std::vector<inspect_token>> parse_inspect_tokens(const std::string& text) {
  constexpr size_t token_min = 16;
  constexpr std::string_view of_names =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  std::vector<inspect_token> all;
  for (size_t at = 0; at < text.size();) {
    auto end = std::min(text.find(',', at), text.size());
    auto one = text.substr(at, end - at);
    auto colon = one.find(':');
    inspect_token made{one.substr(0, colon), "", colon == one.npos ? "" : one.substr(colon + 1)};
    auto second = made.token.find(':');
    if (second != one.npos && second > 0 && made.token.find_first_not_of(of_names) == second) {
      made.name = made.token.substr(0, second);
      made.token.erase(0, second + 1);
    }
    bool role = made.role == "view" || made.role == "operate" || made.role == "admin";
    if (!role || made.token.size() < token_min || made.name.size() > name_max)
      return {};
    all.push_back(std::move(made));
    at = end + 1;
  }
  return all;
}

tl::expected<address, base::bad_input> parse_address(std::string_view text) {
  auto colon = text.rfind(':');
  auto port = colon == std::string_view::npos
                ? std::nullopt
                : number(std::string(text.substr(colon + 1)), 0, 65'535);
  auto host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  if (!port || host.empty())
    return tl::unexpected(
      base::bad_input{"address", "'" + std::string(text) + "' is not HOST:PORT, port 0 to 65535"});
  return address{std::string(host), static_cast<uint16_t>(*port)};
}

} // namespace nova::app
