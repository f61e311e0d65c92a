#include "shell/completion.hpp"

#include "base/clock.hpp"
#include "base/printable.hpp"

namespace nova::shell {
namespace {

constexpr auto answer_age_max = std::chrono::seconds{5};

/// A name that can stand in a line as it is: it neither ends a command nor begins another.
bool typeable(const std::string& name) {
  return name.find_first_of(" ;'\"#") == std::string::npos && base::printable(name) == name;
}

} // namespace

std::vector<std::string> completer::candidates(const std::string& before, const std::string& word) {
  auto line = before.substr(before.rfind(';') + 1);
  auto typed = split(line, ' ');
  names all;
  if (typed.empty()) {
    for (const auto& name : command_names())
      all.insert(name);
  } else if (word.starts_with("-")) {
    for (const auto& name : option_names())
      all.insert("--" + name);
  } else if (const auto* what = find_command(typed.front())) {
    const auto& last = typed.back();
    if (last == "--sort" || last == "--columns")
      for (auto& column : split(what->columns, ','))
        all.insert(std::move(column));
    else if (last == "-o" || last == "--output")
      all = {"table", "json", "jsonl", "tsv"};
    else
      all = words_for(*what);
  }
  std::vector<std::string> fit;
  for (const auto& name : all)
    if (name.starts_with(word) && typeable(name))
      fit.push_back(name);
  return fit;
}

completer::names completer::words_for(const command& what) {
  std::string_view name{what.name};
  names all;
  auto add = [&](names&& more) { all.merge(more); };
  auto backfills = [&](const std::string& prefix) {
    add(column_of("tables/progress?limit=100", "config", prefix));
  };
  if (name == "explain" || name == "progress") {
    backfills("");
    if (name == "explain")
      all.insert({"job", "message"});
  } else if (name == "pause" || name == "resume") {
    all.insert("threads");
    add(column_of("tables/queues?limit=100", "queue", "queue:"));
    backfills("backfill:");
  } else if (name == "retry" || name == "cancel") {
    backfills("backfill:");
  } else if (name == "queues") {
    add(column_of("tables/queues?limit=100", "queue"));
  } else if (name == "leases") {
    add(column_of("tables/leases?limit=1000", "lease"));
  } else if (name == "grants") {
    add(column_of("tables/grants?limit=1000", "grant"));
  } else if (name == "set") {
    all = {"concurrency=", "pace=", "log.level."};
  } else if (name == "unset" || name == "settings") {
    add(column_of("tables/settings?limit=1000", "key"));
    all.insert({"concurrency", "pace"});
  } else if (name == "log") {
    all = {"level"};
  } else if (name == "help") {
    for (auto& one : command_names())
      all.insert(std::move(one));
  } else if (name == "requeue") {
    add(column_of("tables/nodes?limit=100", "node", "node:"));
  } else if (name == "nodes" || name == "node" || name == "tree" || name == "claims"
             || name == "links" || name == "drain" || name == "undrain") {
    add(column_of("tables/nodes?limit=100", "node"));
  } else if (what.words_max() > 0) {
    add(actors_and_nodes());
  }
  return all;
}

completer::names completer::column_of(const std::string& target, const char* column,
                                      const std::string& prefix) {
  names all;
  const auto& found = ask(target);
  for (const auto& row : found.document.GetArray())
    all.insert(prefix + rows::text(row, column));
  return all;
}

completer::names completer::actors_and_nodes() {
  auto all = column_of("tables/nodes?limit=100", "node");
  for (const char* column : {"actor", "kind"})
    all.merge(column_of("actors?limit=1000", column));
  return all;
}

const rows& completer::ask(const std::string& target) {
  auto now = base::monotonic_now();
  auto& known = answers_[target];
  if (known.found.empty() || now - known.at >= answer_age_max)
    known = {in_.get(target), now};
  return known.found;
}

} // namespace nova::shell
