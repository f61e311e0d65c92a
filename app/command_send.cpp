#include "app/commands.hpp"
#include "app/database_connection.hpp"
#include "app/direct_handler.hpp"
#include "app/output.hpp"
#include "base/clock.hpp"
#include "base/json_text.hpp"
#include "jobs/ended_jobs.hpp"
#include "jobs/envelope.hpp"
#include "jobs/job_sources.hpp"
#include "jobs/send_request.hpp"
#include "jobs/sql_handler.hpp"
#include "json/json_reader.hpp"
#include "pg/messenger/messenger_claim_sent.hpp"
#include "pg/messenger/messenger_send_request.hpp"
#include "shell/row_query.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <rapidjson/document.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cmath>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>

namespace nova::app {
namespace {

struct send_options {
  std::string type, body;
  std::string transport, queue, delay, key, tenant;
  std::vector<std::string> headers; // NAME=VALUE
  int32_t priority = 0;
};

[[noreturn]] void refuse_sending(const std::string& reason) {
  throw command_error(exit_code::usage, reason);
}

/// All of it, or one byte more than a body may have.
std::string read_body(std::istream& from) {
  std::string text;
  std::array<char, 65536> part{};
  while (text.size() <= jobs::send_bytes_max && from.good()) {
    from.read(part.data(), part.size());
    text.append(part.data(), static_cast<size_t>(from.gcount()));
  }
  return text;
}

std::string body_of(const send_options& options) {
  auto text = options.body;
  if (text == "-") {
    text = read_body(std::cin);
  } else if (text.starts_with('@')) {
    std::ifstream file{text.substr(1), std::ios::binary};
    if (!file)
      refuse_sending("BODY: '" + text.substr(1) + "' cannot be read");
    text = read_body(file);
  }
  if (text.size() > jobs::send_bytes_max)
    refuse_sending("BODY is larger than 1 MiB; store it elsewhere and send where it is");
  rapidjson::Document parsed;
  if (auto good = json::parse(parsed, text); !good)
    refuse_sending(
      "BODY is not JSON: " + to_string(good.error())
      + "; a text stands in quotes, '\"hello\"', a file is @NAME, - is the standard input");
  return text;
}

int64_t delay_of(const std::string& text) {
  auto seconds = shell::parse_seconds(text);
  if (!seconds)
    refuse_sending("--delay: '" + text + "' is not a time such as 90s, 10m or 1.5h");
  return static_cast<int64_t>(std::llround(*seconds * 1000));
}

/// As it would be sent over HTTP, so that both take the same.
std::string message_of(const send_options& options) {
  rapidjson::StringBuffer text;
  base::json_writer out{text};
  auto put = [&](const char* key, const std::string& value) {
    if (value.empty())
      return;
    out.Key(key);
    out.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  };
  auto body = body_of(options);
  out.StartObject();
  put("type", options.type);
  put("transport", options.transport);
  put("queue", options.queue);
  put("key", options.key);
  put("tenant", options.tenant);
  out.Key("priority");
  out.Int(options.priority);
  if (!options.delay.empty()) {
    out.Key("delay_ms");
    out.Int64(delay_of(options.delay));
  }
  out.Key("headers");
  out.StartObject();
  for (const auto& header : options.headers) {
    auto equals = header.find('=');
    if (equals == 0 || equals == std::string::npos)
      refuse_sending("--header: '" + header + "' is not NAME=VALUE");
    out.Key(header.data(), static_cast<rapidjson::SizeType>(equals));
    out.String(header.data() + equals + 1,
               static_cast<rapidjson::SizeType>(header.size() - equals - 1));
  }
  out.EndObject();
  out.Key("body");
  out.RawValue(body.data(), body.size(), rapidjson::kObjectType);
  out.EndObject();
  return {text.GetString(), text.GetSize()};
}

/// Done here at once, as a node does it; what fails is tried again by nodes.
jobs::job_outcome do_now(context& ctx, const pg::set_handler& how, jobs::claimed_job job) {
  auto conn = connect_to_write(ctx, "messenger");
  auto began = base::monotonic_now();
  jobs::job_outcome outcome;
  if (how.kind == "http") {
    outcome = call_handler(ctx, how, job);
  } else {
    auto call = jobs::sql_call_of(how);
    call.job = jobs::envelope_of(job);
    outcome = jobs::run_sql_job{std::move(call), job}.run(conn);
  }
  jobs::ended_jobs ended{0};
  ended.add(std::move(job), outcome,
            std::chrono::duration_cast<std::chrono::milliseconds>(base::monotonic_now() - began));
  ended.next(1).run(conn);
  return outcome;
}

/// Who would do it at once: a handler of this program whose limits nobody has to ask for.
std::optional<pg::set_handler> handler_now(pg::connection& conn, const send_options& options) {
  if (options.transport.empty())
    return std::nullopt;
  auto found = handler_for(pg::list_handlers{}.run(conn), options.type, options.transport);
  return found && found->limit_key.empty() ? found : std::nullopt;
}

exit_code send(context& ctx, const send_options& options) {
  auto request = jobs::parse_send_request(message_of(options), {});
  if (!request)
    refuse_sending(to_string(request.error()));
  auto conn = connect(ctx, "messenger");
  auto how = handler_now(conn, options);
  pg::transaction change{conn, pg::transaction::access::read_write};
  auto sent = pg::messenger_send_request{request->messages, {}}.run(conn).at(0);
  std::optional<pg::claimed_message> own;
  if (how && sent.created)
    own = pg::messenger_claim_sent{sent.id, fmt::format("send/{}", ::getpid()),
                                   how->timeout + std::chrono::minutes{1}}
            .run(conn);
  change.commit();
  if (!own) {
    print(ctx, {{"id", sent.id}, {"created", sent.created}});
    return exit_code::done;
  }
  std::vector<pg::claimed_message> one;
  one.push_back(std::move(*own));
  auto outcome =
    do_now(ctx, *how, std::move(jobs::jobs_of(options.transport, std::move(one)).front()));
  print(ctx, {{"id", sent.id},
              {"created", sent.created},
              {"verdict", to_string(outcome.what)},
              {"class", outcome.error_class},
              {"text", outcome.text}});
  return outcome.what == jobs::verdict::done ? exit_code::done : exit_code::failed;
}

} // namespace

void add_send(CLI::App& messenger, command_line& line) {
  auto options = std::make_shared<send_options>();
  auto& sub = *messenger.add_subcommand("send", "Send a message");
  sub.footer("BODY is JSON, at most 1 MiB; @FILE is a file with it, - the standard input.\n"
             "created is no when the key was taken: id is the first one's then. A message of a "
             "transport of type sync is done before the command ends; verdict says how.\n\n"
             "Examples:\n  nova messenger send invoice.created '{\"id\": 7}' --queue billing\n"
             "  nova messenger send report @report.json --delay 10m --key report-7");
  sub.add_option("TYPE", options->type, "What the handler is chosen by")->required();
  sub.add_option("BODY", options->body, "What it says")->required();
  sub.add_option("--transport", options->transport, "default unless given");
  sub.add_option("--queue", options->queue, "default unless given");
  sub.add_option("--delay", options->delay, "Not before so long, such as 10m");
  sub.add_option("--priority", options->priority, "-100 to 100, the larger first");
  sub.add_option("--key", options->key, "Sent once, however often this is called with it");
  sub.add_option("--tenant", options->tenant, "Tenants take turns");
  sub.add_option("--header", options->headers, "NAME=VALUE; may be given again");
  sub.callback(
    [&line, options] { line.chosen = [options](context& ctx) { return send(ctx, *options); }; });
}

} // namespace nova::app
