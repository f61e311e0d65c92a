#pragma once

#include "shell/session.hpp"

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace nova::shell {

/// What Tab may complete a word to: commands, options, columns, and what the cluster has that the
/// command takes. What was asked of the node is good for five seconds.
class completer {
public:
  explicit completer(session& in) : in_(in) {}

  /// `before` is the command's line up to the word. In order, without those that would have to be
  /// quoted.
  std::vector<std::string> candidates(const std::string& before, const std::string& word);

private:
  using names = std::set<std::string>;

  names words_for(const command& what);
  /// A column of a view, with `prefix` before each.
  names column_of(const std::string& target, const char* column, const std::string& prefix = {});
  names actors_and_nodes();

  struct answer {
    rows found;
    std::chrono::steady_clock::time_point at;
  };
  const rows& ask(const std::string& target);

  session& in_;
  std::map<std::string, answer> answers_;
};

} // namespace nova::shell
