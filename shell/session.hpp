#pragma once

#include "shell/backend.hpp"
#include "shell/line.hpp"
#include "shell/rows.hpp"

#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace nova::shell {

struct session_options {
  format as = format::table;
  bool yes = false; // changes are not asked about
  /// Asks a person and returns the answer; empty: nobody is there to ask.
  std::function<std::string(const std::string& question)> ask;
  /// Whether somebody pressed Ctrl-C since the last call.
  std::function<bool()> interrupted = [] { return false; };
  bool terminal = false;
};

class session;

/// One command: the table of these is all that the shell knows.
struct command {
  const char* group; // look, follow, act, explain, shell
  const char* name;
  const char* arguments;
  const char* help; // one line
  const char* example;
  outcome (*run)(session&, const line&);
  /// For the simple views: what to ask, and the columns of a table.
  const char* target = "";
  const char* columns = "";
  const char* sort = "";
};

const std::vector<command>& commands();
const command* find_command(const std::string& name);

/// Runs commands against one backend and prints what comes of them.
class session {
public:
  session(backend& asked, session_options options, std::ostream& out, std::ostream& err);

  /// All commands of a text, one after the other; the first outcome that is not ok.
  outcome run(std::string_view text);
  outcome run(const line& typed);

  [[nodiscard]] bool finished() const noexcept {
    return finished_;
  }
  void finish() noexcept {
    finished_ = true;
  }

  // ---- for commands

  backend& asked;
  session_options options;
  std::ostream& out;
  std::ostream& err;

  rows get(const std::string& target) {
    return read_rows(asked.get(target));
  }
  /// Prints rows as the options want them, banners of who did not answer on `err`.
  outcome show(rows& what, const line& typed, const std::string& columns);
  outcome fail(outcome how, const std::string& why);
  /// Writes one line; what is foreign in it can neither move the cursor nor end the line.
  static void say(std::ostream& to, std::string_view text);
  /// Says on `err` who did not answer.
  void say_silent(const std::vector<rows::silent_node>& silent);
  /// Plans, asks, does.
  outcome change(const line& typed, const std::vector<std::string>& orders);

private:
  outcome watch(const command& what, const line& typed);

  bool finished_ = false;
};

// The commands' own functions, by file.
outcome look(session&, const line&);
outcome run_ps(session&, const line&);
outcome run_top(session&, const line&);
outcome run_tree(session&, const line&);
outcome run_actor(session&, const line&);
outcome run_why(session&, const line&);
outcome run_crashes(session&, const line&);
outcome run_status(session&, const line&);
outcome run_doctor(session&, const line&);
outcome run_explain(session&, const line&);
outcome run_trace(session&, const line&);
outcome run_log(session&, const line&);
outcome run_act(session&, const line&);
outcome run_drain(session&, const line&);
outcome run_bulk(session&, const line&);
outcome run_set(session&, const line&);
outcome run_help(session&, const line&);
outcome run_quit(session&, const line&);

/// The JSON of an order to the API.
std::string order_json(const line& typed, const std::string& action, const std::string& target,
                       const std::string& value = {});

} // namespace nova::shell
