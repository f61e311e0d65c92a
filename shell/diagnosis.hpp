#pragma once

#include "base/finding.hpp"
#include "shell/rows.hpp"

#include <iosfwd>
#include <string>
#include <vector>

namespace nova::shell {

/// What is wrong, as far as who was asked knows. The same for the shell, `nova doctor` and a page.
struct diagnosis {
  /// The worst first, causes before what follows from them.
  std::vector<base::finding> found;
  std::vector<rows::silent_node> silent;
  exit_code result = exit_code::done; // `done`, `partial`, or why nothing is known
  std::string error;

  [[nodiscard]] bool answered() const {
    return result == exit_code::done || result == exit_code::partial;
  }
};

/// Asks a node for what the database says and for what every node sees of itself; through `--pg`
/// the tables alone. Only when neither answers nothing is known.
diagnosis diagnose(backend& asked);

/// Adds what nodes see of themselves. What the tables say of an actor is for who cannot ask its
/// node, and gives way to what that says.
void add_live(std::vector<base::finding>& all, std::vector<base::finding> live);

/// The same for what was put together elsewhere too: the worst first.
void sort_findings(std::vector<base::finding>& found);

/// 0 nothing is wrong, 1 something is, 4 some nodes did not answer, else why nothing is known. What
/// somebody wants so (NOTE) is nothing wrong.
exit_code verdict_on(const diagnosis& of);

/// One finding a line, what helps below it. What is fine comes after it in one line each.
void tell(std::ostream& out, const std::vector<base::finding>& found);

/// What a node answered, or the tables.
std::vector<base::finding> findings_of(const rows& answered);

/// As rows with level, what, text, since, next.
rows rows_of(const std::vector<base::finding>& found);

} // namespace nova::shell
