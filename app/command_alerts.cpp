#include "alerts/alert_rules.hpp"
#include "app/alert_settings.hpp"
#include "app/commands.hpp"
#include "app/database_connection.hpp"
#include "app/node_settings.hpp"
#include "app/operator_here.hpp"
#include "app/output.hpp"
#include "base/json_text.hpp"
#include "base/seed.hpp"
#include "jobs/address_range.hpp"
#include "pg/audited.hpp"
#include "pg/jobs/enable_alert_channel.hpp"
#include "pg/jobs/list_alert_channels.hpp"
#include "pg/jobs/list_alert_deliveries.hpp"
#include "pg/jobs/list_alerts.hpp"
#include "pg/jobs/remove_alert_channel.hpp"
#include "pg/jobs/set_alert_channel.hpp"
#include "shell/row_query.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nova::app {
namespace {

struct alert_options {
  std::string channel, kind, state, window;
  std::vector<std::string> emails, kinds;
  std::string url, url_secret, secret_name, format, to;
  bool all = false, allow_private = false, no_private = false;
  uint32_t limit = 50;
};

using alert_command = exit_code (*)(context&, const alert_options&);

constexpr const char* slack_host = "hooks.slack.com";
constexpr const char* pagerduty_url = "https://events.pagerduty.com/v2/enqueue";

[[noreturn]] void refuse_usage(const std::string& why) {
  throw command_error(exit_code::usage, why);
}

[[noreturn]] void refuse_unknown(const std::string& name) {
  throw command_error(exit_code::failed, "no alert channel is called '" + name
                                           + "'; `nova alerts channels list` shows those there "
                                             "are");
}

std::string list_text(const std::vector<std::string>& all) {
  return fmt::format("{}", fmt::join(all, ","));
}

exit_code list(context& ctx, const alert_options& options) {
  auto conn = connect(ctx);
  table found{{"kind", "key", "severity", "state", "title", "opened_at", "ended_at", "count",
               "told", "waiting", "given_up"},
              {}};
  for (const auto& row : pg::list_alerts{options.all, options.kind, options.limit}.run(conn))
    found.rows.push_back({row.kind, row.key, row.severity, row.ended_at == 0 ? "open" : "over",
                          masked_urls(row.title), utc(row.opened_at), utc(row.ended_at), row.count,
                          row.told, row.waiting, row.given_up});
  print(ctx, found);
  return exit_code::done;
}

exit_code history(context& ctx, const alert_options& options) {
  auto conn = connect(ctx);
  table found{{"id", "kind", "recipient", "state", "attempts", "alerts", "title", "created_at",
               "next_attempt_at", "ended_at", "class", "error"},
              {}};
  for (const auto& row : pg::list_alert_deliveries{options.state, options.limit}.run(conn))
    found.rows.push_back({row.id, row.kind, row.recipient, row.state, int64_t{row.attempts},
                          row.alerts, masked_urls(row.title), utc(row.created_at),
                          utc(row.next_attempt_at), utc(row.ended_at), row.error_class,
                          masked_urls(row.error)});
  print(ctx, found);
  return exit_code::done;
}

// ---- channels

std::string target_of(const pg::alert_channel& one) {
  if (one.kind == "email")
    return list_text(one.recipients);
  return one.url.empty() ? "secret " + one.url_secret : masked_urls(one.url);
}

exit_code list_channels(context& ctx, const alert_options&) {
  auto conn = connect(ctx);
  table found{{"name", "kind", "format", "to", "secret", "kinds", "window_s", "state", "why",
               "set_by", "set_at"},
              {}};
  for (const auto& row : pg::list_alert_channels{}.run(conn)) {
    const auto& one = row.channel;
    auto seconds = std::chrono::duration<double>(one.window).count();
    auto state = !row.enabled ? "paused" : row.trouble.empty() ? "on" : "stands still";
    found.rows.push_back({one.name, one.kind, one.kind == "email" ? "" : one.format, target_of(one),
                          one.secret_name, one.kinds.empty() ? "all" : list_text(one.kinds),
                          seconds, state, masked_urls(row.trouble), row.set_by, utc(row.set_at)});
  }
  print(ctx, found);
  return exit_code::done;
}

std::optional<pg::alert_channel> find_channel(pg::connection& conn, const std::string& name) {
  for (auto& row : pg::list_alert_channels{}.run(conn))
    if (row.channel.name == name)
      return std::move(row.channel);
  return {};
}

void expect_names(const alert_options& options) {
  for (const auto& [flag, name] :
       {std::pair{"--url-secret", options.url_secret}, std::pair{"--secret", options.secret_name}})
    if (!name.empty() && !base::is_secret_name(name))
      refuse_usage(std::string{flag}
                   + ": the name of a secret is 1 to 64 of A-Z a-z 0-9 _ . - and begins with none "
                     "of the last two; its value is in NOVA_SECRET_NAME or a file "
                     "(docs/settings.md)");
  for (const auto& address : options.emails)
    if (!alerts::is_address(address))
      refuse_usage("--email: '" + address + "' is no address of email");
  auto known = alerts::alert_kinds();
  for (const auto& kind : options.kinds)
    if (!std::ranges::binary_search(known, kind))
      refuse_usage("--kinds: '" + kind + "' is none of " + list_text(known));
}

void expect_callable(const pg::alert_channel& channel) {
  if (channel.url.empty())
    return;
  auto host = jobs::host_of_url(channel.url);
  if (!host)
    refuse_usage("--webhook: " + to_string(host.error()));
  if (*host == slack_host)
    refuse_usage("--webhook: who has Slack's URL may write there: put it into a secret and name "
                 "that by --url-secret");
  auto range = jobs::range_of_literal(*host);
  if (!range.empty() && !channel.allow_private)
    refuse_usage("--webhook: " + *host + " is a " + std::string{range}
                 + " address, not one of the public internet; --allow-private lets alerts go "
                   "there");
}

/// What the flags say of a channel, on top of what it was.
pg::alert_channel channel_of(const alert_options& options, pg::alert_channel made) {
  expect_names(options);
  made.name = options.channel;
  auto ways = (options.emails.empty() ? 0 : 1) + (options.url.empty() ? 0 : 1)
              + (options.url_secret.empty() ? 0 : 1);
  auto is_new = made.kind.empty();
  if (is_new && ways == 0 && options.format == "pagerduty")
    made.url = pagerduty_url;
  else if (is_new ? ways != 1 : ways > 1)
    refuse_usage("to whom? One of --email ADDRESS…, --webhook URL and --url-secret NAME");
  if (is_new)
    made.kind = options.emails.empty() ? "webhook" : "email";
  if (ways > 0 && options.emails.empty() == (made.kind == "email"))
    refuse_usage("'" + made.name + "' is a channel of kind " + made.kind
                 + "; one of another kind is another channel");
  if (!options.emails.empty())
    made.recipients = options.emails;
  if (!options.url.empty() || !options.url_secret.empty()) {
    made.url = options.url;
    made.url_secret = options.url_secret;
  }
  if (!options.secret_name.empty())
    made.secret_name = options.secret_name;
  if (!options.format.empty())
    made.format = options.format;
  if (!options.kinds.empty())
    made.kinds = options.kinds;
  made.allow_private = (made.allow_private || options.allow_private) && !options.no_private;
  if (!options.window.empty()) {
    auto seconds = shell::parse_seconds(options.window);
    constexpr double most = 86'400;
    if (!seconds || *seconds < 0 || *seconds > most)
      refuse_usage("--window: '" + options.window + "' is not a time of up to 24h, such as 2m");
    made.window = std::chrono::milliseconds{static_cast<int64_t>(*seconds * 1000)};
  }
  if (made.kind == "email" && (!made.secret_name.empty() || made.format != "nova"))
    refuse_usage("--secret and --format are of webhooks");
  if (made.format == "pagerduty" && made.secret_name.empty())
    refuse_usage("--format pagerduty needs --secret NAME: the secret that is the routing key");
  expect_callable(made);
  return made;
}

exit_code write_channel(context& ctx, const alert_options& options, bool is_new) {
  auto conn = connect(ctx);
  pg::alert_channel before;
  if (!is_new) {
    auto found = find_channel(conn, options.channel);
    if (!found)
      refuse_unknown(options.channel);
    before = std::move(*found);
  }
  pg::set_alert_channel wanted{channel_of(options, std::move(before)), is_new};
  pg::audited(conn, by_command(is_new ? "add" : "set", "alerts:" + options.channel),
              [&](pg::operator_action&) { return wanted.run(conn); });
  const auto& made = wanted.channel;
  print(ctx, {{"name", made.name},
              {"kind", made.kind},
              {"format", made.format},
              {"to", target_of(made)},
              {"kinds", made.kinds.empty() ? "all" : list_text(made.kinds)},
              {"window_s", std::chrono::duration<double>(made.window).count()}});
  return exit_code::done;
}

exit_code add_channel(context& ctx, const alert_options& options) {
  return write_channel(ctx, options, true);
}

exit_code set_channel(context& ctx, const alert_options& options) {
  return write_channel(ctx, options, false);
}

exit_code enable_channel(context& ctx, const alert_options& options, bool enabled) {
  auto conn = connect(ctx);
  pg::audited(conn, by_command(enabled ? "resume" : "pause", "alerts:" + options.channel),
              [&](pg::operator_action&) {
                if (!pg::enable_alert_channel{options.channel, enabled}.run(conn))
                  refuse_unknown(options.channel);
                return true;
              });
  print(ctx, {{"name", options.channel}, {"enabled", enabled}});
  return exit_code::done;
}

exit_code pause_channel(context& ctx, const alert_options& options) {
  return enable_channel(ctx, options, false);
}

exit_code resume_channel(context& ctx, const alert_options& options) {
  return enable_channel(ctx, options, true);
}

exit_code remove_channel(context& ctx, const alert_options& options) {
  auto conn = connect(ctx);
  pg::audited(conn, by_command("remove", "alerts:" + options.channel), [&](pg::operator_action&) {
    if (!pg::remove_alert_channel{options.channel}.run(conn))
      refuse_unknown(options.channel);
    return true;
  });
  print(ctx, std::vector<std::pair<std::string, cell>>{{"removed", options.channel}});
  return exit_code::done;
}

// ---- test

/// What a message would say that one alert began and ended at once.
std::string test_items(const std::string& who) {
  auto at = utc(base::seconds_of(base::wall_now()));
  return fmt::format(
    R"({{"kinds":[{{"kind":"test","severity":"info","events":1,"opened":0,"ended":0,"open":0}}],)"
    R"("alerts":[{{"kind":"test","key":"test","severity":"info","title":{},)"
    R"("details":{{}},"opened_at":"{}","ended_at":"{}","count":1,"begins":true,"ends":false,)"
    R"("is_event":true}}]}})",
    base::json_string("a test by " + who), at, at);
}

/// A row for each message: of which channel, and the message.
using made_up_letters = std::vector<std::pair<std::string, pg::claimed_delivery>>;

made_up_letters letters_of(const std::vector<pg::listed_channel>& channels,
                           const alert_options& options) {
  made_up_letters all;
  auto items = test_items(operator_here("command").who);
  auto add = [&](const pg::alert_channel& of, const std::string& address) {
    pg::claimed_delivery letter;
    letter.address = address;
    letter.format = of.format;
    letter.url = of.url;
    letter.url_secret = of.url_secret;
    letter.secret_name = of.secret_name;
    letter.allow_private = of.allow_private;
    letter.message_id = fmt::format("test-{:016x}", base::random_seed());
    letter.items = items;
    all.emplace_back(of.name, std::move(letter));
  };
  if (!options.to.empty())
    add({}, options.to);
  for (const auto& [channel, enabled, trouble, by, at] : channels) {
    if (channel.name != options.channel && (!options.channel.empty() || !options.to.empty()))
      continue;
    for (const auto& address : channel.recipients)
      add(channel, address);
    if (channel.kind == "webhook")
      add(channel, {});
  }
  return all;
}

exit_code test(context& ctx, const alert_options& options) {
  auto office_settings = post_office_of(ctx.values());
  auto channels = options.to.empty() || !options.channel.empty()
                    ? [&] { auto conn = connect(ctx); return pg::list_alert_channels{}.run(conn); }()
                    : std::vector<pg::listed_channel>{};
  auto letters = letters_of(channels, options);
  if (letters.empty() && !options.channel.empty())
    refuse_unknown(options.channel);
  if (letters.empty())
    throw command_error(exit_code::failed, "no alert channel is set: nova alerts channels add, or "
                                           "nova alerts test --to ADDRESS");
  alerts::post_office office{office_settings, secrets_of(ctx.values()),
                             std::make_shared<const std::atomic<bool>>(false)};
  table found{{"channel", "to", "outcome", "class", "text"}, {}};
  auto code = exit_code::done;
  for (const auto& [channel, letter] : letters) {
    auto is_mail = !letter.address.empty();
    auto outcome = (is_mail ? office.send_mails({letter}) : office.send_webhooks({letter})).front();
    auto to = is_mail              ? letter.address
              : letter.url.empty() ? "secret " + letter.url_secret
                                   : masked_urls(letter.url);
    found.rows.push_back(
      {channel, to, to_string(outcome.what), outcome.error_class, masked_urls(outcome.text)});
    if (outcome.what != alerts::letter_verdict::sent)
      code = exit_code::failed;
  }
  print(ctx, found);
  return code;
}

void add_flags(CLI::App& made, alert_options& options) {
  made.add_option("--email", options.emails, "Who gets a mail, with commas between")
    ->delimiter(',');
  made.add_option("--webhook", options.url, "The URL that is called");
  made.add_option("--url-secret", options.url_secret,
                  "The name of the secret that is the URL, for Slack and such");
  made.add_option("--format", options.format, "nova, slack or pagerduty")
    ->check(CLI::IsMember({"nova", "slack", "pagerduty"}));
  made.add_option("--secret", options.secret_name,
                  "The name of the secret that signs; of pagerduty the routing key");
  made.add_flag("--allow-private", options.allow_private,
                "The URL may lead to an address of this machine or your network");
  made.add_flag("--no-private", options.no_private, "Takes that back");
  made.add_option("--kinds", options.kinds, "Only of these kinds, with commas between")
    ->delimiter(',');
  made.add_option("--window", options.window,
                  "The least time between two messages to one recipient, 2m");
}

} // namespace

