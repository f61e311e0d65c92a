#pragma once

#include "pg/audited.hpp"
#include "pg/connection.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

/// What the shell looks at and changes in the tables: the same functions serve a node's inspection
/// API and `nova shell --pg` without any node. Every function throws `pg::error`.
namespace nova::pg {

/// The rows of a view as a JSON array, at most `limit`; what `argument` means is said in the
/// header of schema/cluster/queries/inspect_VIEW.sql. `findings` are those of pg/findings.hpp,
/// `explain` takes a configuration, and `message` a message (pg/explanation.hpp). Throws
/// `std::invalid_argument` when there is no such view.
std::string look(connection& conn, std::string_view view, std::string_view argument, int64_t limit);

/// A change that an operator asks for.
struct operation {
  std::string action; // pause, resume, retry, cancel, requeue, drain, undrain, set or unset
  std::string target; // queue:Q, threads, backfill:ID, thread:CONFIG:ID, notification:ID, node:N
  std::string value;  // of set
  std::string reason;
  std::chrono::seconds lasting{0}; // zero: for good
};

/// What it will do, in words. Throws `std::invalid_argument` with what is accepted when that is
/// nothing that can be done.
std::string plan(const operation& what);

/// The same with what goes along as the tables know it: of a drain, what the node holds.
std::string plan(connection& conn, const operation& what);

/// The line of the audit log that it leaves, still without an outcome.
operator_action line_of(const operation& what, const operator_identity& by);

/// Does it, `audited`; says what came of it. Throws `std::invalid_argument` as `plan`, and when the
/// target is not there.
std::string operate(connection& conn, const operation& what, const operator_identity& by);

} // namespace nova::pg
