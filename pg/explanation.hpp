#pragma once

#include "pg/connection.hpp"
#include "pg/sentences.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nova::pg {

/// Why a backfill does or does not progress: the chain from the provider to the row, at most
/// `limit` steps of it, as a JSON array of {next, step, text, since, state}. The first step that is
/// not ok BLOCKS, what is not ok after it waits. Empty when there is no such backfill.
std::string explain_backfill(connection& conn, std::string_view config, int64_t limit);

/// What is asked of one message.
struct message_question {
  std::string message;
  std::string inbox = {};           // id, grant or address; empty: every one that knows it
  std::optional<int64_t> date = {}; // seconds since 1970, where it is known
};

/// A step on its way, or a reason why it goes no further.
struct message_step {
  std::string inbox; // its address; empty: none has to do with it
  std::string step;
  std::string state; // ok, waits or no
  std::optional<std::string> at;
  std::string text;
  std::string next; // what to do about it; empty: nothing
};

/// How a message came, or why it is not there (nova.why_message).
struct message_explained {
  std::vector<message_step> steps;
  bool known = false;  // anything of it
  bool stored = false; // in an inbox, and not deleted
};

message_explained explain_message(connection& conn, const message_question& asked, int64_t limit);

/// How a kind that schema/cluster/queries/explain_*.sql or nova.why_message return is said. Throws
/// `base::broken_promise` when there is none.
const sentence& sentence_of_step(std::string_view kind);

} // namespace nova::pg