void add_alerts(CLI::App& root, command_line& line) {
  auto options = std::make_shared<alert_options>();
  auto& command =
    *root.add_subcommand("alerts", "What is wrong, who is told of it, and what became of that");
  command.require_subcommand(1);
  command.footer(
    "Examples:\n  nova alerts list\n  nova alerts channels add ops --email ann@example.com\n"
    "  nova alerts channels add hook --webhook https://example.com/alerts --secret hook\n"
    "  nova alerts channels add slack --format slack --url-secret slack_url\n"
    "  nova alerts test ops\n  nova alerts history --state failed");
  auto sub = [&](CLI::App& of, const char* name, const char* help, alert_command run) {
    auto* made = of.add_subcommand(name, help);
    made->callback([&line, options, run] {
      line.chosen = [options, run](context& ctx) { return run(ctx, *options); };
    });
    return made;
  };
  auto limited = [&](CLI::App* made) {
    made->add_option("--limit", options->limit, "At most so many")->check(CLI::Range(1, 10'000));
    return made;
  };
  auto* listed = limited(sub(command, "list", "Alerts that are open, the newest first", list));
  listed->add_flag("--all", options->all, "Also those that are over");
  listed->add_option("--kind", options->kind, "Only of this kind");
  limited(sub(command, "history", "Messages and what became of them, the newest first", history))
    ->add_option("--state", options->state, "pending, sending, sent or failed")
    ->check(CLI::IsMember({"pending", "sending", "sent", "failed"}));
  auto* tried =
    sub(command, "test", "Send a test now, from this machine, and say how it went", test);
  tried->add_option("CHANNEL", options->channel, "Only by this channel");
  tried->add_option("--to", options->to, "A mail to this address, whatever channels there are");
  auto& channels = *command.add_subcommand("channels", "Ways on which people are told");
  channels.require_subcommand(1);
  sub(channels, "list", "Which are set", list_channels);
  auto named = [&](CLI::App* made, const char* help) {
    made->add_option("NAME", options->channel, help)->required();
    return made;
  };
  add_flags(*named(sub(channels, "add", "Set a new one; it is told what is open", add_channel),
                   "Its name"),
            *options);
  add_flags(*named(sub(channels, "set", "Change one: what is given", set_channel), "Its name"),
            *options);
  named(sub(channels, "pause", "It is told nothing", pause_channel), "Its name");
  named(sub(channels, "resume", "Take every pause back, also one that it took itself",
            resume_channel),
        "Its name, an address, or smtp: the mail server");
  named(sub(channels, "remove", "Remove one, with what waits for it", remove_channel), "Its name");
}

} // namespace nova::app
