#include "app/commands.hpp"
#include "app/database_connection.hpp"
#include "app/node_settings.hpp"
#include "app/operator_here.hpp"
#include "app/output.hpp"
#include "base/json_text.hpp"
#include "json/json_reader.hpp"
#include "pg/integrations/add_sync_config.hpp"
#include "pg/integrations/list_sync_configs.hpp"
#include "pg/integrations/pause_sync_config.hpp"
#include "pg/integrations/read_sync_config.hpp"
#include "pg/integrations/set_sync_config.hpp"
#include "syncs/sync_failure.hpp"
#include "syncs/sync_work.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <rapidjson/document.h>

#include <chrono>
#include <memory>
#include <optional>

// What is synced, and looks at it that change nothing.

namespace nova::app {
namespace {

struct config_options {
  std::string config, provider, secret, mode, key, watermark_type, cron, timezone, every, base,
    most;
  std::optional<int64_t> retries;
  std::vector<std::string> settings, integration_settings; // NAME=VALUE
  bool discover = false;
};

std::optional<std::string> given(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional{text};
}

/// `NAME=VALUE` of a command line as JSON: a value that is JSON is itself, any other is a text.
std::optional<std::string> json_of(const char* flag, const std::vector<std::string>& pairs) {
  if (pairs.empty())
    return std::nullopt;
  std::string text = "{";
  for (const auto& pair : pairs) {
    auto equals = pair.find('=');
    if (equals == std::string::npos || equals == 0)
      throw command_error(exit_code::usage, fmt::format("{} '{}': it takes NAME=VALUE, and a VALUE "
                                                        "of JSON or a text",
                                                        flag, pair));
    auto value = pair.substr(equals + 1);
    rapidjson::Document read;
    auto is_json = static_cast<bool>(json::parse(read, value));
    text +=
      fmt::format("{}{}:{}", text.size() > 1 ? "," : "", base::json_string(pair.substr(0, equals)),
                  is_json ? value : base::json_string(value));
  }
  return text + "}";
}

pg::sync_config one_config(pg::connection& conn, const std::string& named) {
  auto found = pg::list_sync_configs{named}.run(conn);
  if (found.empty())
    throw command_error(exit_code::failed, "there is no sync '" + named
                                             + "': `nova sync configs list` has them, as "
                                               "INTEGRATION/STREAM");
  if (found.size() > 1)
    throw command_error(exit_code::failed,
                        fmt::format("'{}' has {} streams: name one, {}/{}", named, found.size(),
                                    named, found.front().stream));
  return found.front();
}

exit_code list_configs(context& ctx, const config_options& options) {
  auto conn = connect(ctx, "integrations");
  table found{{"sync", "provider", "mode", "key", "watermark", "schedule", "state", "next_run_at",
               "last", "failures", "why", "id", "settings"},
              {}};
  for (const auto& row : pg::list_sync_configs{options.config}.run(conn))
    found.rows.push_back(
      {row.integration + "/" + row.stream, row.provider, row.mode, row.incremental_key,
       row.watermark, row.schedule, row.state, row.active ? utc(row.due) : std::string{},
       row.last_status, int64_t{row.failures},
       row.disabled_reason.empty() ? row.last_error : row.disabled_reason, row.id, row.settings});
  print(ctx, found);
  return exit_code::done;
}

void apply(pg::connection& conn, const std::string& id, const config_options& options) {
  pg::set_sync_config change{id};
  change.mode = given(options.mode);
  change.incremental_key = given(options.key);
  change.watermark_type = given(options.watermark_type);
  change.settings = json_of("--set", options.settings);
  change.cron = options.cron == "none" ? std::optional<std::string>{""} : given(options.cron);
  change.every = options.every == "none" ? std::optional<std::string>{""} : given(options.every);
  change.timezone = given(options.timezone);
  change.max_retries = options.retries;
  change.retry_base = given(options.base);
  change.retry_max = given(options.most);
  change.secret_name = given(options.secret);
  change.integration_settings = json_of("--integration-set", options.integration_settings);
  change.run(conn);
}

exit_code add(context& ctx, const config_options& options) {
  auto slash = options.config.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == options.config.size())
    throw command_error(exit_code::usage,
                        "'" + options.config
                          + "': it takes INTEGRATION/STREAM, such as crm/contacts");
  auto conn = connect(ctx, "integrations");
  pg::audited(conn, by_command("add", "sync:" + options.config), [&](pg::operator_action&) {
    pg::add_sync_config made;
    made.integration = options.config.substr(0, slash);
    made.stream = options.config.substr(slash + 1);
    made.provider = given(options.provider);
    made.secret_name = given(options.secret);
    apply(conn, made.run(conn), options);
    return true;
  });
  return list_configs(ctx, options);
}

exit_code set(context& ctx, const config_options& options) {
  auto conn = connect(ctx, "integrations");
  auto found = one_config(conn, options.config);
  pg::audited(conn, by_command("set", "sync:" + options.config), [&](pg::operator_action&) {
    apply(conn, found.id, options);
    return true;
  });
  return list_configs(ctx, options);
}

exit_code switch_to(context& ctx, const config_options& options, bool active) {
  auto conn = connect(ctx, "integrations");
  auto found = one_config(conn, options.config);
  pg::audited(conn, by_command(active ? "resume" : "pause", "sync:" + options.config),
              [&](pg::operator_action&) {
                return pg::pause_sync_config{found.id, active}.run(conn);
              });
  return list_configs(ctx, options);
}

syncs::sync_means means_of(const context& ctx) {
  syncs::sync_means means{secrets_of(ctx.values())};
  means.proxy = ctx.values().handlers_proxy;
  return means;
}

pg::sync_task task_of(pg::connection& conn, const std::string& named) {
  auto found = pg::read_sync_config{one_config(conn, named).id}.run(conn);
  if (!found)
    throw command_error(exit_code::failed, "the sync " + named + " is gone");
  return *found;
}

exit_code test(context& ctx, const config_options& options) {
  auto conn = connect(ctx, "integrations");
  auto task = task_of(conn, options.config);
  auto means = means_of(ctx);
  syncs::sync_stop never;
  try {
    auto from = syncs::connector_of(task, means, never);
    if (options.discover) {
      table found{{"stream", "what"}, {}};
      for (const auto& one : from->discover())
        found.rows.push_back({one.name, one.details});
      print(ctx, found);
      return exit_code::done;
    }
    std::vector<std::pair<std::string, cell>> lines;
    for (auto& [name, value] : from->test())
      lines.emplace_back(name, value);
    syncs::sync_target target{conn, task, syncs::target_of(task)};
    auto columns = target.look();
    lines.emplace_back("target", target.named());
    if (!columns.empty()) {
      auto stream = syncs::connector_of(task, means, never)->open(task, columns);
      target.begin(stream, false);
      lines.emplace_back("not synced, because the target has no such column",
                         fmt::format("{}", fmt::join(stream.ignored, ", ")));
    }
    print(ctx, lines);
  } catch (const syncs::sync_failure& reason) {
    throw command_error(exit_code::failed, reason.kind + ": " + reason.what());
  }
  return exit_code::done;
}

exit_code verify(context& ctx, const config_options& options) {
  auto conn = connect_to_write(ctx, "integrations");
  auto task = task_of(conn, options.config);
  syncs::sync_stop never;
  try {
    auto found = syncs::verify_sync(conn, task, means_of(ctx), never);
    if (!ctx.json || found.differences.empty())
      print(ctx, {{"sync", options.config},
                  {"equal", found.differences.empty()},
                  {"rows_at_source", found.at_source},
                  {"rows_here", found.here},
                  {"parts_that_differ", found.differing}});
    if (found.differences.empty())
      return exit_code::done;
    table parts{{"keys_whose_md5_begins_with", "rows_at_source", "rows_here"}, {}};
    for (const auto& one : found.differences)
      parts.rows.push_back({one.part, one.at_source, one.here});
    print(ctx, parts);
    return exit_code::failed;
  } catch (const syncs::sync_failure& reason) {
    throw command_error(exit_code::failed, reason.kind + ": " + reason.what());
  }
}

void add_choices(CLI::App& made, config_options& chosen) {
  made.add_option("--secret", chosen.secret, "Name of the secret: a URL, or what the API takes");
  made.add_option("--mode", chosen.mode, "full, incremental or delta")
    ->check(CLI::IsMember({"full", "incremental", "delta"}));
  made.add_option("--key", chosen.key, "What grows with every change: a column, or a JSON pointer");
  made.add_option("--watermark-type", chosen.watermark_type, "timestamp, number or text")
    ->check(CLI::IsMember({"timestamp", "number", "text"}));
  made.add_option("--set", chosen.settings,
                  "A setting of the stream, NAME=VALUE; null takes it away");
  made.add_option("--integration-set", chosen.integration_settings, "The same of the integration");
  made.add_option("--cron", chosen.cron, "When it runs, five fields; none: by hand");
  made.add_option("--timezone", chosen.timezone, "Of the cron");
  made.add_option("--every", chosen.every, "How often it runs, '5 minutes'; none: by hand");
  made.add_option("--retries", chosen.retries, "Of a run that fails")->check(CLI::Range(0, 1000));
  made.add_option("--retry-base", chosen.base, "The pause before the first, '1 minute'");
  made.add_option("--retry-max", chosen.most, "The longest pause, '1 hour'");
}

} // namespace

