#include "adopt/compare.hpp"
#include "adopt/copy.hpp"
#include "adopt/give_back.hpp"
#include "adopt/source.hpp"
#include "adopt/take.hpp"
#include "app/commands.hpp"
#include "app/consent.hpp"
#include "app/database_connection.hpp"
#include "app/operator_here.hpp"
#include "app/output.hpp"
#include "base/json_text.hpp"
#include "base/printable.hpp"
#include "pg/email/adopted_work.hpp"
#include "pg/email/count_adopted.hpp"
#include "pg/email/count_taken.hpp"
#include "pg/email/list_adopt_rejects.hpp"
#include "pg/email/start_adopted_backfills.hpp"

#include <CLI/CLI.hpp>
#include <rapidjson/stringbuffer.h>

#include <algorithm>
#include <map>
#include <memory>
#include <ostream>
#include <utility>

namespace nova::app {
namespace {

constexpr uint32_t rejects_told_max = 100;

struct adopt_options {
  std::string schema = "public";
  std::vector<std::string> maps;
  bool yes = false;
};

/// The database of the Node service with what is in it.
struct source_here {
  pg::connection conn;
  adopt::source found;

  source_here(const context& ctx, const adopt_options& options, bool read_only)
    : conn(connect_to_source(ctx, read_only)), found(look(options)) {}

private:
  adopt::source look(const adopt_options& options) {
    try {
      std::vector<adopt::mapping> mappings;
      for (const auto& map : options.maps)
        mappings.push_back(adopt::parse_mapping(map));
      return adopt::open_source(conn, options.schema, mappings);
    } catch (const adopt::unfit& fault) {
      throw command_error(exit_code::usage, fault.what());
    }
  }
};

void expect_adoptable(const adopt::source& found) {
  try {
    adopt::expect_fit(found);
  } catch (const adopt::unfit& fault) {
    throw command_error(exit_code::usage, fault.what());
  }
}

/// Tables under names: lines under headings, or with --json one object of arrays.
void print_parts(context& ctx, const std::vector<std::pair<std::string, table>>& parts) {
  if (!ctx.json) {
    for (const auto& [name, part] : parts) {
      if (part.rows.empty())
        continue;
      ctx.out << (name == parts.front().first ? "" : "\n") << name << '\n';
      print(ctx, part);
    }
    return;
  }
  rapidjson::StringBuffer text;
  base::json_writer out{text};
  out.StartObject();
  for (const auto& [name, part] : parts) {
    out.Key(name.c_str());
    out.StartArray();
    for (const auto& row : part.rows) {
      std::vector<std::pair<std::string, cell>> fields;
      for (size_t i = 0; i < row.size(); ++i)
        fields.emplace_back(part.columns[i], row[i]);
      out.StartObject();
      write_fields(out, fields);
      out.EndObject();
    }
    out.EndArray();
  }
  out.EndObject();
  ctx.out << text.GetString() << '\n';
}

table queues_of(const adopt::source& found) {
  table queues{{"queue", "waiting"}, {}};
  for (const auto& queue : adopt::known_queues())
    if (auto length = found.queue_length(queue))
      queues.rows.push_back({queue, *length});
  return queues;
}

table rejects_of(pg::connection& conn) {
  table rejects{{"table", "id", "reason"}, {}};
  for (auto& one : pg::list_adopt_rejects{rejects_told_max}.run(conn))
    rejects.rows.push_back({one.table, one.id, one.reason});
  return rejects;
}

// ---- plan

exit_code plan(context& ctx, const adopt_options& options) {
  source_here from{ctx, options, true};
  table rows{{"table", "rows", "without_id", "newest", "becomes"}, {}};
  table columns{{"table", "column", "is"}, {}};
  for (const auto& one : from.found.tables) {
    auto place = from.found.place(one);
    auto newest = one.column(one.known->newest);
    auto count =
      place.key.empty() ? pg::source_count{} : pg::count_source{place, newest}.run(from.conn);
    rows.rows.push_back(
      {one.name, count.rows, count.without_key, count.newest,
       one.known->stays.empty() ? one.known->name : "stays: " + one.known->stays});
    for (const auto& [ours, theirs] : one.columns)
      columns.rows.push_back({one.name, theirs, ours});
    for (const auto& left : one.left)
      columns.rows.push_back({one.name, left, "stays behind"});
    for (const auto& missing : one.missing)
      columns.rows.push_back({one.name, missing, "MISSING"});
  }
  table obstacles{{"obstacle"}, {}};
  for (auto& one : adopt::obstacles(from.found))
    obstacles.rows.push_back({std::move(one)});
  bool fits = obstacles.rows.empty();
  print_parts(ctx, {{"tables", std::move(rows)},
                    {"columns", std::move(columns)},
                    {"queues", queues_of(from.found)},
                    {"obstacles", std::move(obstacles)}});
  if (!ctx.json && fits)
    ctx.out << "\nNothing stands in the way, and nothing was changed; next: nova adopt copy\n";
  return fits ? exit_code::done : exit_code::failed;
}

// ---- copy

exit_code copy(context& ctx, const adopt_options& options) {
  source_here from{ctx, options, true};
  expect_adoptable(from.found);
  auto conn = connect_to_write(ctx);
  std::map<std::string, adopt::copy_progress> tables;
  auto tell = [&](const adopt::copy_progress& now) {
    tables[now.table->known->name] = now;
    if (ctx.terminal && !ctx.json)
      ctx.err << '\r' << now.table->name << ": " << now.looked_at << " looked at, " << now.written
              << " copied   " << std::flush;
    return true;
  };
  pg::audited_at_length(conn, by_command("adopt copy", "schema:" + options.schema),
                        [&](pg::operator_action&) {
                          adopt::copy_rows(from.found, conn, {}, tell);
                          return true;
                        });
  if (ctx.terminal && !ctx.json)
    ctx.err << '\n';
  table rows{{"table", "there", "copied_now", "here", "rejected"}, {}};
  int64_t rejected = 0;
  for (const auto& one : pg::count_adopted{}.run(conn)) {
    const auto& now = tables[one.table];
    rows.rows.push_back({one.table, now.looked_at, now.written, one.copied, one.rejected});
    rejected += one.rejected;
  }
  print_parts(ctx, {{"tables", std::move(rows)}, {"rejects", rejects_of(conn)}});
  if (!ctx.json && rejected > 0)
    ctx.out << "\n"
            << rejected
            << " rows were not copied, and stopped nothing; mended there, they are "
               "copied by the next run\n";
  return exit_code::done;
}

// ---- take

exit_code take(context& ctx, const adopt_options& options) {
  source_here from{ctx, options, false};
  expect_adoptable(from.found);
  auto conn = connect_to_write(ctx);
  expect_consent(
    ctx, options.yes,
    "takes what waits in the queues of the Node service, which then does not work on it");
  adopt::taken taken;
  std::vector<pg::adopted_backfill> started;
  pg::audited_at_length(conn, by_command("adopt take", "schema:" + options.schema),
                        [&](pg::operator_action& line) {
                          taken = adopt::take_queues(from.found, conn);
                          pg::transaction all{conn, pg::transaction::access::read_write};
                          started = pg::start_adopted_backfills{line.who}.run(conn);
                          all.commit();
                          return true;
                        });
  table messages{{"became", "messages"}, {}};
  for (const auto& [became, count] : taken.became)
    messages.rows.push_back({became, count});
  table backfills{{"inbox_id", "config_id", "from", "adopted_messages"}, {}};
  for (const auto& one : started)
    backfills.rows.push_back({one.inbox, one.config, one.from, one.messages});
  print_parts(ctx, {{"taken", std::move(messages)},
                    {"backfills", std::move(backfills)},
                    {"left", queues_of(from.found)}});
  if (!ctx.json && taken.waiting > 0)
    ctx.out << "\n"
            << taken.waiting
            << " messages are in the hands of the Node service; stop it, and take "
               "again when its visibility time-out is over\n";
  return exit_code::done;
}

// ---- status, verify

exit_code status(context& ctx, const adopt_options& options) {
  source_here from{ctx, options, true};
  auto conn = connect(ctx);
  std::map<std::string, pg::adopted_count> here;
  for (auto& one : pg::count_adopted{}.run(conn))
    here[one.table] = one;
  table rows{{"table", "there", "here", "rejected", "left"}, {}};
  for (const auto& one : from.found.tables) {
    if (!one.known->stays.empty() || !one.missing.empty())
      continue;
    auto there = pg::count_source{from.found.place(one)}.run(from.conn).rows;
    const auto& counts = here[one.known->name];
    rows.rows.push_back({one.name, there, counts.copied, counts.rejected,
                         std::max<int64_t>(0, there - counts.copied - counts.rejected)});
  }
  table taken{{"queue", "became", "messages", "given_back"}, {}};
  for (const auto& one : pg::count_taken{}.run(conn))
    taken.rows.push_back({one.queue, one.became, one.messages, one.returned});
  auto [inboxes, messages] = pg::adopted_work{}.run(conn);
  table work{{"inboxes_to_backfill", "messages_to_read"}, {}};
  work.rows.push_back({inboxes, messages});
  print_parts(ctx, {{"tables", std::move(rows)},
                    {"queues", queues_of(from.found)},
                    {"taken", std::move(taken)},
                    {"work", std::move(work)},
                    {"rejects", rejects_of(conn)}});
  return exit_code::done;
}

exit_code verify(context& ctx, const adopt_options& options) {
  source_here from{ctx, options, true};
  expect_adoptable(from.found);
  auto conn = connect(ctx);
  table rows{{"table", "inbox", "there", "here", "digest_there", "digest_here", "equal"}, {}};
  table lacking{{"table", "inbox", "lacking"}, {}};
  bool equal = true;
  for (const auto& one : adopt::compare_rows(from.found, conn)) {
    rows.rows.push_back(
      {one.table, one.inbox, one.there, one.here, one.digest_there, one.digest_here, one.equal()});
    for (const auto& id : one.lacking)
      lacking.rows.push_back({one.table, one.inbox, id});
    equal = equal && one.equal();
  }
  print_parts(ctx, {{"tables", std::move(rows)}, {"lacking", std::move(lacking)}});
  return equal ? exit_code::done : exit_code::failed;
}

// ---- back

exit_code back(context& ctx, const adopt_options& options) {
  source_here to{ctx, options, false};
  auto conn = connect_to_write(ctx);
  expect_consent(
    ctx, options.yes,
    "writes what Nova has not worked off, and the notifications that came to Nova alone, into "
    "the queues of the Node service");
  adopt::given_back given;
  try {
    pg::audited_at_length(conn, by_command("adopt back", "schema:" + options.schema),
                          [&](pg::operator_action&) {
                            given = adopt::give_back(to.found, conn);
                            return true;
                          });
  } catch (const adopt::unfit& fault) {
    throw command_error(exit_code::failed, fault.what());
  }
  table messages{{"queue", "given_back"}, {}};
  for (const auto& [queue, count] : given.messages)
    messages.rows.push_back({queue, count});
  table notifications{{"given", "there_already"}, {}};
  notifications.rows.push_back({given.notifications, given.there_already});
  print_parts(ctx,
              {{"messages", std::move(messages)}, {"notifications", std::move(notifications)}});
  if (!ctx.json)
    ctx.out << "\nNow set the webhook's address in the Nylas application to that of the Node "
               "service, start "
               "it, stop Nova, and run this command once more for what came in between.\n";
  return exit_code::done;
}

} // namespace

void add_adopt(CLI::App& root, command_line& line) {
  auto options = std::make_shared<adopt_options>();
  auto& command =
    *root.add_subcommand("adopt", "Move in from the Node service (docs/from-node.md)");
  command.require_subcommand(1);
  command.footer(
    "NOVA_ADOPT_FROM names the database of the Node service; only `take` and `back` write "
    "there.\n\nExamples:\n"
    "  nova adopt plan\n"
    "  nova adopt copy --map flux_email_messages.sent_at=received_date\n"
    "  nova adopt take --yes");
  auto add = [&](const char* name, const char* help,
                 exit_code (*run)(context&, const adopt_options&)) {
    auto& sub = *command.add_subcommand(name, help);
    sub.add_option_function<std::string>(
      "--from", [&line](const std::string& url) { line.flags["NOVA_ADOPT_FROM"] = url; },
      "Its database; without a password in it, which others see");
    sub.add_option("--schema", options->schema, "Where its tables are")->capture_default_str();
    sub.add_option("--map", options->maps, "TABLE.COLUMN=KNOWN: a column under another name")
      ->allow_extra_args(false);
    sub.callback([&line, options, run] {
      line.chosen = [options, run](context& ctx) { return run(ctx, *options); };
    });
    return &sub;
  };
  add("plan", "Say what is there, what becomes of it, and what stands in the way", plan);
  add("copy", "Copy what is new or has changed; as often as you like", copy);
  add("take", "Take over its queues and what it has not finished", take)
    ->add_flag("--yes", options->yes, "Do not ask");
  add("status", "Say how far it is", status);
  add("verify", "Compare which rows are there and here", verify);
  add("back", "Give the Node service what it missed", back)
    ->add_flag("--yes", options->yes, "Do not ask");
}

} // namespace nova::app
