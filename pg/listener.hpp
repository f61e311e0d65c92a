#pragma once

#include "pg/connection.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace nova::pg {

/// A connection of its own for LISTEN that always drains. Belongs to one thread.
class listener {
public:
  /// Connects and listens. Throws `pg::error`.
  listener(const std::string& url, const std::vector<std::string>& channels);
  listener(connection_settings settings, const std::vector<std::string>& channels);
  ~listener();

  using notice = connection::notification;

  /// What arrived within `wait`; empty when nothing did. Throws `failure::lost` when the connection
  /// broke; the owner then makes a new listener, with backoff, and looks for what it missed.
  std::vector<notice> wait(std::chrono::milliseconds wait);

private:
  class implementation;
  std::unique_ptr<implementation> implementation_;
};

/// Whether notifications arrive through these settings: sends one from a second connection and
/// waits at most a second. False behind a pooler in transaction mode; the caller then polls. Throws
/// `pg::error` when it cannot connect.
bool listen_works(const connection_settings& settings);

} // namespace nova::pg