void add_sync_configs(CLI::App& sync, command_line& line) {
  auto options = std::make_shared<config_options>();
  auto& configs = *sync.add_subcommand("configs", "What is synced: list, add, set, pause, resume");
  configs.require_subcommand(1);
  auto sub = [&](CLI::App& in, const char* name, const char* help,
                 exit_code (*run)(context&, const config_options&), bool required = true) {
    auto& made = *in.add_subcommand(name, help);
    made.callback([&line, options, run] {
      line.chosen = [options, run](context& ctx) { return run(ctx, *options); };
    });
    auto* named = made.add_option("SYNC", options->config, "INTEGRATION/STREAM, or its id");
    if (required)
      named->required();
    return &made;
  };
  sub(configs, "list", "What is synced, when, and what became of it", list_configs, false);
  auto* made = sub(configs, "add", "Add a stream, and its integration where it is not there", add);
  made->add_option("--provider", options->provider, "postgres (default) or http_json")
    ->check(CLI::IsMember({"postgres", "http_json"}));
  add_choices(*made, *options);
  add_choices(*sub(configs, "set", "Change what is given", set), *options);
  sub(configs, "pause", "Have it not run until it is resumed",
      [](context& ctx, const config_options& chosen) { return switch_to(ctx, chosen, false); });
  sub(configs, "resume", "Have it run again",
      [](context& ctx, const config_options& chosen) { return switch_to(ctx, chosen, true); });
  sub(sync, "test", "Connect, look at source and target, change nothing", test)
    ->add_flag("--discover", options->discover, "What streams the source has");
  sub(sync, "verify", "Compare source and target by counts and digests", verify);
}

} // namespace nova::app
