#include "app/commands.hpp"
#include "app/database_connection.hpp"
#include "app/direct_handler.hpp"
#include "app/operator_here.hpp"
#include "app/output.hpp"
#include "base/json_text.hpp"
#include "base/secrets.hpp"
#include "jobs/address_range.hpp"
#include "jobs/envelope.hpp"
#include "jobs/sql_handler.hpp"
#include "json/json_reader.hpp"
#include "pg/audited.hpp"
#include "pg/jobs/assign_handler.hpp"
#include "pg/jobs/limit_handler.hpp"
#include "pg/jobs/remove_handler.hpp"
#include "pg/jobs/run_sql_handler.hpp"
#include "pg/jobs/show_handlers.hpp"
#include "shell/row_query.hpp"

#include <CLI/CLI.hpp>
#include <rapidjson/document.h>

#include <memory>

namespace nova::app {
namespace {

struct handler_options {
  std::string type, transport, queue;
  std::string url, secret_name, function, role;
  std::string timeout = "30s";
  pg::limit_handler limits;
  std::string per = "1s", breaker_pause = "30s";
  std::string body = "{}";
  bool allow_private = false;
};

using handler_command = exit_code (*)(context&, const handler_options&);

[[noreturn]] void refuse_handler(const std::string& reason) {
  throw command_error(exit_code::usage, reason);
}

void expect_one_target(const handler_options& options) {
  if (options.type.empty() == options.queue.empty())
    refuse_handler(
      "whose jobs? Either --type TYPE (* is every type without another) or --queue NAME");
  if (!options.queue.empty() && !options.transport.empty())
    refuse_handler("--transport is of messages; a queue has none");
}

/// Queues are in every database; messages where their system is.
pg::connection connect_for(const context& ctx, const handler_options& options) {
  return options.queue.empty() ? connect(ctx, "messenger") : connect(ctx);
}

std::string target_of(const handler_options& options) {
  if (!options.queue.empty())
    return "queue:" + options.queue;
  return "type:" + options.type + (options.transport.empty() ? "" : '@' + options.transport);
}

void expect_callable(const handler_options& options) {
  auto host = jobs::host_of_url(options.url);
  if (!host)
    refuse_handler("--http: " + to_string(host.error()));
  auto range = jobs::range_of_literal(*host);
  if (!range.empty() && !options.allow_private)
    refuse_handler(
      "--http: " + *host + " is a " + std::string{range}
      + " address, not one of the public internet; --allow-private lets the handler call it");
  if (!options.secret_name.empty() && !base::is_secret_name(options.secret_name))
    refuse_handler(
      "--secret: the name of a secret is 1 to 64 of A-Z a-z 0-9 _ . - and begins with none of "
      "the last two; its value is in NOVA_SECRET_NAME or a file (docs/settings.md)");
}

std::string config_of(const handler_options& options) {
  rapidjson::StringBuffer text;
  base::json_writer out{text};
  auto put = [&](const char* key, const std::string& value) {
    out.Key(key);
    out.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  };
  out.StartObject();
  if (options.function.empty()) {
    put("url", options.url);
    if (!options.secret_name.empty())
      put("secret_name", options.secret_name);
    if (options.allow_private) {
      out.Key("allow_private");
      out.Bool(true);
    }
  } else {
    put("function", options.function);
    put("role", options.role);
  }
  out.EndObject();
  return {text.GetString(), text.GetSize()};
}

std::chrono::milliseconds time_of(const char* flag, const std::string& text) {
  auto seconds = shell::parse_seconds(text);
  constexpr double least = 0.1, most = 86'400;
  if (!seconds || *seconds < least || *seconds > most)
    refuse_handler(std::string{flag} + ": '" + text
                   + "' is not a time from 100ms to 24h, such as 30s");
  return std::chrono::milliseconds{static_cast<int64_t>(*seconds * 1000)};
}

pg::limit_handler limits_of(const handler_options& options) {
  auto limits = options.limits;
  limits.per = time_of("--per", options.per);
  limits.pause = time_of("--breaker-pause", options.breaker_pause);
  bool some = limits.running > 0 || limits.rate > 0 || limits.failures > 0;
  if (some == limits.key.empty())
    refuse_handler("--limit-by KEY and one of --limit, --rate, --breaker belong together");
  if (some && limits.key != "all" && limits.key != "tenant" && limits.key != "queue"
      && !limits.key.starts_with("/body/") && !limits.key.starts_with("/headers/"))
    refuse_handler("--limit-by: '" + limits.key
                   + "' is not all, tenant, queue, or a JSON pointer such as /body/account");
  return limits;
}

exit_code set(context& ctx, const handler_options& options) {
  expect_one_target(options);
  if (options.url.empty() == options.function.empty())
    refuse_handler("who does them? Either --http URL or --sql FUNCTION --as ROLE");
  if (options.function.empty())
    expect_callable(options);
  else if (options.role.empty())
    refuse_handler("--sql needs --as ROLE: the role that the function runs as");
  else if (!options.secret_name.empty() || options.allow_private)
    refuse_handler("--secret and --allow-private are of --http");
  auto seconds = shell::parse_seconds(options.timeout);
  constexpr double least = 0.01, most = 3600;
  if (!seconds || *seconds < least || *seconds > most)
    refuse_handler("--timeout: '" + options.timeout
                   + "' is not a time from 10ms to 1h, such as 30s");
  pg::assign_handler made{{options.type, options.transport, options.queue,
                           options.function.empty() ? "http" : "sql", config_of(options),
                           std::chrono::milliseconds{static_cast<int64_t>(*seconds * 1000)}}};
  auto limits = limits_of(options);
  auto conn = connect_for(ctx, options);
  auto line = by_command("set", "handler:" + target_of(options));
  line.arguments = made.handler.config;
  auto id = pg::audited(conn, std::move(line), [&](pg::operator_action&) {
    limits.handler = made.run(conn);
    limits.run(conn);
    return limits.handler;
  });
  print(ctx, {{"id", id},
              {"for", target_of(options)},
              {"kind", made.handler.kind},
              {"config", made.handler.config},
              {"timeout_ms", int64_t{made.handler.timeout.count()}}});
  return exit_code::done;
}

exit_code list(context& ctx, const handler_options&) {
  auto conn = connect(ctx);
  table found{{"type", "transport", "queue", "kind", "config", "timeout_ms", "enabled", "set_by",
               "set_at"},
              {}};
  for (const auto& [handler, enabled, by, at] : pg::show_handlers{}.run(conn))
    found.rows.push_back({handler.type, handler.transport, handler.queue, handler.kind,
                          handler.config, int64_t{handler.timeout.count()}, enabled, by, utc(at)});
  print(ctx, found);
  return exit_code::done;
}

[[noreturn]] void refuse_unknown(const handler_options& options) {
  throw command_error(exit_code::failed, "no handler is set for " + target_of(options)
                                           + "; `nova messenger handlers list` shows those there "
                                             "are");
}

exit_code remove(context& ctx, const handler_options& options) {
  expect_one_target(options);
  auto conn = connect_for(ctx, options);
  pg::audited(conn, by_command("remove", "handler:" + target_of(options)),
              [&](pg::operator_action&) {
                if (!pg::remove_handler{options.type, options.transport, options.queue}.run(conn))
                  refuse_unknown(options);
                return true;
              });
  print(ctx, std::vector<std::pair<std::string, cell>>{{"removed", target_of(options)}});
  return exit_code::done;
}

/// The one that a node would choose for such a job.
pg::set_handler chosen_handler(pg::connection& conn, const handler_options& options) {
  auto all = pg::list_handlers{}.run(conn);
  if (options.queue.empty()) {
    if (auto found = handler_for(all, options.type, options.transport))
      return *found;
  } else {
    for (const auto& one : all)
      if (one.queue == options.queue)
        return one;
  }
  refuse_unknown(options);
}

jobs::claimed_job made_up(const handler_options& options) {
  rapidjson::Document parsed;
  if (auto good = json::parse(parsed, options.body); !good)
    refuse_handler("--body: " + to_string(good.error()) + ": it must be JSON");
  jobs::claimed_job job;
  job.from = options.queue.empty() ? jobs::source::message : jobs::source::queue;
  job.type = options.queue.empty() ? options.type : options.queue;
  job.place = !options.queue.empty()      ? options.queue
              : options.transport.empty() ? "default"
                                          : options.transport;
  job.queue = options.queue.empty() ? "default" : options.queue;
  job.headers = R"({"test":true})";
  job.body = options.body;
  return job;
}

/// What it did is taken back.
jobs::job_outcome run(pg::connection& conn, const pg::set_handler& how,
                      const jobs::claimed_job& job) {
  auto function = jobs::sql_call_of(how);
  function.job = jobs::envelope_of(job);
  try {
    pg::transaction taken_back{conn, pg::transaction::access::read_write};
    auto answer = function.run(conn);
    return {jobs::verdict::done, {}, answer.empty() ? "" : "it returned " + answer};
  } catch (const pg::error& failure) {
    if (failure.sqlstate().empty())
      throw;
    return jobs::verdict_of_sql(failure);
  }
}

exit_code test(context& ctx, const handler_options& options) {
  expect_one_target(options);
  auto job = made_up(options);
  auto conn = connect_for(ctx, options);
  auto how = chosen_handler(conn, options);
  auto outcome = how.kind == "http" ? call_handler(ctx, how, job) : run(conn, how, job);
  auto seconds = std::chrono::duration<double>(outcome.after).count();
  print(ctx, {{"handler", how.kind},
              {"verdict", to_string(outcome.what)},
              {"class", outcome.error_class},
              {"text", outcome.text},
              {"after_s", seconds}});
  return outcome.what == jobs::verdict::done ? exit_code::done : exit_code::failed;
}

void add_target(CLI::App& sub, handler_options& options) {
  sub.add_option("--type", options.type,
                 "Of messages of this type; * of every one without another");
  sub.add_option("--transport", options.transport, "Only of this transport");
  sub.add_option("--queue", options.queue, "Of this pgmq queue");
}

} // namespace

void add_handlers(CLI::App& messenger, command_line& line) {
  auto options = std::make_shared<handler_options>();
  auto& handlers =
    *messenger.add_subcommand("handlers", "Who does messages of a type, or those of a queue");
  handlers.require_subcommand(1);
  handlers.footer(
    "Examples:\n"
    "  nova messenger handlers set --type invoice.created --http https://example.com/hook "
    "--secret hook\n"
    "  nova messenger handlers set --type pay --sql till.pay --as cashier\n"
    "  nova messenger handlers set --queue uploads --http https://example.com/uploads\n"
    "  nova messenger handlers test --type invoice.created --body '{\"id\": 7}'");
  auto sub = [&](const char* name, const char* help, handler_command run) {
    auto* made = handlers.add_subcommand(name, help);
    made->fallthrough();
    made->callback([&line, options, run] {
      line.chosen = [options, run](context& ctx) { return run(ctx, *options); };
    });
    return made;
  };
  auto* chosen = sub("set", "Set one, in the place of what was set for the same", set);
  add_target(*chosen, *options);
  chosen->add_option("--http", options->url, "Who is sent a POST of each, http:// or https://");
  chosen->add_option("--secret", options->secret_name, "The name of the secret that signs it");
  chosen->add_flag("--allow-private", options->allow_private,
                   "The URL may lead to an address of this machine or your network");
  chosen->add_option("--sql", options->function, "A function NAME(jsonb) of the database");
  chosen->add_option("--as", options->role, "The role that it runs as");
  chosen->add_option("--limit-by", options->limits.key,
                     "What the limits are of: all, tenant, queue, or a JSON pointer into the "
                     "envelope such as /body/account");
  chosen->add_option("--limit", options->limits.running, "So many of a key at one time")
    ->check(CLI::Range(1, 100'000));
  chosen->add_option("--rate", options->limits.rate, "So many of a key begin within --per")
    ->check(CLI::Range(1, 1'000'000));
  chosen->add_option("--per", options->per, "The time of --rate");
  chosen
    ->add_option("--breaker", options->limits.failures,
                 "So many failures of a key in a row stop it for --breaker-pause")
    ->check(CLI::Range(1, 1'000'000));
  chosen->add_option("--breaker-pause", options->breaker_pause, "Then one tries");
  chosen->add_option("--timeout", options->timeout, "What takes longer is ended and tried again")
    ->capture_default_str();
  sub("list", "Which are set", list);
  add_target(*sub("remove", "Take one back; a queue then waits, messages fail as no_handler",
                  remove),
             *options);
  auto* tried = sub("test", "Run one once with a made-up job, of a function without effect", test);
  add_target(*tried, *options);
  tried->add_option("--body", options->body, "What the job has in it, JSON")->capture_default_str();
}

} // namespace nova::app
