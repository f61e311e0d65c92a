#include "app/commands.hpp"
#include "app/consent.hpp"
#include "app/database_connection.hpp"
#include "app/operator_here.hpp"
#include "app/output.hpp"
#include "json/json_reader.hpp"
#include "pg/queue/queue_archive.hpp"
#include "pg/queue/queue_dismiss.hpp"
#include "pg/queue/queue_exists.hpp"
#include "pg/queue/queue_metrics_all.hpp"
#include "pg/queue/queue_peek.hpp"
#include "pg/queue/queue_purge.hpp"
#include "pg/queue/queue_send.hpp"
#include "pg/queue/queue_send_again.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <rapidjson/document.h>

#include <memory>

namespace nova::app {
namespace {

constexpr int64_t microseconds = 1'000'000;

struct queue_options {
  std::string queue, body;
  uint32_t limit = 20;
  int64_t delay_s = 0;
  bool yes = false;
  std::vector<int64_t> ids;
};

void expect_queue(pg::connection& conn, const std::string& queue) {
  if (!pg::queue_exists{queue}.run(conn))
    throw command_error(exit_code::failed, "no queue is called '" + queue
                                             + "'; `nova queue list` shows those there are");
}

pg::operator_action act(const char* action, const queue_options& options) {
  return by_command(action, "queue:" + options.queue);
}

exit_code metrics(context& ctx, const queue_options&) {
  auto conn = connect(ctx);
  table found{{"queue", "length", "visible", "oldest_age_s", "newest_age_s", "total", "archived",
               "trouble"},
              {}};
  for (const auto& row : pg::queue_metrics_all{}.run(conn))
    found.rows.push_back({row.name, row.length, row.visible, row.oldest_age_seconds,
                          row.newest_age_seconds, row.total, row.archived, row.trouble});
  print(ctx, found);
  return exit_code::done;
}

exit_code list(context& ctx, const queue_options&) {
  auto conn = connect(ctx);
  table found{{"queue", "length", "trouble"}, {}};
  for (const auto& row : pg::queue_metrics_all{}.run(conn))
    found.rows.push_back({row.name, row.length, row.trouble});
  print(ctx, found);
  return exit_code::done;
}

exit_code peek(context& ctx, const queue_options& options) {
  auto conn = connect(ctx);
  expect_queue(conn, options.queue);
  table found{{"id", "read_ct", "enqueued_at", "body"}, {}};
  for (const auto& row : pg::queue_peek{options.queue, options.limit}.run(conn))
    found.rows.push_back(
      {row.id, int64_t{row.read_ct}, utc(row.received_at / microseconds), row.body});
  print(ctx, found);
  return exit_code::done;
}

exit_code send(context& ctx, const queue_options& options) {
  rapidjson::Document parsed;
  if (auto read = json::parse(parsed, options.body); !read)
    throw command_error(exit_code::usage,
                        "JSON: the message cannot be read: " + to_string(read.error()));
  auto conn = connect(ctx);
  expect_queue(conn, options.queue);
  auto id = pg::audited(conn, act("send", options), [&](pg::operator_action& line) {
    auto sent = pg::queue_send{options.queue, options.body, options.delay_s}.run(conn);
    line.outcome = "sent as " + std::to_string(sent);
    return sent;
  });
  print(ctx, {{"queue", options.queue}, {"id", id}});
  return exit_code::done;
}

exit_code archive(context& ctx, const queue_options& options) {
  auto conn = connect(ctx);
  expect_queue(conn, options.queue);
  auto moved = pg::audited(conn, act("archive", options), [&](pg::operator_action& line) {
    auto gone = pg::queue_archive{options.queue, options.ids}.run(conn);
    line.outcome = fmt::format("{} of {} archived", gone.size(), options.ids.size());
    return gone;
  });
  if (moved.size() < options.ids.size())
    throw command_error(exit_code::failed, std::to_string(options.ids.size() - moved.size())
                                             + " of them are not in the queue '" + options.queue
                                             + "'; the others were archived");
  table found{{"queue", "id"}, {}};
  for (auto id : moved)
    found.rows.push_back({options.queue, id});
  print(ctx, found);
  return exit_code::done;
}

/// What a reader gave up is known, or is to be read again.
template <class Query>
exit_code settle_given_up(context& ctx, const queue_options& options, const char* done) {
  auto conn = connect(ctx);
  expect_queue(conn, options.queue);
  auto count = pg::audited(conn, act(done, options), [&](pg::operator_action& line) {
    auto settled = Query{options.queue, options.ids}.run(conn);
    line.outcome = fmt::format("{} messages", settled);
    return settled;
  });
  print(ctx, {{"queue", options.queue}, {done, count}});
  return count > 0 ? exit_code::done : exit_code::nothing;
}

exit_code dismiss(context& ctx, const queue_options& options) {
  return settle_given_up<pg::queue_dismiss>(ctx, options, "dismiss");
}

exit_code send_again(context& ctx, const queue_options& options) {
  return settle_given_up<pg::queue_send_again>(ctx, options, "send-again");
}

exit_code purge(context& ctx, const queue_options& options) {
  auto conn = connect(ctx);
  expect_queue(conn, options.queue);
  expect_consent(ctx, options.yes, "purge deletes every message of the queue " + options.queue);
  auto deleted = pg::audited(conn, act("purge", options), [&](pg::operator_action& line) {
    auto gone = pg::queue_purge{options.queue}.run(conn);
    line.outcome = fmt::format("{} deleted", gone);
    return gone;
  });
  print(ctx, {{"queue", options.queue}, {"deleted", deleted}});
  return exit_code::done;
}

} // namespace

void add_queue(CLI::App& root, command_line& line) {
  auto options = std::make_shared<queue_options>();
  auto& command = *root.add_subcommand("queue", "The pgmq queues");
  command.require_subcommand(1);
  command.footer(
    "Examples:\n  nova queue metrics\n  nova queue peek nylas_webhook_notifications --limit 5\n"
    "  nova queue send inbox_backfill_jobs '{\"config_id\": \"…\"}'\n"
    "  nova queue archive thread_sync_jobs 17 18");
  auto sub = [&](const char* name, const char* help,
                 exit_code (*run)(context&, const queue_options&)) {
    auto& made = *command.add_subcommand(name, help);
    made.callback([&line, options, run] {
      line.chosen = [options, run](context& ctx) { return run(ctx, *options); };
    });
    return &made;
  };
  auto named = [&](CLI::App* made) {
    made->add_option("QUEUE", options->queue, "Its name")->required();
    return made;
  };
  sub("list", "Names and lengths", list);
  sub("metrics", "Lengths, ages and totals", metrics);
  named(sub("peek", "Look at messages without taking them", peek))
    ->add_option("--limit", options->limit, "At most so many")
    ->check(CLI::Range(1, 10'000));
  auto* sending = named(sub("send", "Put a message in", send));
  sending->add_option("JSON", options->body, "The message")->required();
  sending->add_option("--delay", options->delay_s, "Seconds before it is visible")
    ->check(CLI::Range(0, 31'536'000));
  named(sub("archive", "Move messages to the archive, whoever reads them", archive))
    ->add_option("ID", options->ids, "Their ids, as peek shows them")
    ->required();
  named(
    sub("dismiss", "Say that messages that were given up are known; they stay archived", dismiss))
    ->add_option("ID", options->ids, "Their ids (dead-letters message); default all");
  named(sub("send-again", "Put messages that were given up back in the queue", send_again))
    ->add_option("ID", options->ids, "Their ids (dead-letters message)")
    ->required();
  named(sub("purge", "Delete all messages", purge))->add_flag("--yes", options->yes, "Do not ask");
}

} // namespace nova::app
