#include "shell/session.hpp"

#include "base/printable.hpp"
#include "shell/suggestion.hpp"

#include <fmt/format.h>

#include <chrono>
#include <ostream>
#include <thread>

namespace nova::shell {
namespace {

tl::expected<format, base::bad_input> parse_format(const std::string& name) {
  for (auto [text, value] : {std::pair{"table", format::table}, std::pair{"json", format::json},
                             std::pair{"jsonl", format::jsonl}, std::pair{"tsv", format::tsv}})
    if (name == text)
      return value;
  return tl::unexpected(base::bad_input{"-o", "'" + name + "' is not table, json, jsonl or tsv"});
}

} // namespace

// NOLINTNEXTLINE(readability-function-size): a table
const std::vector<command>& commands() {
  static const std::vector<command> all = {
    {"look", "status", "", "The cluster on one screen", "status", run_status},
    {"look", "doctor", "", "What is wrong, the worst first, each with the next command", "doctor",
     run_doctor},
    {"look", "nodes", "[NODE]", "Who is in the cluster, and how names ended", "nodes", run_nodes,
     "tables/nodes",
     "node,id,state,roles,version,up_s,lease_s,claims,leases,cpu,rss_mb,threads,fds,reason"},
    {"look", "node", "NODE", "One node: its part of the work, of its machine, its links", "node n1",
     run_node},
    {"look", "tree", "[NODE]", "Actors below their supervisors", "tree n1", run_tree},
    {"look", "ps", "[KIND|KIND/KEY|NODE/KIND/KEY|PATTERN]",
     "Actors: what they do, since when, what waits for them",
     "ps --where 'mailbox>100 and kind=thread_sync' --sort -mailbox --limit 20", run_ps, "actors",
     "actor,state,now,since_s,mailbox,handled,rate,restarts"},
    {"look", "top", "[--by rate|mailbox|busy_s|restarts] [--window 1s]",
     "The busiest actors of a window of time", "top --by rate --limit 10", run_top, "actors",
     "actor,state,in_rate,out_rate,mailbox,busy_s,now"},
    {"look", "actor", "NODE/KIND/KEY", "One actor: now, mailbox, rates, restarts, last failures",
     "actor n1/mail_store", run_actor},
    {"look", "stuck", "[--over 10s]", "Who has been at one thing for too long", "stuck --over 30s",
     run_ps, "actors", "actor,state,now,since_s,busy_s,mailbox"},
    {"look", "why", "NODE/KIND/KEY | MESSAGE_ID [INBOX] | --rfc822 ID [INBOX]",
     "Why an actor does not get on; how a message came, or why it is not there", "why 18f2c0a9",
     run_why},
    {"look", "crashes", "[--since 1h] [--group reason]",
     "Abnormal ends of actors, also before a restart", "crashes --since 1h --group reason",
     run_crashes},
    {"look", "queues", "[QUEUE]", "Lengths and ages of the queues", "queues", look, "tables/queues",
     "queue,ready,leased,oldest_s,total,archived,state,paused_by,until,reason"},
    {"look", "leases", "[PREFIX]", "What only one node may do, and who does", "leases", look,
     "tables/leases", "lease,holder,token,state,left_s,acquired_at"},
    {"look", "links", "[NODE]", "Links between nodes: since when, round trip, or why there is none",
     "links n2", look, "tables/links",
     "node,peer,address,state,since,rtt_ms,bytes_in,bytes_out,failures,why"},
    {"look", "claims", "[NODE]", "Threads that nodes hold", "claims", look, "tables/claims",
     "node,epoch,config,threads,oldest_s,state"},
    {"look", "grants", "[GRANT]", "Inboxes and how their providers treat them", "grants", look,
     "tables/grants",
     "grant,email,provider,status,reason,backfills,home,binds,waiting,remote,oldest_s,running,"
     "places,"
     "units_left,units_allowed,throttled_until"},
    {"look", "progress", "[CONFIG]", "How far backfills are", "progress", look, "tables/progress",
     "config,email,state,percent,left_s,low_s,high_s,usable_s,binds,threads,done,running,failed,"
     "messages,seconds,error"},
    {"look", "events", "[--since 1h]", "What changed: nodes, operators, backfills",
     "events --since 1h", look, "tables/events", "at,what,who,event,reason"},
    {"look", "dead-letters", "[notification|thread|message]", "Work that was given up",
     "dead-letters", look, "tables/dead-letters", "kind,id,about,at,attempts,reason,config"},
    {"look", "jobs", "[TYPE|QUEUE|TASK]",
     "Messages, queues that push and upkeep: what is worked at", "jobs", look, "tables/jobs",
     "source,place,id,type,node,since,until,attempts,crashes"},
    {"look", "handlers", "[TYPE|QUEUE]", "Who does which jobs", "handlers", look, "tables/handlers",
     "source,name,transport,kind,calls,by,timeout,enabled,set_by,set_at"},
    {"look", "keys", "[TYPE|QUEUE]", "Limits of keys and where they stand", "keys", look,
     "tables/keys", "name,limits,key,running,running_max,rate,failures,open_until,mean_ms"},
    {"look", "schedules", "[NAME]", "What is sent or run by the clock", "schedules", look,
     "tables/schedules", "source,name,schedule,timezone,enabled,next_at,last_at,runs,trouble"},
    {"look", "alerts", "[KIND]", "What is wrong or was, and who was told", "alerts", look,
     "tables/alerts", "kind,severity,state,title,opened_at,ended_at,count,told,waiting,error"},
    {"look", "syncs", "[SYNC]", "Syncs of other systems and where each stands", "syncs", look,
     "tables/syncs",
     "sync,mode,state,node,since,read,total,written,failed,watermark,next_at,last,failures,"
     "trouble"},
    {"look", "versions", "", "Which versions and protocols run", "versions", look,
     "tables/versions", "version,protocol,protocol_min,nodes,count,floor"},
    {"look", "settings", "[PREFIX]", "Live settings and until when they hold", "settings", look,
     "tables/settings", "key,value,who,at,reason,revert_at,revert_to"},
    {"look", "audit", "[PERSON]", "What operators did", "audit", look, "tables/audit",
     "at,who,role,via,action,target,reason,outcome"},
    {"look", "whoami", "", "Who you are to the node, and what you may do", "whoami", look, "whoami",
     "node,user,role"},
    {"follow", "trace",
     "ACTOR|KIND|thread T|config C|notification N [--max 50] [--rate 10] [--for 60s]",
     "Messages as they are handled, never what is in them; ends with the shell",
     "trace thread_sync --max 20 --for 30s", run_trace},
    {"follow", "log", "level COMPONENT=LEVEL [--for 10m]",
     "The log level of a component, on every node", "log level ThreadSync=debug --for 10m",
     run_log},
    {"explain", "explain", "CONFIG | message ID [INBOX] | job ID",
     "Why a backfill or a job of the messenger does not progress: the first thing that blocks it; "
     "or as `why` of a message",
     "explain message 18f2c0a9", run_explain},
    {"act", "pause", "queue:Q|threads|backfill:ID [--for 15m]", "No new work of it is taken",
     "pause queue:inbox_backfill_jobs --for 15m --reason quota", run_act},
    {"act", "resume", "queue:Q|threads|backfill:ID", "Takes a pause back", "resume threads",
     run_act},
    {"act", "suspend", "NODE/KIND/KEY", "The actor takes no further message",
     "suspend n1/mail_store", run_act},
    {"act", "wake", "NODE/KIND/KEY", "Takes a suspension back", "wake n1/mail_store", run_act},
    {"act", "restart", "NODE/KIND/KEY", "Its supervisor stops it and starts it again",
     "restart n1/mail_store", run_act},
    {"act", "kill", "NODE/KIND/KEY", "Ends the actor at once (admin)", "kill n1/thread_sync/18f2",
     run_act},
    {"act", "drain", "NODE [--wait 5m]",
     "The node claims no new threads (admin); --wait shows what it still has until it has nothing",
     "drain n2 --reason upgrade --wait 5m", run_drain},
    {"act", "undrain", "NODE", "It claims threads again (admin)", "undrain n2", run_act},
    {"act", "retry", "backfill:ID|--where …",
     "Given-up work once more; --where chooses among dead-letters",
     "retry --where \"kind=thread and reason~429\" --yes", run_bulk, "tables/dead-letters"},
    {"act", "requeue", "node:N|--where …",
     "Claimed threads back to the queue; --where chooses among claims",
     "requeue --where state=orphaned", run_bulk, "tables/claims"},
    {"act", "cancel", "backfill:ID|--where …", "Ends backfills; --where chooses among progress",
     "cancel --where 'email~old.example'", run_bulk, "tables/progress"},
    {"act", "set", "[concurrency=N|pace=TIME|log.level.C=L] [--for 30m]",
     "A live setting, on every node; --for takes it back by itself", "set pace=200ms --for 30m",
     run_set},
    {"act", "unset", "concurrency|pace|KEY", "Back to what nodes were started with", "unset pace",
     run_set},
    {"shell", "help", "[COMMAND]", "This, or one command with its example", "help ps", run_help},
    {"shell", "quit", "", "Ends the shell", "quit", run_quit},
  };
  return all;
}

const command* find_command(const std::string& name) {
  for (const auto& each : commands())
    if (name == each.name)
      return &each;
  return name == "exit" ? find_command("quit") : nullptr;
}

std::vector<std::string> command_names() {
  std::vector<std::string> all;
  for (const auto& each : commands())
    all.emplace_back(each.name);
  return all;
}

size_t command::words_max() const {
  constexpr size_t many = 1000;
  std::string_view takes{arguments};
  if (std::string_view{group} == "act")
    return many;
  if (run == run_trace || run == run_log)
    return 2;
  if (run == run_why || run == run_explain)
    return 3;
  return takes.empty() || takes.starts_with("[--") ? 0 : 1;
}

namespace {

/// What of a line no command of that name takes; empty when all of it can be meant.
std::string beside_the_point(const command& what, const line& typed) {
  if (typed.words.size() > what.words_max() + 1) {
    std::string takes = *what.arguments == '\0' ? "no words" : what.arguments;
    return fmt::format("{} takes {}: '{}' is one too many", what.name, takes,
                       typed.words[what.words_max() + 1]);
  }
  for (const char* option : {"limit", "times"}) {
    auto value = typed.option(option, "0");
    if (value.empty() || value.size() > 9
        || value.find_first_not_of("0123456789") != std::string::npos)
      return fmt::format("--{}: '{}' is not a whole number", option, value);
  }
  return {};
}

} // namespace

session::session(backend& asked, session_options options, std::ostream& out, std::ostream& err)
  : asked(asked), options(std::move(options)), out(out), err(err) {}

exit_code session::fail(exit_code how, const std::string& why) {
  say(err, "nova: " + why);
  return how;
}

void session::say(std::ostream& to, std::string_view text) {
  to << base::printable(text) << '\n';
}

/// The node that was asked knows only that it has no link; why not stands in the tables.
void session::explain_silence(std::vector<rows::silent_node>& silent) {
  constexpr std::string_view unlinked = "no link to it";
  for (auto& each : silent) {
    if (each.reason != unlinked)
      continue;
    auto links = get("tables/links?limit=1000&arg=" + encode(each.node));
    for (const auto& row : links.document.GetArray())
      if (auto why = rows::text(row, "why"); !why.empty() && each.reason == unlinked)
        each.reason +=
          fmt::format(" ({} to {}: {})", rows::text(row, "node"), rows::text(row, "peer"), why);
  }
}

void session::say_silent(std::vector<rows::silent_node> silent) {
  explain_silence(silent);
  for (const auto& each : silent)
    say(err, fmt::format("! {} did not answer: {}", each.node, each.reason));
}

exit_code session::run(std::string_view text) {
  auto lines = parse_lines(text);
  if (!lines)
    return fail(exit_code::usage, to_string(lines.error()));
  auto result = exit_code::done;
  for (const auto& each : *lines) {
    auto one = run(each);
    if (result == exit_code::done)
      result = one;
    if (finished_)
      break;
  }
  return result;
}

exit_code session::run(const line& typed) {
  const auto* found = find_command(typed.words.front());
  if (found == nullptr)
    return fail(exit_code::usage, "there is no command '" + typed.words.front() + "'"
                                    + did_you_mean(typed.words.front(), command_names())
                                    + " (see `help`)");
  if (auto fault = beside_the_point(*found, typed); !fault.empty())
    return fail(exit_code::usage, fault);
  auto before = options.as;
  if (typed.has("output")) {
    auto as = parse_format(typed.option("output"));
    if (!as)
      return fail(exit_code::usage, to_string(as.error()));
    options.as = *as;
  }
  auto result = typed.has("watch") ? watch(*found, typed) : found->run(*this, typed);
  options.as = before;
  out.flush();
  return result;
}

exit_code session::watch(const command& what, const line& typed) {
  auto pause = parse_seconds(typed.option("watch"));
  if (!pause || *pause < 0.1)
    return fail(exit_code::usage, "--watch is a time of at least 0.1s");
  if (std::string_view{what.group} == "act")
    return fail(exit_code::usage, "--watch is for commands that look");
  auto once = typed;
  once.options.erase("watch");
  auto times = std::strtoull(typed.option("times", "0").c_str(), nullptr, 10);
  auto result = exit_code::done;
  for (uint64_t i = 0; times == 0 || i < times; ++i) {
    if (i > 0)
      std::this_thread::sleep_for(std::chrono::duration<double>(*pause)); // the pace of eyes
    if (options.interrupted())
      break;
    if (options.terminal)
      out << "\033[H\033[2J";
    result = what.run(*this, once);
    out.flush();
    if (result != exit_code::done && result != exit_code::partial && result != exit_code::nothing)
      break;
  }
  return result;
}

exit_code session::show(rows& what, const line& typed, const std::string& columns) {
  if (what.result != exit_code::done && what.result != exit_code::partial)
    return fail(what.result, what.error);
  explain_silence(what.silent);
  auto chosen = typed.option("columns");
  for (const auto& column : split(chosen, ','))
    if (auto fault = what.fault_of_column(column); !fault.empty())
      return fail(exit_code::usage, "--columns: " + fault);
  bool text = options.as == format::table || options.as == format::tsv;
  auto shown = split(!chosen.empty() ? chosen : text ? columns : "", ',');
  if (!(what.empty() && options.as == format::table))
    print(out, what, options.as, shown, !typed.has("no-headers"));
  if (options.as == format::table && what.total > what.document.Size() && !what.empty())
    err << fmt::format("{} of {} rows (see --limit)\n", what.document.Size(), what.total);
  say_silent(what.silent);
  if (!what.silent.empty())
    return exit_code::partial;
  bool narrow = typed.has("where") || typed.words.size() > 1;
  if (what.empty() && options.as == format::table)
    err << (narrow ? "nothing matched\n" : "nothing\n");
  return what.empty() && narrow ? exit_code::nothing : exit_code::done;
}

} // namespace nova::shell
