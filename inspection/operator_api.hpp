#pragma once

#include "actors/directory.hpp"
#include "base/bad_input.hpp"
#include "http/http_server.hpp"
#include "inspection/actor_view.hpp"
#include "inspection/gathered_rows.hpp"
#include "messages/between_nodes.hpp"

#include <tl/expected.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nova::inspection {

/// What somebody may do; each includes those before it.
enum class operator_role : uint8_t { view, operate, admin };
std::string to_string(operator_role);
std::optional<operator_role> parse_role(std::string_view name);

/// A view of the tables.
struct table_question {
  std::string view, argument;
  int64_t limit = 100;
};

/// A change that somebody asks for.
struct operator_order {
  std::string action, target, value, reason;
  std::chrono::seconds lasting{0};
  bool dry_run = false;
  std::string who, via;
  operator_role role = operator_role::view;
};

/// Reads the JSON of an order. Refuses what could not be recorded: text that is not UTF-8 or has a
/// zero byte, or is longer than the audit log keeps.
tl::expected<operator_order, base::bad_input> parse_order(const std::string& body);

/// What the API says to an order: its row as a JSON array, or why not.
std::string order_text(const operator_order& order, const order_answered& answer);

/// An order that is not carried out.
order_answered refusal(uint16_t status, std::string reason);

/// Rows of the tables, as a JSON array.
struct table_answer {
  uint16_t status = 200; // as of HTTP
  std::string error;     // why it is another
  std::string rows;
};

using table_told = std::function<void(table_answer)>;
using order_told = std::function<void(order_answered)>;

/// What a peer said, or why it did not.
struct peer_answer {
  std::string node;
  std::string silent; // empty when it answered
  node_inspected answer;
};

/// What the API needs of its node: `http/` itself knows neither tables nor actors. Each is called
/// on a server thread or an actor, must not block, and answers once, on any thread.
struct operator_api_parts {
  std::string node;
  std::shared_ptr<actor_directory> directory;
  /// The name of a message type by its number.
  std::function<std::string(uint16_t)> message_name;
  /// What is wrong with the node beside its actors; may be empty.
  std::function<std::vector<base::finding>()> own_findings;
  /// What the node takes of its machine; may be empty.
  std::function<base::process_usage()> usage;
  std::function<void(table_question, table_told)> tables;
  /// Says what it will do (a dry run), or does it and writes it into the audit log.
  std::function<void(operator_order, order_told)> change;
  /// The same for an actor of this node: suspend, wake, restart, kill.
  std::function<void(operator_order, order_told)> control;
  /// The same for an actor of another one. 404 when no node has that name, 504 without an answer.
  std::function<void(order_actor, std::string node, order_told)> order_peer;
  /// Asks all peers, or the one of that name; who does not answer within a second is silent.
  std::function<void(inspect_node, std::string, std::function<void(std::vector<peer_answer>)>)>
    peers;
  /// Who may use it elsewhere than on the Unix socket, by token.
  std::map<std::string, operator_role> tokens;
  /// The names of those tokens that have one, for the audit log.
  std::map<std::string, std::string> token_names;
};

/// The inspection API, version 1, as docs/shell.md describes it: one JSON document an answer,
/// events for who follows. Looking reads atomics of the directory, or tables with a limit; it never
/// waits for an actor.
class operator_api : public std::enable_shared_from_this<operator_api> {
public:
  explicit operator_api(operator_api_parts parts);
  ~operator_api();

  operator_api(const operator_api&) = delete;
  operator_api& operator=(const operator_api&) = delete;

  /// A request that came over the network: only a token opens it.
  void serve_network(const http::request& request, const http::server::reply& reply);
  /// One that came over the Unix socket: the user of this process, and root, may do everything, and
  /// only look unless they ask for more (`X-Nova-Role`).
  void serve_local(const http::request& request, const http::server::reply& reply);

  /// A peer's question, answered for this node alone.
  node_inspected answer_peer(const inspect_node& question);
  /// A peer's order to an actor of this node.
  void obey_peer(const order_actor& order, const order_told& done);

private:
  struct asker {
    std::string who, via;
    operator_role role = operator_role::view;
  };

  void serve(const asker& who, const http::request& request, const http::server::reply& reply);
  void look(const std::string& path, const std::string& target, const http::server::reply& reply);
  void act(const asker& who, const http::request& request, const http::server::reply& reply);
  void follow(const std::string& target, const http::server::reply& reply);
  void fan_out(const inspect_node& question, const std::string& only,
               const std::function<void(const gathered_rows&)>& done);
  void order(const operator_order& what, const http::server::reply& reply);
  void note_refusal(const std::string& peer);

  operator_api_parts parts_;
  actor_view actors_;
  std::atomic<uint64_t> refused_{0};
  std::atomic<std::chrono::steady_clock::rep> refusal_noted_{0};
};

} // namespace nova::inspection
