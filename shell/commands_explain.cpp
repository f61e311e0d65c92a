#include "shell/diagnosis.hpp"
#include "shell/node_rows.hpp"
#include "shell/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace nova::shell {
namespace {

/// The last line of `status`.
std::string sum_of(const diagnosis& wrong) {
  if (!wrong.answered())
    return "nobody answers: what is wrong is not known";
  if (verdict_on(wrong) == exit_code::failed)
    return fmt::format("! {} findings, run `doctor`", wrong.found.size());
  return wrong.found.empty()
           ? std::string{"nothing is wrong"}
           : fmt::format("nothing is wrong; {} notes, run `doctor`", wrong.found.size());
}

void put(rapidjson::Value& row, const char* column, const std::string& text, rows& of) {
  auto& memory = of.document.GetAllocator();
  rapidjson::Value value{text.c_str(), memory};
  auto found = row.FindMember(column);
  if (found == row.MemberEnd())
    row.AddMember(rapidjson::Value{column, memory}, value, memory);
  else
    found->value = value;
}

/// The steps of a chain: the first that is not ok blocks, those after it wait.
void mark(rows& steps) {
  bool blocked = false;
  for (auto& row : steps.document.GetArray()) {
    if (rows::text(row, "state") == "ok")
      continue;
    put(row, "state", blocked ? "waits" : "BLOCKS", steps);
    blocked = true;
  }
}

/// What the chain stands on: whether the database is reached, and what is wrong with it.
rows first_steps(const diagnosis& of) {
  rows chain;
  for (const auto& one : of.found)
    if (one.what == "database" && one.level == base::finding_level::critical)
      chain.add({{"step", "database"},
                 {"state", "no"},
                 {"since", one.since},
                 {"text", one.text},
                 {"next", one.next}});
  if (chain.empty())
    chain.add({{"step", "database"},
               {"state", "ok"},
               {"since", ""},
               {"text", "reached, with every migration"},
               {"next", ""}});
  return chain;
}

/// What the nodes see of their actors, as the last step.
void add_actors(rows& chain, const diagnosis& of) {
  std::string actors, since, next;
  for (const auto& one : of.found) {
    if (one.what.find('/') == std::string::npos || one.level == base::finding_level::note)
      continue;
    actors += (actors.empty() ? "" : "; ") + one.what + ": " + one.text;
    if (next.empty()) {
      next = one.next;
      since = one.since;
    }
  }
  chain.add({{"step", "actors"},
             {"state", actors.empty() ? "ok" : "no"},
             {"since", since},
             {"text", actors.empty() ? "no actor is stalled, suspended or behind" : actors},
             {"next", next}});
}

exit_code explain_backfill(session& in, const line& typed) {
  auto wrong = diagnose(in.asked);
  if (!wrong.answered())
    return in.fail(wrong.result, wrong.error);
  auto chain = first_steps(wrong);
  auto steps = in.get("tables/explain?limit=100&arg=" + encode(typed.words[1]));
  bool lacking = rows::text(chain.document[0], "state") != "ok";
  if (!lacking && steps.result == exit_code::done && steps.empty())
    return in.fail(exit_code::nothing,
                   "no backfill has the id '" + typed.words[1] + "' (see `progress`)");
  if (!lacking && steps.result != exit_code::done)
    return in.fail(steps.result, steps.error);
  if (steps.result == exit_code::done)
    chain.append(std::move(steps));
  add_actors(chain, wrong);
  mark(chain);
  chain.silent = std::move(wrong.silent);
  return in.show(chain, line{{"explain"}, typed.options}, "step,state,since,text,next");
}

exit_code explain_job(session& in, const line& typed) {
  auto chain = in.get("tables/job?limit=100&arg=" + encode(typed.words[2]));
  bool unknown = false;
  for (const auto& row : chain.document.GetArray())
    unknown |= rows::text(row, "step") == "unknown";
  auto shown = in.show(chain, line{{"explain"}, typed.options}, "step,state,since,text,next");
  return shown == exit_code::done && unknown ? exit_code::nothing : shown;
}

} // namespace

