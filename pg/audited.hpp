#pragma once

#include "pg/cluster/record_operator_action.hpp"
#include "pg/connection.hpp"

#include <exception>
#include <string>
#include <utility>

namespace nova::pg {

/// Writes that an act failed, where the connection still can; the reason is cut by the database.
void record_failure(connection& conn, operator_action line, const std::exception& failure);

/// Does what an operator asks for and writes the line of it into the audit log in the same
/// transaction, so that nothing is done without its trace. Every door goes through here: commands,
/// the shell, the API. `work` gets the line, says in its `outcome` what came of it (else "done"),
/// and its answer is returned. What failed leaves a line too, and the failure goes on to the
/// caller.
template <class Work>
auto audited(connection& conn, operator_action line, Work work) {
  line.outcome = "done";
  try {
    transaction all{conn, transaction::access::read_write};
    auto answer = work(line);
    record_operator_action{line}.run(conn);
    all.commit();
    return answer;
  } catch (const std::exception& failure) {
    record_failure(conn, std::move(line), failure);
    throw;
  }
}

/// The same for work that takes longer than a transaction may: a line when it begins, and one with
/// the outcome when it ends, so that what was cut off is seen to have begun.
template <class Work>
auto audited_at_length(connection& conn, operator_action line, Work work) {
  line.outcome = "begun";
  record_operator_action{line}.run(conn);
  line.outcome = "done";
  try {
    auto answer = work(line);
    record_operator_action{line}.run(conn);
    return answer;
  } catch (const std::exception& failure) {
    record_failure(conn, std::move(line), failure);
    throw;
  }
}

} // namespace nova::pg
