#pragma once

#include "actors/directory.hpp"
#include "messages/between_nodes.hpp"
#include "shell/row_query.hpp"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace nova::http {

/// The actors of one node as rows of JSON, straight from its directory. Thread-safe; nothing here
/// waits for an actor.
class actor_view {
public:
  actor_view(std::string node, std::shared_ptr<base::directory> directory,
             std::function<std::string(uint16_t)> message_name);

  /// `actors?path=&where=&sort=&limit=&over=`, `findings?`, `failures?path=`, `trace?session=…`.
  /// `{"total": N, "rows": […]}`; 400 for what cannot be understood, 404 for no such question.
  node_inspected answer(const std::string& target);

private:
  struct selection;

  node_inspected actors(const std::string& target);
  node_inspected findings() const;
  node_inspected failures(const std::string& target) const;
  node_inspected trace(const std::string& target);
  [[nodiscard]] base::cell value(const base::actor_row& row, std::string_view column,
                                 base::wall_time now) const;
  [[nodiscard]] std::string message(uint16_t type) const;

  std::string node_;
  std::shared_ptr<base::directory> directory_;
  std::function<std::string(uint16_t)> message_name_;
  mutable std::mutex mutex_; // of the followers
  struct session {
    std::unique_ptr<base::trace_tap::follower> follower;
    std::chrono::steady_clock::time_point asked;
  };
  std::map<std::string, session> sessions_;
};

} // namespace nova::http