exit_code run_doctor(session& in, const line& typed) {
  auto all = diagnose(in.asked);
  if (!all.answered())
    return in.fail(all.result, all.error);
  if (in.options.as != format::table) {
    auto shown = rows_of(all.found);
    shown.silent = all.silent;
    auto how = in.show(shown, typed, "level,what,text,since,next");
    return how == exit_code::done || how == exit_code::partial ? verdict_on(all) : how;
  }
  if (all.found.empty())
    in.out << "nothing is wrong as far as the tables and the nodes that answered know\n";
  tell(in.out, all.found);
  in.say_silent(all.silent);
  return verdict_on(all);
}

exit_code run_status(session& in, const line& typed) {
  auto nodes = ask_nodes(in.asked, "tables/nodes?limit=100");
  auto queues = in.get("tables/queues?limit=100");
  auto progress = in.get("tables/progress?limit=10");
  auto wrong = diagnose(in.asked);
  auto verdict = verdict_on(wrong);
  if (in.options.as != format::table) {
    rows all;
    auto add = [&](const char* part, rows from) {
      for (auto& row : from.document.GetArray())
        put(row, "part", part, from);
      all.append(std::move(from));
    };
    add("node", std::move(nodes));
    add("queue", std::move(queues));
    add("backfill", std::move(progress));
    add("finding", rows_of(wrong.found));
    auto shown = in.show(all, typed, "part,node,queue,config,what,state,text");
    return shown == exit_code::done || shown == exit_code::partial ? verdict : shown;
  }
  auto living = std::ranges::count_if(nodes.document.GetArray(), [](const auto& row) {
    auto state = rows::text(row, "state");
    return state != "left" && state != "dead";
  });
  session::say(in.out, fmt::format("CLUSTER of {}", living));
  auto table = [&](rows& what, const char* columns) {
    if (what.result != exit_code::done)
      session::say(in.out, what.error);
    else if (!what.empty())
      print(in.out, what, format::table, split(columns, ','));
  };
  table(nodes, "node,version,state,up_s,lease_s,claims,leases,cpu,rss_mb,roles");
  table(queues, "queue,ready,leased,oldest_s,state");
  table(progress, "email,state,percent,left_s,binds,threads,running,failed,messages");
  in.out << sum_of(wrong) << '\n';
  in.say_silent(wrong.silent);
  return verdict;
}

exit_code why_message(session& in, const line& typed, size_t at) {
  bool by_header = typed.has("rfc822");
  auto inbox = by_header ? at : at + 1;
  if (typed.words.size() < inbox || typed.words.size() > inbox + 1)
    return in.fail(exit_code::usage,
                   typed.words[0] + " takes of a message: ID [INBOX], or --rfc822 ID [INBOX]");
  auto asked = by_header ? "rfc822:" + typed.option("rfc822") : typed.words[at];
  if (typed.words.size() > inbox)
    asked += ' ' + typed.words[inbox];
  auto found = in.get("tables/message?limit=100&arg=" + encode(asked));
  bool nothing = false;
  for (const auto& row : found.document.GetArray())
    nothing |= rows::text(row, "step") == "unknown";
  auto shown = in.show(found, line{{"why"}, typed.options},
                       by_header ? "message,step,state,at,text,next" : "step,state,at,text,next");
  return shown == exit_code::done && nothing ? exit_code::nothing : shown;
}

exit_code run_explain(session& in, const line& typed) {
  if (typed.words.size() > 1 && typed.words[1] == "message")
    return why_message(in, typed, 2);
  if (typed.words.size() == 3 && typed.words[1] == "job")
    return explain_job(in, typed);
  if (typed.words.size() != 2)
    return in.fail(exit_code::usage, "explain takes: CONFIG, or message ID [INBOX], or message "
                                     "--rfc822 ID [INBOX], or job ID");
  return explain_backfill(in, typed);
}

} // namespace nova::shell
