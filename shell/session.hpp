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
  exit_code (*run)(session&, const line&);
  /// For the simple views: what to ask, and the columns of a table.
  const char* target = "";
  const char* columns = "";
  const char* sort = "";

  /// How many words may follow its name.
  [[nodiscard]] size_t words_max() const;
};

const std::vector<command>& commands();
const command* find_command(const std::string& name);
std::vector<std::string> command_names();

/// `NODE/KIND/KEY` or `KIND/KEY` parted; without a node it is of all nodes.
struct actor_path {
  std::string node, path;
};
/// Asks which of the two a name is, where that is not plain.
actor_path path_of(session&, const std::string& name);

/// Runs commands against one backend and prints what comes of them.
class session {
public:
  session(backend& asked, session_options options, std::ostream& out, std::ostream& err);

  /// All commands of a text, one after the other; the first exit code that is not `done`.
  exit_code run(std::string_view text);
  exit_code run(const line& typed);

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
  exit_code show(rows& what, const line& typed, const std::string& columns);
  exit_code fail(exit_code how, const std::string& why);
  /// Writes one line; what is foreign in it can neither move the cursor nor end the line.
  static void say(std::ostream& to, std::string_view text);
  /// Adds to "no link to it" what the nodes say of that link.
  void explain_silence(std::vector<rows::silent_node>& silent);
  /// Says on `err` who did not answer.
  void say_silent(std::vector<rows::silent_node> silent);
  /// Plans, asks, does.
  exit_code change(const line& typed, const std::vector<std::string>& orders);

private:
  exit_code watch(const command& what, const line& typed);

  bool finished_ = false;
};

// The commands' own functions, by file.
exit_code look(session&, const line&);
exit_code run_nodes(session&, const line&);
exit_code run_node(session&, const line&);
exit_code run_ps(session&, const line&);
exit_code run_top(session&, const line&);
exit_code run_tree(session&, const line&);
exit_code run_actor(session&, const line&);
exit_code run_why(session&, const line&);
exit_code run_crashes(session&, const line&);
exit_code run_status(session&, const line&);
exit_code run_doctor(session&, const line&);
exit_code run_explain(session&, const line&);
/// How a message came, or why it is not there: its id is the word `at`, an inbox may follow.
exit_code why_message(session&, const line&, size_t at);
exit_code run_trace(session&, const line&);
exit_code run_log(session&, const line&);
exit_code run_act(session&, const line&);
exit_code run_drain(session&, const line&);
exit_code run_bulk(session&, const line&);
exit_code run_set(session&, const line&);
exit_code run_help(session&, const line&);
exit_code run_quit(session&, const line&);

/// The JSON of an order to the API.
std::string order_json(const line& typed, const std::string& action, const std::string& target,
                       const std::string& value = {});

} // namespace nova::shell
