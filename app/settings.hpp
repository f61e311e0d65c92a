#pragma once

#include "base/bad_input.hpp"
#include "base/log.hpp"

#include <tl/expected.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nova::app {

/// Every setting with its type; the names, defaults and words of help are in `setting_table()`.
/// Some are secret, so a value of this type is never logged.
struct settings {
  std::string database_url;
  bool database_prepare = true;
  uint32_t database_connections = 4;
  std::vector<std::string> systems; // NOVA_SYSTEMS: what `migrate up` installs beside the default
  std::string supabase_url, supabase_service_key;
  std::string nylas_api_key;
  std::string nylas_api_uri = "https://api.us.nylas.com";
  std::string plain_http_hosts;
  std::vector<std::string> nylas_webhook_secrets;
  bool allow_unsigned_webhooks = false;
  std::chrono::milliseconds poll_interval{5000};
  uint32_t batch_size = 10;
  std::chrono::seconds visibility_timeout{300};
  std::chrono::milliseconds completion_check_interval{5000};
  bool enable_auto_recovery = true;
  std::chrono::milliseconds recovery_check_interval{60'000};
  std::optional<std::chrono::milliseconds> thread_delay, message_delay, api_delay;
  bool pacing_fixed = false;
  bool list_messages = true; // BACKFILL_STRATEGY; false: threads
  bool testing_mode = false;
  base::log_settings log;
  std::string node_name;
  std::string inspect, inspect_token;
  std::string http = "127.0.0.1:8480";
  uint32_t thread_window = 192;
  uint32_t http_connections = 1024;
  uint32_t answers_mib = 256;
  std::string listen = "127.0.0.1:0";
  std::string cluster_name = "nova";
  std::string cluster_secret;
  std::string tls_certificate, tls_key, tls_authority;
};

/// One setting, as the documents name it.
struct setting_definition {
  const char* name;
  const char* default_text; // as it would be written; empty: none
  const char* help;         // one line
  const char* accepted;     // what a value must be
  bool secret;
  /// False when the text is not a value of the setting.
  bool (*assign)(settings& to, const std::string& text);
};
const std::vector<setting_definition>& setting_table();

/// Where values come from, strongest first: `flags`, the environment, `.env` in the working
/// directory, the file of
/// `--config`, defaults.
struct setting_sources {
  std::map<std::string, std::string> flags;
  std::map<std::string, std::string> environment;
  std::string config_file; // a path; empty: none
  std::string dot_env = ".env";
};

/// A value with its origin, for `nova config`.
struct effective_setting {
  const setting_definition* definition = nullptr;
  std::string value;
  std::string source; // flag | environment | .env | the config file's name | default
};

struct loaded_settings {
  settings values;
  std::vector<effective_setting> effective;
  /// What is doubtful about the files they came from, one sentence each.
  std::vector<std::string> findings;
};

/// Fails with the setting's name, its value (not when it is secret), what is accepted and where it
/// came from. A name in a file that is no setting is an error that names the nearest one; other
/// variables of the environment are none of ours.
tl::expected<loaded_settings, base::bad_input> load_settings(const setting_sources& sources);

/// One of NOVA_INSPECT_TOKEN: `ROLE:TOKEN` or `ROLE:NAME:TOKEN`.
struct inspect_token {
  std::string role, name, token;
};
/// Nothing when the text is not a list of those, with commas between.
std::optional<std::vector<inspect_token>> parse_inspect_tokens(const std::string& text);

/// `host:port`. Fails with what is accepted.
struct address {
  std::string host;
  uint16_t port = 0;
};
tl::expected<address, base::bad_input> parse_address(std::string_view text);

} // namespace nova::app
