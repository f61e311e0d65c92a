#include "shell/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace nova::shell {
namespace {

constexpr const char* levels[] = {"CRIT", "WARN", "NOTE"}; // the worst first

/// What is wrong, from the tables and from every node, the worst first. Fails when neither answers.
rows findings(session& in) {
  auto all = in.get("tables/findings?limit=1000");
  auto live = in.get("findings?limit=1000");
  bool nodes_answer = live.result == exit_code::done || live.result == exit_code::partial;
  // With no database the nodes still say what they see, and the other way round (--pg).
  if (all.result != exit_code::done && all.result != exit_code::denied) {
    if (!nodes_answer)
      return all;
    rows without;
    without.add({{"level", "CRIT"},
                 {"what", "database"},
                 {"text", all.error},
                 {"since", ""},
                 {"next", "nova doctor"}});
    all = std::move(without);
  }
  if (nodes_answer)
    all.append(std::move(live));
  rapidjson::Value sorted{rapidjson::kArrayType};
  for (const auto* level : levels)
    for (auto& row : all.document.GetArray())
      if (rows::text(row, "level") == level)
        sorted.PushBack(rapidjson::Value{row, all.document.GetAllocator()},
                        all.document.GetAllocator());
  static_cast<rapidjson::Value&>(all.document) = sorted;
  all.total = all.document.Size();
  return all;
}

/// What a look at the whole ends with: what somebody wants so (NOTE) is nothing wrong.
exit_code verdict_on(const rows& wrong) {
  if (wrong.result != exit_code::done && wrong.result != exit_code::partial)
    return wrong.result;
  for (const auto& row : wrong.document.GetArray())
    if (rows::text(row, "level") != "NOTE")
      return exit_code::failed;
  return wrong.silent.empty() ? exit_code::done : exit_code::partial;
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

exit_code explain_backfill(session& in, const line& typed) {
  auto wrong = findings(in);
  if (wrong.result != exit_code::done && wrong.result != exit_code::partial)
    return in.fail(wrong.result, wrong.error);
  rows chain;
  for (const auto& row : wrong.document.GetArray())
    if (rows::text(row, "what") == "database")
      chain.add({{"step", "database"},
                 {"state", "no"},
                 {"since", rows::text(row, "since")},
                 {"text", rows::text(row, "text")},
                 {"next", rows::text(row, "next")}});
  if (chain.empty())
    chain.add({{"step", "database"},
               {"state", "ok"},
               {"since", ""},
               {"text", "reached, with every migration"},
               {"next", ""}});
  auto steps = in.get("tables/explain?limit=100&arg=" + encode(typed.words[1]));
  bool lacking = rows::text(chain.document[0], "state") != "ok";
  if (!lacking && steps.result == exit_code::done && steps.empty())
    return in.fail(exit_code::nothing,
                   "no backfill has the id '" + typed.words[1] + "' (see `progress`)");
  if (!lacking && steps.result != exit_code::done)
    return in.fail(steps.result, steps.error);
  std::string actors;
  std::string since, next;
  for (const auto& row : wrong.document.GetArray()) {
    auto what = rows::text(row, "what");
    if (what.find('/') == std::string::npos)
      continue;
    actors += (actors.empty() ? "" : "; ") + what + ": " + rows::text(row, "text");
    if (next.empty()) {
      next = rows::text(row, "next");
      since = rows::text(row, "since");
    }
  }
  if (!lacking)
    chain.append(std::move(steps));
  chain.add({{"step", "actors"},
             {"state", actors.empty() ? "ok" : "no"},
             {"since", since},
             {"text", actors.empty() ? "no actor is stalled, suspended or behind" : actors},
             {"next", next}});
  mark(chain);
  chain.silent = std::move(wrong.silent);
  return in.show(chain, line{{"explain"}, typed.options}, "step,state,since,text,next");
}

} // namespace

exit_code run_doctor(session& in, const line& typed) {
  auto all = findings(in);
  if (all.result != exit_code::done && all.result != exit_code::partial)
    return in.fail(all.result, all.error);
  if (all.empty() && in.options.as == format::table)
    in.out << "nothing is wrong as far as the tables and the nodes that answered know\n";
  else if (in.options.as != format::table) {
    auto shown = in.show(all, typed, "level,what,text,since,next");
    return shown == exit_code::done || shown == exit_code::partial ? verdict_on(all) : shown;
  }
  size_t number = 0;
  for (const auto& row : all.document.GetArray()) {
    auto since = rows::text(row, "since");
    session::say(in.out, fmt::format("{} {} {}  {}{}", ++number, rows::text(row, "level"),
                                     rows::text(row, "what"), rows::text(row, "text"),
                                     since.empty() ? "" : "  (since " + since + ")"));
    session::say(in.out, "       next: " + rows::text(row, "next"));
  }
  in.say_silent(all.silent);
  return verdict_on(all);
}

exit_code run_status(session& in, const line& typed) {
  auto nodes = in.get("tables/nodes?limit=100");
  auto queues = in.get("tables/queues?limit=100");
  auto progress = in.get("tables/progress?limit=10");
  auto wrong = findings(in);
  if (in.options.as != format::table) {
    rows all;
    auto add = [&](const char* part, rows& from) {
      for (auto& row : from.document.GetArray())
        put(row, "part", part, from);
      all.append(std::move(from));
    };
    add("node", nodes);
    add("queue", queues);
    add("backfill", progress);
    auto verdict = verdict_on(wrong);
    add("finding", wrong);
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
  table(nodes, "node,version,state,up_s,lease_s,claims,leases,roles");
  table(queues, "queue,ready,leased,oldest_s,state");
  table(progress, "email,state,percent,left_s,binds,threads,running,failed,messages");
  auto verdict = verdict_on(wrong);
  if (wrong.result != exit_code::done && wrong.result != exit_code::partial)
    in.out << "nobody answers: what is wrong is not known\n";
  else
    in.out << (wrong.empty() ? std::string{"nothing is wrong"}
                             : fmt::format("! {} findings, run `doctor`", wrong.document.Size()))
           << '\n';
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
  if (typed.words.size() != 2)
    return in.fail(exit_code::usage,
                   "explain takes: CONFIG, or message ID [INBOX], or message --rfc822 ID [INBOX]");
  return explain_backfill(in, typed);
}

} // namespace nova::shell
