#include "shell/diagnosis.hpp"

#include "base/printable.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <ostream>

namespace nova::shell {
namespace {

using base::finding_level;

finding_level level_called(const std::string& name) {
  for (auto level : {finding_level::warning, finding_level::note, finding_level::fine})
    if (to_string(level) == name)
      return level;
  return finding_level::critical;
}

bool is_wrong(const base::finding& one) {
  return one.level == finding_level::critical || one.level == finding_level::warning;
}

} // namespace

std::vector<base::finding> findings_of(const rows& answered) {
  std::vector<base::finding> all;
  for (const auto& row : answered.document.GetArray())
    all.push_back({level_called(rows::text(row, "level")), rows::text(row, "what"),
                   rows::text(row, "text"), rows::text(row, "since"), rows::text(row, "next")});
  return all;
}

diagnosis diagnose(backend& asked) {
  auto tables = read_rows(asked.get("tables/findings?limit=1000"));
  auto live = read_rows(asked.get("findings?limit=1000"));
  auto answers = [](const rows& of) {
    return of.result == exit_code::done || of.result == exit_code::partial;
  };
  diagnosis all;
  if (answers(tables))
    all.found = findings_of(tables);
  else if (!answers(live)) {
    all.result = tables.result;
    all.error = tables.error;
    return all;
  } else if (tables.result != exit_code::denied)
    // With no database the nodes still say what they see, and the other way round (--pg).
    all.found.push_back({finding_level::critical, "database", tables.error, "", "nova doctor"});
  if (answers(live))
    add_live(all.found, findings_of(live));
  all.silent = std::move(live.silent);
  all.result = all.silent.empty() ? exit_code::done : exit_code::partial;
  sort_findings(all.found);
  return all;
}

void add_live(std::vector<base::finding>& all, std::vector<base::finding> live) {
  std::erase_if(all, [&](const auto& had) {
    return had.what.find('/') != std::string::npos
           && std::ranges::find(live, had.what, &base::finding::what) != live.end();
  });
  std::ranges::move(live, std::back_inserter(all));
}

void sort_findings(std::vector<base::finding>& found) {
  std::ranges::stable_sort(found, {}, &base::finding::level);
}

exit_code verdict_on(const diagnosis& of) {
  return of.answered() && std::ranges::any_of(of.found, is_wrong) ? exit_code::failed : of.result;
}

void tell(std::ostream& out, const std::vector<base::finding>& found) {
  auto line = [&out](const std::string& text) { out << base::printable(text) << '\n'; };
  size_t number = 0;
  for (const auto& one : found) {
    if (one.level == finding_level::fine) {
      line(fmt::format("  OK {}  {}", one.what, one.text));
      continue;
    }
    line(fmt::format("{} {} {}  {}{}", ++number, to_string(one.level), one.what, one.text,
                     one.since.empty() ? "" : "  (since " + one.since + ")"));
    if (!one.next.empty())
      line("       next: " + one.next);
  }
}

rows rows_of(const std::vector<base::finding>& found) {
  rows all;
  for (const auto& one : found)
    all.add({{"level", std::string{to_string(one.level)}},
             {"what", one.what},
             {"text", one.text},
             {"since", one.since},
             {"next", one.next}});
  all.total = found.size();
  return all;
}

} // namespace nova::shell
