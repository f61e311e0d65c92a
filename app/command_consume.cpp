#include "app/commands.hpp"
#include "app/database_connection.hpp"
#include "app/job_consumer.hpp"
#include "app/node_settings.hpp"
#include "app/output.hpp"
#include "app/stop_signal.hpp"
#include "base/clock.hpp"
#include "base/process_usage.hpp"
#include "pg/messenger/messenger_brokers.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace nova::app {
namespace {

using namespace std::chrono_literals;

struct consume_options {
  std::vector<std::string> transports, queues;
  uint64_t limit = 0, failure_limit = 0;
  uint64_t memory_max = 0;   // bytes
  uint64_t seconds_max = 0;  // to run
  uint64_t keepalive_s = 15; // a lease is held for longer so often
  bool all_sources = false;
};

// How often the limits that the engine does not know are looked at.
constexpr std::chrono::milliseconds look_pause{200};

// A lease is four times as long as the pause between two times that it is held for longer.
constexpr uint64_t keepalives_per_lease = 4;

std::string progress(const jobs::job_counts& counts, double per_second, uint64_t resident) {
  return fmt::format("{} done, {} failed for good, {} to be tried again, {:.0f}/s, {} MiB",
                     counts.done.load(), counts.failed.load(),
                     counts.retried.load() + counts.snoozed.load(), per_second, resident >> 20);
}

/// A line that says once a second how far it is; a terminal's moves, another's is one line in ten
/// seconds.
class consume_line {
public:
  explicit consume_line(context& ctx) : ctx_(ctx) {}

  void show(const jobs::job_counts& counts, uint64_t resident) {
    auto now = base::monotonic_now();
    auto pause = ctx_.terminal ? 1s : 10s;
    if (ctx_.json || now - shown_ < pause)
      return;
    auto done = counts.done.load();
    auto passed = std::chrono::duration<double>(now - shown_).count();
    auto line = progress(counts, static_cast<double>(done - done_) / passed, resident);
    ctx_.err << (ctx_.terminal ? "\r\x1b[K" + line : line + '\n') << std::flush;
    shown_ = now;
    done_ = done;
  }

  void end() {
    if (ctx_.terminal && !ctx_.json)
      ctx_.err << "\r\x1b[K" << std::flush;
  }

private:
  context& ctx_;
  base::monotonic_time shown_ = base::monotonic_now();
  uint64_t done_ = 0;
};

/// Why the consumer is told to end, if it is.
std::optional<std::string> reason_to_end(const consume_options& options, const stop_signal& signal,
                                         base::monotonic_time began, uint64_t resident) {
  if (signal.came())
    return "stopped";
  if (options.seconds_max > 0
      && base::monotonic_now() - began >= std::chrono::seconds{options.seconds_max})
    return "time limit";
  if (options.memory_max > 0 && resident > options.memory_max)
    return "memory limit";
  return std::nullopt;
}

std::string reason_of_engine(const consume_options& options, const jobs::job_counts& counts) {
  if (options.failure_limit > 0 && counts.failed + counts.retried >= options.failure_limit)
    return "failure limit";
  return options.limit > 0 ? "limit" : "the engine ended";
}

job_consumer_settings consumer_of(const context& ctx, const consume_options& options) {
  const auto& values = ctx.values();
  auto node = make_node_settings(values, {"jobs"});
  job_consumer_settings made;
  made.database = node.database;
  made.secrets = node.secrets;
  made.http_caller = node.http_caller;
  made.brokers = node.brokers;
  made.connections = values.database_connections;
  made.job_connections = values.job_connections;
  made.claimer = node.job_claimer;
  made.claimer.worker = fmt::format("consume/{}/{}", node.name, ::getpid());
  made.brokers.worker = made.claimer.worker;
  made.brokers.consumer = made.claimer.worker;
  made.claimer.lease = std::chrono::seconds{options.keepalive_s * keepalives_per_lease};
  made.claimer.transports = options.transports;
  made.claimer.queues = options.queues;
  made.claimer.pushes = options.all_sources;
  made.claimer.limit = options.limit;
  made.claimer.failure_limit = options.failure_limit;
  return made;
}

/// A broker gives out what comes next, whatever its queue.
void expect_queues_here(pg::connection conn, const consume_options& options) {
  if (options.queues.empty())
    return;
  for (const auto& one : pg::messenger_brokers{}.run(conn))
    if (std::ranges::find(options.transports, one.name) != options.transports.end())
      throw command_error(exit_code::usage, "--queues: the messages of transport '" + one.name
                                              + "' are at a broker (" + one.type
                                              + "), which does not know queues of messages");
}

exit_code consume(context& ctx, const consume_options& options) {
  expect_queues_here(connect(ctx, "messenger"), options); // before anything is started
  auto began = base::monotonic_now();
  stop_signal signal;
  job_consumer consumer{consumer_of(ctx, options)};
  consume_line line{ctx};
  std::string why;
  while (!consumer.ended_within(look_pause)) {
    auto resident = base::usage_of_process().resident_bytes;
    line.show(consumer.counts(), resident);
    if (!why.empty())
      continue;
    if (auto reason = reason_to_end(options, signal, began, resident)) {
      why = *reason;
      consumer.drain();
    }
  }
  line.end();
  const auto& counts = consumer.counts();
  if (why.empty())
    why = reason_of_engine(options, counts);
  print(ctx, {{"done", counts.done.load()},
              {"failed", counts.failed.load()},
              {"retrying", counts.retried.load()},
              {"snoozed", counts.snoozed.load()},
              {"seconds", std::chrono::duration<double>(base::monotonic_now() - began).count()},
              {"ended_by", why}});
  return why == "failure limit" ? exit_code::failed : exit_code::done;
}

} // namespace

void add_consume(CLI::App& messenger, command_line& line) {
  auto options = std::make_shared<consume_options>();
  auto& command =
    *messenger.add_subcommand("consume", "Do messages in this process, until a limit or a signal");
  command.footer(
    "Handlers are what `nova messenger handlers` shows. SIGTERM lets what runs end. A node "
    "with the role jobs does the same.\n\n"
    "Examples:\n  nova messenger consume default --limit 100\n"
    "  nova messenger consume high default --time-limit 3600 --memory-limit 128M");
  command.add_option("TRANSPORT", options->transports,
                     "Of these, in that order; default: those that handlers name");
  command.add_option("--queues", options->queues, "Only messages of these queues")->delimiter(',');
  command.add_option("-l,--limit", options->limit, "End after so many messages")
    ->check(CLI::PositiveNumber);
  command
    .add_option("-f,--failure-limit", options->failure_limit,
                "End with code 1 after so many failures")
    ->check(CLI::PositiveNumber);
  command
    .add_option("-m,--memory-limit", options->memory_max,
                "End when the process has more, such as 128M")
    ->transform(CLI::AsSizeValue(false));
  command.add_option("-t,--time-limit", options->seconds_max, "End after so many seconds")
    ->check(CLI::PositiveNumber);
  command
    .add_option(
      "--keepalive", options->keepalive_s,
      "Seconds between two times that leases are held for longer; a lease is four times as long")
    ->check(CLI::Range(1, 3'600));
  command.add_flag("--all", options->all_sources, "Queues that push too");
  command.callback(
    [&line, options] { line.chosen = [options](context& ctx) { return consume(ctx, *options); }; });
}

} // namespace nova::app
