#pragma once

#include "pg/email/message_columns.hpp"

#include <memory>
#include <string>

/// What `store_messages` writes of messages that nobody has yet, by COPY BINARY: the least that the
/// same tables, with their indexes and triggers, take for the same rows.
class copied_messages {
public:
  /// A connection of its own. Throws `std::runtime_error`, as everything here.
  explicit copied_messages(const std::string& url);
  ~copied_messages();

  copied_messages(const copied_messages&) = delete;
  copied_messages& operator=(const copied_messages&) = delete;

  /// Messages, attachments and threads, in one transaction. The rows of the threads are made of the
  /// messages: each has the last one's subject, and everybody of them the same people and folders.
  void write(const nova::pg::message_columns& messages);

  /// The messages alone.
  void write_messages(const nova::pg::message_columns& messages);

  /// The server process of the connection.
  [[nodiscard]] int backend() const;

private:
  struct server;
  std::unique_ptr<server> server_;
};
