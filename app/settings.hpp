#pragma once

#include "base/bad_input.hpp"
#include "base/log.hpp"
#include "mail/attachments.hpp"
#include "nylas/pacing.hpp"

#include <tl/expected.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nova::app {

/// `host:port`.
struct address {
  std::string host;
  uint16_t port = 0;
};
/// Fails with what is accepted.
tl::expected<address, base::bad_input> parse_address(std::string_view text);
/// An IPv6 host in brackets.
std::string to_string(const address& where);

/// NOVA_INSPECT: a Unix socket, an address of the network, or nothing.
struct inspect_place {
  bool enabled = true;
  std::string socket;             // a path; empty: that of the node's name
  std::optional<address> network; // with TLS
};

/// One of NOVA_INSPECT_TOKEN: `ROLE:TOKEN` or `ROLE:NAME:TOKEN`.
struct inspect_token {
  std::string role, name, token;
};
/// Nothing when the text is not a list of those, with commas between.
std::optional<std::vector<inspect_token>> parse_inspect_tokens(std::string_view text);

/// Every setting with its type and default; the names and words of help are in `setting_table()`.
/// Some are secret, so a value of this type is never logged.
struct settings {
  std::string database_url;
  bool database_prepare = true;
  uint32_t database_connections = 4;
  std::vector<std::string> systems; // what `migrate up` installs beside the default
  std::string supabase_url, supabase_service_key;
  std::string adopt_from;      // the database of the Node service
  std::string maintenance_url; // the owner's, for upkeep that only an owner may do
  std::string export_directory;
  std::string nylas_api_key;
  std::string nylas_api_uri = "https://api.us.nylas.com";
  std::vector<std::string> plain_http_hosts;
  std::vector<std::string> nylas_webhook_secrets;
  bool allow_unsigned_webhooks = false;
  std::chrono::milliseconds poll_interval{5000};
  uint32_t batch_size = 10;
  std::chrono::seconds visibility_timeout{300};
  std::chrono::milliseconds completion_check_interval{5000};
  bool enable_auto_recovery = true;
  bool certify = true;
  std::chrono::milliseconds recovery_check_interval{60'000};
  std::optional<std::chrono::milliseconds> thread_delay, message_delay, api_delay;
  uint32_t gmail_units_per_minute = nylas::google_units_usual;
  kept_attachments attachments;
  bool pacing_fixed = false;
  bool list_messages = true; // BACKFILL_STRATEGY; false: threads
  bool testing_mode = false;
  base::log_settings log;
  std::string node_name;
  inspect_place inspect;
  std::vector<inspect_token> inspect_tokens;
  std::optional<address> http = address{"127.0.0.1", 8480};
  uint32_t thread_window = 192;
  uint32_t job_window = 64;
  uint32_t syncs_running = 8; // runs of syncs at one time on a node
  uint32_t job_connections = 2;
  std::string handlers_proxy;
  std::optional<address> api; // where messages are sent over HTTP
  std::vector<std::string> api_tokens;
  std::string smtp_url, alert_from; // what alerts are mailed by, and who they are from
  std::string secrets_dir;
  std::map<std::string, std::string> secret_variables; // NOVA_SECRET_…, see `base::secrets`
  uint32_t http_connections = 1024;
  uint32_t answers_mib = 256;
  std::optional<address> listen = address{"127.0.0.1", 0};
  std::string cluster_name = "nova";
  std::string cluster_secret;
  std::string tls_certificate, tls_key, tls_authority;
};

/// What a value of a setting may be: how its text is read, once, and written. The kinds there are:
/// app/setting_kinds.hpp.
struct setting_kind {
  std::string accepted; // what a value must be
  /// False when the text is not a value of the setting.
  std::function<bool(settings& to, const std::string& text)> assign;
  /// As it would be written; empty: none.
  std::function<std::string(const settings& from)> written;
};

/// One setting, as the documents name it. Its only row: help, `.env.example`, docs/settings.md and
/// `nova config` are printed from it.
struct setting_definition {
  const char* name;
  setting_kind kind;
  std::string help;       // a sentence or two
  const char* unset = ""; // what counts while it has no value
  bool secret = false;
};
const std::vector<setting_definition>& setting_table();
/// The default as it would be written; empty: none.
std::string default_of(const setting_definition& definition);

/// Where values come from, strongest first: `flags`, the environment, `.env` in the working
/// directory, the file of `--config`, defaults.
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
  /// flag | environment | .env | the config file's name | default; of a secret that is given as
  /// NAME_FILE also which file.
  std::string source;
};

struct loaded_settings {
  settings values;
  std::vector<effective_setting> effective;
  /// What is doubtful about the files they came from, one sentence each.
  std::vector<std::string> findings;
};

/// A secret's value may be in a file, which NAME_FILE names then, in the same places as NAME; both
/// in one place are an error. Fails with the setting's name, its value (not when it is secret),
/// what is accepted and where it came from. A name in a file that is no setting is an error that
/// names the nearest one; other variables of the environment are none of ours.
tl::expected<loaded_settings, base::bad_input> load_settings(const setting_sources& sources);

} // namespace nova::app
