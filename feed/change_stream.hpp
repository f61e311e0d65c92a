#pragma once

#include "feed/change_position.hpp"
#include "http/http_server.hpp"
#include "http/stream_waker.hpp"
#include "pg/access/changes_since.hpp"

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace nova::feed {

/// What waits to be sent to one client: written by the feed's thread, taken by the server's.
class change_outbox {
public:
  explicit change_outbox(size_t bytes_max) : bytes_max_(bytes_max) {}

  /// False when the client lags: what waited is dropped, it is told `resync` and let go.
  bool add(std::string_view text);
  /// The stream ends behind what waits.
  void end();
  /// The next piece for `http::response::next`.
  std::optional<std::string> take();
  [[nodiscard]] bool waiting() const;

  http::stream_waker waker;

private:
  mutable std::mutex mutex_;
  size_t bytes_max_;
  std::string text_;
  bool ended_ = false;
};

/// One client of the feed. On the feed's thread.
struct change_client {
  std::string token_hash;
  std::set<std::string, std::less<>> inboxes;
  std::string at; // the position behind what it was told; empty: from the beginning of its stream
  std::optional<change_position> place;
  bool live = false; // it has read up to what all are told; else it reads for itself
  /// Gone with its connection, which holds it.
  std::weak_ptr<change_outbox> outbox;
};

/// Events as `text/event-stream` has them; their id is the position behind them.
std::string event_of(const pg::mail_change& change);

/// The head of a stream whose pieces come from the outbox.
http::response stream_of(std::shared_ptr<change_outbox> outbox);

} // namespace nova::feed
