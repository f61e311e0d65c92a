#pragma once

#include "jobs/handler.hpp"
#include "pg/jobs/list_handlers.hpp"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace nova::jobs {

/// Makes the handler of a row, by the row's kind.
using handler_makers = std::map<std::string, std::function<handler(const pg::set_handler&)>>;

/// The transport of a message that names none, and of handlers that name none.
inline constexpr const char* default_transport = "default";

/// Who does which job on this node: what is set in the database goes before what is built in, a
/// handler of one transport before that of all, and `*` comes last.
class handler_table {
public:
  handler_table() = default;
  handler_table(const std::vector<pg::set_handler>& rows, handler_registry built_in,
                const handler_makers& makers);

  /// Null when nobody does it.
  [[nodiscard]] const handler* find(const claimed_job& job) const;

  /// The transports whose messages somebody does.
  [[nodiscard]] const std::set<std::string>& transports() const {
    return transports_;
  }

  /// The queues that push.
  [[nodiscard]] std::vector<std::string> queues() const;

private:
  handler_registry built_in_;
  std::map<std::pair<std::string, std::string>, handler> of_messages_; // by type and transport
  std::map<std::string, handler> of_queues_;
  std::set<std::string> transports_;
};

} // namespace nova::jobs
