#pragma once

#include "inspection/operator_api.hpp"
#include "messages/between_nodes.hpp"
#include "messages/peer_links.hpp"

#include <caf/fwd.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace nova::inspection {

/// Answers peers with what the inspection API says of this node.
inspector_actor spawn_inspector(caf::actor_system& system, std::weak_ptr<operator_api> inspection);

/// Does to an actor of this node what was asked: suspend, wake, restart (by its supervisor, or as
/// after a crash where its parent is none), kill; a dry run only says so. Answers once.
void control_actor(caf::actor_system& system, actor_directory& directory,
                   const operator_order& order, const order_told& done);

/// What a question to the peers needs.
struct peer_question {
  inspect_node question;
  std::string only;                 // the name of one; empty: all
  std::vector<std::string> members; // who should be there
  std::string self;
};

/// Asks the linked peers, each with a second. Members without a link are silent. Answers once.
void ask_peers(caf::actor_system& system, const peers_actor& links, peer_question ask,
               std::function<void(std::vector<peer_answer>)> done);

/// Has the peer of that name do what an operator orders; five seconds. Answers once.
void order_peer(caf::actor_system& system, const peers_actor& links, order_actor order,
                std::string node, order_told done);

} // namespace nova::inspection
