#include "app/commands.hpp"
#include "app/consent.hpp"
#include "app/database_connection.hpp"
#include "app/operator_here.hpp"
#include "app/output.hpp"
#include "base/clock.hpp"
#include "base/json_text.hpp"
#include "base/printable.hpp"
#include "pg/audited.hpp"
#include "pg/messenger/messenger_failed_list.hpp"
#include "pg/messenger/messenger_failed_page.hpp"
#include "pg/messenger/messenger_failed_remove.hpp"
#include "pg/messenger/messenger_failed_retry.hpp"
#include "pg/messenger/messenger_failed_show.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <ostream>
#include <span>
#include <thread>

namespace nova::app {
namespace {

// In one transaction, and in memory.
constexpr size_t failed_page_size = 1'000;

struct failed_options {
  std::string transport, type, error_class, since, id, to;
  std::vector<std::string> ids;
  bool retried = false;
  bool all = false;
  bool force = false;
  bool dry_run = false;
  bool yes = false;
  uint32_t limit = 50; // 0: all
  uint32_t rate = 0;
};

using failed_command = exit_code (*)(context&, const failed_options&);

pg::messenger_failed_list filter_of(const failed_options& options) {
  return {options.transport,   options.type,
          options.error_class, options.since.empty() ? 0 : parse_time("--since", options.since),
          options.retried,     options.limit};
}

exit_code list(context& ctx, const failed_options& options) {
  auto filter = filter_of(options);
  auto conn = connect(ctx, "messenger");
  table found{{"id", "failed_at", "transport", "queue", "type", "attempts", "class", "error",
               "retried_at"},
              {}};
  for (const auto& row : filter.run(conn))
    found.rows.push_back({row.id, utc(row.failed_at), row.transport, row.queue, row.type,
                          int64_t{row.attempts}, row.error_class, row.error, utc(row.retried_at)});
  print(ctx, found);
  return exit_code::done;
}

[[noreturn]] void refuse_unknown(const std::string& ids) {
  throw command_error(exit_code::failed, "no failed message has the id " + ids
                                           + "; `nova messenger failed list` shows those there "
                                             "are");
}

exit_code show(context& ctx, const failed_options& options) {
  expect_uuid("ID", options.id);
  auto conn = connect(ctx, "messenger");
  auto found = pg::messenger_failed_show{options.id}.run(conn);
  if (!found)
    refuse_unknown(options.id);
  print(ctx, {{"id", options.id},
              {"message_id", found->message_id},
              {"transport", found->transport},
              {"queue", found->queue},
              {"type", found->type},
              {"tenant_id", found->tenant},
              {"sent_at", utc(found->sent_at)},
              {"failed_at", utc(found->failed_at)},
              {"attempts", int64_t{found->attempts}},
              {"deliveries", int64_t{found->deliveries}},
              {"worker", found->worker},
              {"class", found->error_class},
              {"error", found->error},
              {"fingerprint", found->fingerprint},
              {"retried_at", utc(found->retried_at)},
              {"retried_by", found->retried_by},
              {"retried_as", found->retried_as},
              {"headers", found->headers},
              {"body", found->body},
              {"history", found->history}});
  return exit_code::done;
}

void expect_choice(const failed_options& options) {
  bool filtered = options.all || !options.transport.empty() || !options.type.empty()
                  || !options.error_class.empty() || !options.since.empty();
  if (options.ids.empty() && !filtered)
    throw command_error(exit_code::usage, "which? Name ids, a filter such as --class, or --all");
  if (!options.ids.empty() && filtered)
    throw command_error(exit_code::usage, "either ids or filters, not both");
  for (const auto& id : options.ids)
    expect_uuid("ID", id);
}

/// What the command line names, ids or what a filter lets through, the oldest first, page by page.
/// What fails while it is looked through is not of it.
class chosen_messages {
public:
  chosen_messages(const failed_options& options, size_t page_size)
    : ids_(options.ids), by_filter_(options.ids.empty()), page_size_(page_size),
      left_(options.limit == 0 ? SIZE_MAX : options.limit) {
    if (by_filter_)
      page_.filter = filter_of(options);
    page_.filter.retried = options.force;
  }

  /// Empty behind the last.
  std::vector<std::string> next(pg::connection& conn) {
    auto size = std::min(page_size_, left_);
    if (!by_filter_) {
      auto count = std::min(page_size_, ids_.size() - given_);
      auto first = ids_.begin() + static_cast<std::ptrdiff_t>(given_);
      given_ += count;
      return {first, first + static_cast<std::ptrdiff_t>(count)};
    }
    if (size == 0)
      return {};
    page_.filter.limit = static_cast<uint32_t>(size);
    auto found = page_.run(conn);
    left_ -= found.ids.size();
    if (!found.ids.empty()) {
      page_.after = found.last;
      page_.after_id = found.ids.back();
      page_.until = page_.until == 0 ? found.now : page_.until;
    }
    return std::move(found.ids);
  }

private:
  std::span<const std::string> ids_;
  bool by_filter_;
  size_t page_size_, left_, given_ = 0;
  pg::messenger_failed_page page_;
};

/// Rows that are printed as they come: with --json one array, else a table a page.
class paged_rows {
public:
  paged_rows(context& ctx, std::vector<std::string> columns)
    : ctx_(ctx), page_{std::move(columns), {}} {}

