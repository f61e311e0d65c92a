#pragma once

#include "pg/cluster/record_operator_action.hpp"

#include <mutex>
#include <string>

namespace nova::inspection {

/// Lines of the audit log that the database could not take: a file of the node, which only its user
/// can read, of at most 1 MiB. They move into the table when it is back; a crash in between writes
/// one twice rather than never. Any thread; blocks for the disk.
class audit_journal {
public:
  /// The file is made with the first line. What a former process left in it is kept.
  explicit audit_journal(std::string path) : path_(std::move(path)) {}

  /// False when it is full or cannot be written: then what it is about must not be done.
  [[nodiscard]] bool append(const pg::operator_action& line);

  /// Moves the lines into the table; what fails stays. Throws `pg::error` when the connection is
  /// lost.
  void move_to(pg::connection& conn);

private:
  std::string path_;
  std::mutex mutex_;
};

} // namespace nova::inspection
