#include "app/setting_kinds.hpp"
#include "pg/systems.hpp"

#include <algorithm>

namespace nova::app {
namespace {

using s = settings;

constexpr uint64_t day_ms = 86'400'000;

bool any(const std::string&) {
  return true;
}

bool is_system(const std::string& name) {
  return name == pg::every_system || std::ranges::find(pg::systems(), name) != pg::systems().end();
}

setting_kind api_uri() {
  auto kind = line_of_text(&s::nylas_api_uri);
  kind.accepted = "a URI that begins with https:// or http://";
  kind.assign = [](settings& to, const std::string& text) {
    to.nylas_api_uri = text;
    return text.starts_with("https://") || text.starts_with("http://");
  };
  return kind;
}

setting_kind api_tokens() {
  constexpr size_t token_min = 16, tokens_max = 16;
  return list_of(&s::api_tokens, tokens_max,
                 "up to 16 tokens of at least 16 characters with commas between and no spaces",
                 [](const std::string& token) { return token.size() >= token_min; });
}

std::vector<setting_definition> of_database() {
  return {
    {"DATABASE_URL", line_of_text(&s::database_url),
     "The PostgreSQL to work with, as a libpq URI; without it libpq's PG* variables count.",
     "libpq's PG*", true},
    {"DATABASE_PREPARE", truth(&s::database_prepare),
     "Prepared statements; off behind a pooler in transaction mode, where work is found by "
     "polling."},
    {"NOVA_DATABASE_CONNECTIONS", whole_number(&s::database_connections, 1, 100),
     "Connections of a node's workers to the database. Four more keep its membership, its wakeups, "
     "its readiness and what the shell asks, so a node takes this number and four."},
    {"NOVA_SYSTEMS",
     list_of(&s::systems, 100, "a list with commas between of " + pg::accepted_systems(),
             is_system),
     "What `nova migrate up` installs beside platform, queue, cluster, email and jobs: messenger, "
     "integrations, assistant, with commas between, or all. It adds and takes nothing away."},
    {"NOVA_ADOPT_FROM", line_of_text(&s::adopt_from),
     "The database of the Node service, as a libpq URI, for `nova adopt`; a node does not look at "
     "it.",
     "", true},
    {"NOVA_MAINTENANCE_URL", line_of_text(&s::maintenance_url),
     "The same database as its owner, for upkeep that no function can do: VACUUM. Needed where a "
     "node runs as a worker role; without it such a task is skipped and `nova doctor` says so.",
     "", true},
    {"NOVA_EXPORT_DIR", line_of_text(&s::export_directory),
     "A folder into which usage of past months is exported. Give every node that runs jobs the "
     "same one, shared; without it nothing is exported and no usage is deleted."},
    {"SUPABASE_URL", line_of_text(&s::supabase_url),
     "Accepted for the older service's sake; DATABASE_URL is what is connected with."},
    {"SUPABASE_SERVICE_KEY", line_of_text(&s::supabase_service_key),
     "Accepted for the older service's sake; not used.", "", true},
  };
}

std::vector<setting_definition> of_provider() {
  return {
    {"NYLAS_API_KEY", line_of_text(&s::nylas_api_key), "The key of the Nylas application.", "",
     true},
    {"NYLAS_API_URI", api_uri(), "Where the Nylas API is: the application's region."},
    {"NOVA_PLAIN_HTTP_HOSTS",
     list_of(&s::plain_http_hosts, 100, "hosts with commas between and no spaces", any),
     "Hosts that NYLAS_API_URI may name with http://, which sends the key in clear; loopback "
     "always may."},
    {"NYLAS_WEBHOOK_SECRET",
     list_of(&s::nylas_webhook_secrets, 4,
             "one secret, or up to four with commas between and no spaces", any),
     "What Nylas signs notifications with; without it a node takes none. Up to four with commas "
     "between (OLD,NEW) are all good: set both before you rotate the secret, take the old one "
     "out afterwards; or one for each destination that leads here.",
     "", true},
    {"NOVA_ALLOW_UNSIGNED_WEBHOOKS", truth(&s::allow_unsigned_webhooks),
     "Takes notifications of anybody when there is no secret; for tests."},
  };
}

std::vector<setting_definition> of_work() {
  return {
    {"POLL_INTERVAL_MS", duration_of(&s::poll_interval, 10, day_ms),
     "Between two looks for work when no notification came; one wakes readers at once."},
    {"BATCH_SIZE", whole_number(&s::batch_size, 1, 1000), "Queue messages per read."},
    {"VISIBILITY_TIMEOUT", duration_of(&s::visibility_timeout, 1, 43'200),
     "Seconds for which a message that was read is hidden from others."},
    {"COMPLETION_CHECK_INTERVAL_MS", duration_of(&s::completion_check_interval, 10, day_ms),
     "Between two looks whether backfills are complete; wakeups come sooner."},
    {"ENABLE_AUTO_RECOVERY", truth(&s::enable_auto_recovery),
     "Reopens backfills that were completed too early."},
    {"RECOVERY_CHECK_INTERVAL_MS", duration_of(&s::recovery_check_interval, 10, day_ms),
     "Between two looks for premature completions."},
    {"NOVA_CERTIFY", truth(&s::certify),
     "Keeps certificates fresh: compares days of mail with what the provider lists, with at most a "
     "tenth of what a grant may be asked. Off: `nova certify` alone compares."},
    {"PACING", one_of(&s::pacing_fixed, {{"adaptive", false}, {"fixed", true}}),
     "adaptive: as fast as each provider allows. fixed: the older service's pauses of 3000, 1000 "
     "and 200 ms, each of which can be set by itself."},
    {"BACKFILL_STRATEGY", one_of(&s::list_messages, {{"messages", true}, {"threads", false}}),
     "How a backfill finds mail. messages: pages of messages, a hundred a call, and calls only "
     "for threads that these leave incomplete. threads: one call or more per thread, and the ids "
     "of all messages compared in the end."},
    {"THREAD_DELAY_MS", duration_of(&s::thread_delay, day_ms),
     "A fixed pause between threads, one at a time: 3000 is at most 1,200 threads an hour on a "
     "node. A node warns of each fixed pause when it starts, and `nova doctor` names it."},
    {"MESSAGE_DELAY_MS", duration_of(&s::message_delay, day_ms), "A fixed pause per message."},
    {"API_DELAY_MS", duration_of(&s::api_delay, day_ms),
     "A fixed pause between calls of a grant, one at a time."},
    {"GMAIL_UNITS_PER_MINUTE", whole_number(&s::gmail_units_per_minute, 60, 100'000'000),
     "What Google lets a mailbox use in a minute, of all your nodes together: 6,000 for a Cloud "
     "project since May 2026, 15,000 for an older one; less a twentieth for bursts."},
    {"NOVA_STORE_ATTACHMENTS", attachments_kind(),
     "What is stored of attachments. metadata: what the provider lists, such as name, type and "
     "size. A size: also the bytes of those that have no more, fetched one by one within each "
     "grant's pace. none: only that a message has some. The same on every node."},
    {"TESTING_MODE", truth(&s::testing_mode), "Processes without deleting from the queues."},
    {"NOVA_THREAD_WINDOW", whole_number(&s::thread_window, 1, 10'000),
     "Threads synced at one time on a node."},
    {"NOVA_JOBS_WINDOW", whole_number(&s::job_window, 1, 10'000),
     "Jobs (messages, queues that push, upkeep) in hand at one time on a node."},
    {"NOVA_SYNCS_RUNNING", whole_number(&s::syncs_running, 1, 200),
     "Runs of syncs at one time on a node: each has a thread, a connection to the database, and "
     "one "
     "to its source."},
    {"NOVA_JOBS_CONNECTIONS", whole_number(&s::job_connections, 1, 100),
     "Connections of a node with the role jobs for handlers that are functions of the database."},
    {"NOVA_HANDLERS_PROXY", line_of_text(&s::handlers_proxy),
     "The proxy, http://HOST:PORT, that handlers call through; those with --allow-private call "
     "without. It resolves names then, so it is what must refuse addresses of your network. The "
     "variables http_proxy and https_proxy are not heard.",
     "", true},
    {"NOVA_SECRETS_DIR", line_of_text(&s::secrets_dir),
     "A folder of files, each with one secret under its name, for what has only the name of a "
     "secret; NOVA_SECRET_NAME and NOVA_SECRET_NAME_FILE go before it. Read again when changed."},
    {"NOVA_ANSWERS_MIB", whole_number(&s::answers_mib, 16, 65'536),
     "Memory for answers of the Nylas API that come in or are worked on, in MiB; beyond it calls "
     "wait."},
  };
}

std::vector<setting_definition> of_alerts() {
  return {
    {"NOVA_SMTP_URL", line_of_text(&s::smtp_url),
     "The mail server that alerts go out by, smtp://USER@HOST:587 or smtps://; the password stands "
     "in it or is the secret smtp (NOVA_SECRET_SMTP, NOVA_SECRET_SMTP_FILE). TLS is needed, but "
     "for "
     "this machine; ?tls=offered, ?tls=off and ?ca=FILE change that. Without it no mail goes out.",
     "", true},
    {"NOVA_ALERT_FROM", line_of_text(&s::alert_from),
     "Who mails about alerts are from, nova@example.com or Nova <nova@example.com>.",
     "the user of NOVA_SMTP_URL"},
  };
}

std::vector<setting_definition> of_node() {
  return {
    {"LOG_LEVEL", log_level_kind(), "What is logged."},
    {"LOG_FORMAT", log_format_kind(), "How it is logged."},
    {"NOVA_NODE_NAME", line_of_text(&s::node_name),
     "The node's name; must be its own in the cluster.", "the machine's name"},
    {"NOVA_HTTP", address_or_off(&s::http),
     "Where webhooks, metrics and health are served; off: nowhere."},
    {"NOVA_HTTP_CONNECTIONS", whole_number(&s::http_connections, 16, 100'000),
     "Connections of NOVA_HTTP at one time. A node refuses to start with more than its limit of "
     "open files, whose soft value it raises, lets it have."},
    {"NOVA_API", address_or_off(&s::api),
     "Where messages are sent over HTTP, POST /messenger/v1/send, by who has a token of "
     "NOVA_API_TOKEN, and, of nodes with the role ingress, changes of mail are followed, GET "
     "/changes, with tokens of the database (docs/feed.md); off: nowhere. Without TLS: what is not "
     "of this machine goes through a proxy that ends it."},
    {"NOVA_API_TOKEN", api_tokens(),
     "Who may send at NOVA_API: up to 16 tokens with commas between, each is good.", "", true},
    {"NOVA_INSPECT", inspect_kind(),
     "Where the shell and the dashboard ask: a path, HOST:PORT (needs NOVA_INSPECT_TOKEN, "
     "NOVA_TLS_CERT and NOVA_TLS_KEY), or off. By default a Unix socket, nova-NAME.sock in "
     "$XDG_RUNTIME_DIR, /run/nova or a private folder.",
     "a Unix socket"},
    {"NOVA_INSPECT_TOKEN", inspect_tokens_kind(),
     "Who may ask at NOVA_INSPECT=HOST:PORT: view:TOKEN,operate:TOKEN,admin:NAME:TOKEN. The roles "
     "are view, operate and admin, and the audit log has the name.",
     "", true},
  };
}

std::vector<setting_definition> of_cluster() {
  constexpr size_t name_max = 100, secret_min = 16;
  return {
    {"NOVA_LISTEN", address_or_off(&s::listen),
     "Where other nodes reach this one; port 0: any free one; off: it works without links. An "
     "address of other machines needs the three files below."},
    {"NOVA_CLUSTER_NAME", line_of_text(&s::cluster_name, 1, name_max, "a text of 1 to 100 bytes"),
     "Nodes of another name are refused."},
    {"NOVA_CLUSTER_SECRET",
     line_of_text(&s::cluster_secret, secret_min, std::string::npos, "at least 16 characters"),
     "What nodes prove to each other that they know.", "one in the database", true},
    {"NOVA_TLS_CERT", line_of_text(&s::tls_certificate),
     "This node's certificate, a PEM file; `nova cluster certs DIR` makes all three."},
    {"NOVA_TLS_KEY", line_of_text(&s::tls_key), "The key of NOVA_TLS_CERT, a PEM file."},
    {"NOVA_TLS_CA", line_of_text(&s::tls_authority),
     "The authority that signed every node's certificate, a PEM file."},
  };
}

} // namespace

const std::vector<setting_definition>& setting_table() {
  static const auto table = [] {
    std::vector<setting_definition> all;
    for (const auto& part :
         {of_database(), of_provider(), of_work(), of_alerts(), of_node(), of_cluster()})
      all.insert(all.end(), part.begin(), part.end());
    return all;
  }();
  return table;
}

std::string default_of(const setting_definition& definition) {
  return definition.kind.written(settings{});
}

} // namespace nova::app