  ~paged_rows() {
    if (ctx_.json)
      ctx_.out << (any_ ? "]\n" : "[]\n");
  }

  paged_rows(const paged_rows&) = delete;
  paged_rows& operator=(const paged_rows&) = delete;

  void add(std::vector<cell> row) {
    page_.rows.push_back(std::move(row));
  }

  void print_page() {
    if (!ctx_.json) {
      if (!page_.rows.empty() || !any_)
        print(ctx_, page_);
    } else {
      for (const auto& row : page_.rows)
        print_object(row);
    }
    any_ = any_ || !page_.rows.empty();
    page_.rows.clear();
  }

private:
  void print_object(const std::vector<cell>& row) {
    std::vector<std::pair<std::string, cell>> fields;
    for (size_t i = 0; i < row.size(); ++i)
      fields.emplace_back(page_.columns[i], row[i]);
    rapidjson::StringBuffer text;
    base::json_writer out{text};
    out.StartObject();
    write_fields(out, fields);
    out.EndObject();
    ctx_.out << (any_ ? "," : "[") << base::printable_json(text.GetString());
    any_ = true;
  }

  context& ctx_;
  table page_;
  bool any_ = false;
};

/// What the audit log says was chosen.
std::string choice_of(const failed_options& options) {
  if (!options.ids.empty())
    return fmt::format(R"({{"messages":{}}})", options.ids.size());
  return fmt::format(R"({{"transport":{},"type":{},"class":{},"since":{},"limit":{}}})",
                     base::json_string(options.transport), base::json_string(options.type),
                     base::json_string(options.error_class), base::json_string(options.since),
                     options.limit);
}

/// Does something with each page: of a few ids in one transaction with the line in the audit log,
/// else page by page between two lines. `said` makes the outcome of the line.
template <class Work, class Said>
void audited_pages(context& ctx, const failed_options& options, const char* action, Work work,
                   Said said) {
  auto line = by_command(action, "messenger:failed");
  line.arguments = choice_of(options);
  auto all = [&](pg::connection& conn, pg::operator_action& made) {
    chosen_messages chosen{options, options.rate > 0 && action == std::string_view{"remove"}
                                      ? std::min<size_t>(options.rate, failed_page_size)
                                      : failed_page_size};
    for (auto ids = chosen.next(conn); !ids.empty(); ids = chosen.next(conn))
      work(conn, std::move(ids));
    made.outcome = said();
    return true;
  };
  if (!options.ids.empty() && options.ids.size() <= failed_page_size) {
    auto conn = connect(ctx, "messenger");
    pg::audited(conn, std::move(line), [&](pg::operator_action& made) { return all(conn, made); });
    return;
  }
  auto conn = connect_to_write(ctx, "messenger");
  pg::audited_at_length(conn, std::move(line),
                        [&](pg::operator_action& made) { return all(conn, made); });
}

/// What would be chosen.
exit_code only_say(context& ctx, const failed_options& options, const char* what) {
  auto conn = connect(ctx, "messenger");
  chosen_messages chosen{options, failed_page_size};
  paged_rows rows{ctx, {"id", "outcome", "message_id"}};
  auto ids = chosen.next(conn);
  do {
    for (auto& id : ids)
      rows.add({std::move(id), what, int64_t{0}});
    rows.print_page();
    ids = chosen.next(conn);
  } while (!ids.empty());
  return exit_code::done;
}

exit_code retry(context& ctx, const failed_options& options) {
  expect_choice(options);
  if (options.dry_run)
    return only_say(ctx, options, "would be retried");
  pg::messenger_failed_retry request{
    .by = "nova messenger", .force = options.force, .transport = options.to};
  if (options.rate > 0)
    request.spacing = std::chrono::milliseconds{1'000 / options.rate};
  size_t asked = 0, sent = 0;
  std::string outcome_of_one;
  {
    paged_rows rows{ctx, {"id", "outcome", "message_id"}};
    audited_pages(
      ctx, options, "retry",
      [&](pg::connection& conn, std::vector<std::string> ids) {
        request.ids = std::move(ids);
        request.delay = request.spacing * sent;
        for (const auto& row : request.run(conn)) {
          ++asked;
          sent += row.outcome == "retried" ? 1 : 0;
          outcome_of_one = row.outcome;
          if (asked == 1 && options.ids.size() == 1 && row.outcome == "unknown")
            refuse_unknown(row.id);
          rows.add({row.id, row.outcome, row.message_id});
        }
        rows.print_page();
      },
      [&] { return fmt::format("{} of {} sent again", sent, asked); });
    if (asked == 0)
      rows.print_page();
  }
  if (sent < asked)
    throw command_error(exit_code::failed,
                        std::to_string(asked - sent)
                          + " of them were not sent again: already_retried wants --force, "
                            "duplicate means that the idempotency key is in use, unknown that "
                            "there is none");
  return exit_code::done;
}

exit_code remove(context& ctx, const failed_options& options) {
  expect_choice(options);
  if (options.dry_run)
    return only_say(ctx, options, "would be removed");
  expect_consent(ctx, options.yes,
                 "remove deletes "
                   + (options.ids.empty() ? "all failed messages that are chosen"
                                          : std::to_string(options.ids.size()) + " failed messages")
                   + ", which then cannot be sent again");
  size_t asked = 0, removed = 0;
  std::string unknown;
  auto next = base::monotonic_now();
  audited_pages(
    ctx, options, "remove",
    [&](pg::connection& conn, std::vector<std::string> ids) {
      if (options.rate > 0)
        std::this_thread::sleep_until(next); // a thread of its own, that of the command
      next = base::monotonic_now()
             + std::chrono::milliseconds{1'000 * ids.size() / std::max(options.rate, 1U)};
      auto gone = pg::messenger_failed_remove{ids}.run(conn);
      asked += ids.size();
      removed += gone.size();
      for (const auto& id : ids)
        if (!options.ids.empty() && std::ranges::find(gone, id) == gone.end())
          unknown += (unknown.empty() ? "" : ", ") + id;
    },
    [&] { return fmt::format("{} of {} deleted", removed, asked); });
  if (removed == 0 && !options.ids.empty())
    refuse_unknown(unknown);
  print(ctx, {{"removed", uint64_t{removed}}, {"unknown", unknown}});
  return exit_code::done;
}

void add_filters(CLI::App& sub, failed_options& options) {
  constexpr uint32_t most = 100'000'000;
  sub.add_option("--transport", options.transport, "Only of this transport");
  sub.add_option("--type", options.type, "Only of this type of message");
  sub.add_option("--class", options.error_class, "Only with this class of error");
  sub.add_option("--since", options.since, "Only what failed since, such as 2026-01-31");
  sub.add_option("--limit", options.limit, "At most so many")->check(CLI::Range(1U, most));
}

/// What acts on many: those that are named, or all that a filter lets through.
void add_choice(CLI::App& sub, const std::shared_ptr<failed_options>& options) {
  sub.add_option("ID", options->ids, "These");
  add_filters(sub, *options);
  sub.preparse_callback([options](size_t) { options->limit = 0; });
  sub.add_flag("--all", options->all, "All, or all up to --limit");
  sub.add_flag("--dry-run", options->dry_run, "Only say which");
  sub.add_option("--rate", options->rate, "So many a second")->check(CLI::Range(1, 1'000));
}

} // namespace

void add_failed(CLI::App& messenger, command_line& line) {
  auto options = std::make_shared<failed_options>();
  auto& failed = *messenger.add_subcommand("failed", "Messages that could not be done");
  failed.require_subcommand(1);
  failed.footer("Examples:\n  nova messenger failed list --class net_error\n"
                "  nova messenger failed retry --class net_error --rate 10\n"
                "  nova messenger failed remove --since 2026-01-31 --dry-run\n"
                "  nova messenger failed remove ID ID --yes");
  auto sub = [&](const char* name, const char* help, failed_command run) {
    auto* made = failed.add_subcommand(name, help);
    made->fallthrough();
    made->callback([&line, options, run] {
      line.chosen = [options, run](context& ctx) { return run(ctx, *options); };
    });
    return made;
  };
  auto* listed = sub("list", "Which, and why", list);
  add_filters(*listed, *options);
  listed->add_flag("--retried", options->retried, "Those that were sent again too");
  sub("show", "One of them whole, with its history", show)
    ->add_option("ID", options->id, "Its id")
    ->required();
  auto* retried = sub("retry", "Send them again, with all their attempts", retry);
  add_choice(*retried, options);
  retried->add_flag("--force", options->force, "Also what was retried already");
  retried->add_option("--to", options->to, "To another transport");
  auto* removed = sub("remove", "Delete them", remove);
  add_choice(*removed, options);
  removed->add_flag("--yes", options->yes, "Do not ask");
  removed->preparse_callback([options](size_t) {
    options->limit = 0;
    options->force = true; // those that were sent again too
  });
}

} // namespace nova::app
