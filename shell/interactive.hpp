#pragma once

#include "shell/session.hpp"

#include <string>

namespace nova::shell {

/// What a session on a terminal asks a person with: one line of the terminal itself.
std::string ask_on_terminal(const std::string& question);

/// Whether Ctrl-C was pressed since the last call; from the first call on it no longer ends the
/// process.
bool take_interrupt();

/// Reads commands with libedit until `quit` or the end: a history in `~/.nova_history` without
/// secrets, completion by Tab (`shell/completion.hpp`). Returns the last exit code.
exit_code run_interactive(session& in);

/// The full-screen view: nodes, busiest actors, backfills, failures; until `q`. Keys: `s` sorts,
/// `/` filters, Enter looks into an actor, `p` pauses the view.
exit_code run_top_screen(session& in);

} // namespace nova::shell
