#include "app/node_settings.hpp"

#include "app/alert_settings.hpp"
#include "app/context.hpp"
#include "cluster/machine.hpp"

#include <algorithm>

namespace nova::app {
namespace {

// What document 003 pauses by default; PACING=fixed.
constexpr std::chrono::milliseconds fixed_thread_delay{3000};
constexpr std::chrono::milliseconds fixed_message_delay{1000};
constexpr std::chrono::milliseconds fixed_api_delay{200};

role parse_role(const std::string& name) {
  if (name == former_name_of_jobs)
    return role::jobs;
  for (auto one : all_roles())
    if (to_string(one) == name)
      return one;
  throw command_error(exit_code::usage, "--roles: '" + name
                                          + "' is not one of webhooks, backfill, threads, "
                                            "completion, ingress, jobs");
}

/// Where other nodes reach this one, and how the two know each other.
void set_cluster(node_settings& made, const settings& values) {
  auto& cluster = made.cluster;
  cluster.enabled = true;
  cluster.name = values.cluster_name;
  cluster.another_name = values.node_name.empty();
  cluster.secret = values.cluster_secret;
  cluster.linked = values.listen.has_value();
  if (!cluster.linked)
    return;
  cluster.listen.host = values.listen->host;
  cluster.listen.port = values.listen->port;
  auto given = {!values.tls_certificate.empty(), !values.tls_key.empty(),
                !values.tls_authority.empty()};
  auto count = std::count(given.begin(), given.end(), true);
  if (count == 3)
    cluster.listen.tls = {values.tls_certificate, values.tls_key, values.tls_authority};
  else if (count > 0)
    throw command_error(exit_code::usage,
                        "NOVA_TLS_CERT, NOVA_TLS_KEY and NOVA_TLS_CA belong together: set all "
                        "three or none");
}

/// NOVA_API: off, or HOST:PORT with a token.
node_api_settings make_api(const settings& values) {
  node_api_settings made;
  made.enabled = values.api.has_value();
  if (!made.enabled)
    return made;
  if (values.api_tokens.empty())
    throw command_error(exit_code::usage, "NOVA_API=" + to_string(*values.api)
                                            + " takes messages of who has a token: NOVA_API_TOKEN "
                                              "is needed, at least 16 characters");
  made.host = values.api->host;
  made.port = values.api->port;
  made.tokens = values.api_tokens;
  return made;
}

/// NOVA_INSPECT: off, a path, or HOST:PORT with what that needs.
inspection::inspection_settings make_inspection(const settings& values) {
  inspection::inspection_settings made;
  made.enabled = values.inspect.enabled;
  made.socket = values.inspect.socket;
  if (!values.inspect.network)
    return made;
  const auto& where = *values.inspect.network;
  if (values.inspect_tokens.empty())
    throw command_error(exit_code::usage, "NOVA_INSPECT=" + to_string(where)
                                            + " is open to a network: NOVA_INSPECT_TOKEN is "
                                              "needed, such as view:0123456789abcdef");
  if (values.tls_certificate.empty() || values.tls_key.empty())
    throw command_error(exit_code::usage, "NOVA_INSPECT=" + to_string(where)
                                            + " is open to a network: NOVA_TLS_CERT and "
                                              "NOVA_TLS_KEY are needed; `nova cluster certs DIR` "
                                              "makes some");
  made.host = where.host;
  made.port = where.port;
  made.certificate = values.tls_certificate;
  made.key = values.tls_key;
  for (const auto& each : values.inspect_tokens) {
    made.tokens.emplace(each.token, inspection::parse_role(each.role).value());
    if (!each.name.empty())
      made.token_names.emplace(each.token, each.name);
  }
  return made;
}

} // namespace

std::string to_string(role one) {
  switch (one) {
    case role::webhooks: return "webhooks";
    case role::backfill: return "backfill";
    case role::threads: return "threads";
    case role::completion: return "completion";
    case role::ingress: return "ingress";
    case role::jobs: return "jobs";
  }
  return "unknown";
}

const std::vector<role>& all_roles() {
  static const std::vector<role> all = {role::webhooks,   role::backfill, role::threads,
                                        role::completion, role::ingress,  role::jobs};
  return all;
}

std::shared_ptr<const base::secrets> secrets_of(const settings& values) {
  return std::make_shared<base::secrets>(values.secret_variables, values.secrets_dir);
}

node_settings make_node_settings(const settings& values, const std::vector<std::string>& roles) {
  node_settings made;
  made.name = values.node_name.empty() ? cluster::host_name() : values.node_name;
  if (!roles.empty()) {
    made.roles.clear();
    for (const auto& name : roles)
      made.roles.insert(parse_role(name));
  }
  made.database = {values.database_url, values.database_prepare};
  made.database_connections = values.database_connections;
  made.upkeep = {values.maintenance_url, values.export_directory};
  made.api = {values.nylas_api_uri, values.nylas_api_key};
  auto pause = [&](const auto& set, std::chrono::milliseconds fixed) {
    return set ? *set : values.pacing_fixed ? fixed : std::chrono::milliseconds{0};
  };
  made.threads.window = values.thread_window;
  made.threads.refill = std::max(values.thread_window / 3, 1u);
  made.threads.poll = values.poll_interval;
  made.threads.thread_delay = pause(values.thread_delay, fixed_thread_delay);
  made.threads.thread.message_delay = pause(values.message_delay, fixed_message_delay);
  if (values.api_delay || values.pacing_fixed)
    made.grants.fixed_delay = pause(values.api_delay, fixed_api_delay);
  made.grants.google_units = values.gmail_units_per_minute;
  made.backfills.poll = values.poll_interval;
  made.backfills.backfill.survey = true;
  made.backfills.backfill.strategy =
    values.list_messages ? discovery_strategy::messages : discovery_strategy::threads;
  made.completion.interval = values.completion_check_interval;
  made.completion.recovery = values.enable_auto_recovery;
  made.completion.recovery_interval = values.recovery_check_interval;
  made.certifier.enabled = values.certify;
  made.job_claimer.window = values.job_window;
  made.job_claimer.refill = std::max(values.job_window / 4, 1u);
  made.job_claimer.syncs_max = values.syncs_running;
  made.job_claimer.poll = values.poll_interval;
  made.job_connections = values.job_connections;
  made.secrets = secrets_of(values);
  made.brokers.secrets = made.secrets;
  made.brokers.poll = values.poll_interval;
  made.http_caller.proxy = values.handlers_proxy;
  made.post_office = post_office_of(values);
  made.webhooks.batch = values.batch_size;
  made.webhooks.visibility = values.visibility_timeout;
  made.webhooks.poll = values.poll_interval;
  made.webhooks.keep = values.testing_mode;
  made.http.enabled = values.http.has_value();
  if (made.http.enabled) {
    made.http.host = values.http->host;
    made.http.port = values.http->port;
    made.http.connections_max = values.http_connections;
  }
  made.api_of_messages = make_api(values);
  made.store.attachments_listed = made.backfills.backfill.attachments_listed =
    made.certifier.comparison.listing.attachments_listed = values.attachments.listed;
  made.attachments.bytes_max = values.attachments.bytes_max;
  made.transport.answer_bytes_max = size_t{values.answers_mib} << 20;
  made.inspect = make_inspection(values);
  made.http.trust.secrets = values.nylas_webhook_secrets;
  made.http.trust.unsigned_allowed = values.allow_unsigned_webhooks;
  set_cluster(made, values);
  return made;
}

} // namespace nova::app
