#include "inspection/inspection_actors.hpp"

#include "actors/observed.hpp"
#include "actors/supervisor.hpp"
#include "base/json_text.hpp"
#include "messages/error_code.hpp"
#include "messages/supervised_children.hpp"
#include "shell/row_query.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/local_actor.hpp>
#include <caf/send.hpp>
#include <caf/system_messages.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <any>
#include <string_view>

namespace nova::app {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds peer_patience{1};
// An order may wait for a child to stop, and says then that it has begun.
constexpr std::chrono::seconds act_patience{5};
constexpr std::chrono::seconds restart_patience{2};
// For an answer to be on its way.
constexpr std::chrono::milliseconds before_restart{300};

constexpr uint16_t not_there = 404, refused = 409;

std::string no_answer_within(std::chrono::seconds patience) {
  return patience == peer_patience
           ? "no answer within a second"
           : "no answer within " + std::to_string(patience.count()) + " seconds";
}

node_inspected error_answer(uint16_t status, std::string_view reason) {
  return {status, "{\"error\":" + base::json_string(reason) + "}"};
}

node_inspected row_answer(const std::string& node, const http::operator_order& order,
                          const std::string& will, const std::string& outcome) {
  auto named = order;
  named.target = node + '/' + order.target;
  return {200, http::order_row(named, will, outcome)};
}

std::string plan(const std::string& action, const base::actor_row& row, bool supervised) {
  auto path = row.name.path();
  if (action == "suspend")
    return path + " takes no further message until it is woken; they wait in its mailbox";
  if (action == "wake")
    return path + " takes messages again";
  if (action == "restart" && supervised)
    return path + " is stopped and started again by " + row.name.parent;
  if (action == "restart")
    return path + " ends as if it had crashed; " + row.name.parent
           + " starts it again, at the latest when its work is due again";
  return path + " ends at once; who it answers to decides what then";
}

caf::strong_actor_ptr reach(const base::directory::found_actor& found) {
  const auto* address = std::any_cast<caf::actor_addr>(&found.handle);
  return address ? caf::actor_cast<caf::strong_actor_ptr>(*address) : nullptr;
}

/// As a crash, which its parent records and answers; an ordered end would be taken for one of its
/// own.
void crash(const caf::strong_actor_ptr& actor, const std::string& why) {
  actor->enqueue(
    nullptr, caf::make_message_id(caf::message_priority::high),
    caf::make_message(caf::exit_msg{actor->address(), caf::make_error(ec::crashed, why)}), nullptr);
}

bool is_supervisor(const caf::strong_actor_ptr& actor) {
  const auto* local = actor ? dynamic_cast<caf::local_actor*>(actor->get()) : nullptr;
  return local && std::string_view{local->name()} == supervisor_state::name;
}

struct parent {
  caf::strong_actor_ptr actor; // null: it has none, or none that can be reached
  bool supervises = false;     // it restarts a child when it is told to
  bool is_root = false;
};

parent parent_of(base::directory& directory, const base::actor_name& name) {
  auto found =
    name.parent.empty() ? std::vector<base::directory::found_actor>{} : directory.find(name.parent);
  if (found.empty())
    return {};
  auto actor = reach(found.front());
  return {actor, is_supervisor(actor), found.front().row.name.parent.empty()};
}

/// The actors' names, as many as somebody reads.
std::string names_of(const std::vector<base::directory::found_actor>& found) {
  constexpr size_t shown = 3;
  std::string all;
  for (size_t i = 0; i < std::min(found.size(), shown); ++i)
    all += (i == 0 ? "" : ", ") + found[i].row.name.path();
  return all + (found.size() > shown ? ", …" : "");
}

void restart_by_parent(caf::actor_system& system, const caf::strong_actor_ptr& parent,
                       const base::actor_name& name,
                       const std::function<void(std::string)>& outcome) {
  // Lives for one request, so that no server thread waits.
  system.spawn(
    [parent, name](caf::event_based_actor* self, std::function<void(std::string)> told) {
      self
        ->request(caf::actor_cast<supervisor_actor>(parent), restart_patience,
                  restart_child{name.kind, name.key})
        .then([told](const restart_begun&) { told("done"); },
              [told](const caf::error& reason) { told("failed: " + describe(reason)); });
    },
    outcome);
}

/// A restart that takes the links along, and with them the answer that it has begun: so that one
/// is given first.
void restart_later(caf::actor_system& system, const caf::strong_actor_ptr& parent,
                   const base::actor_name& name) {
  system.spawn(
    [name](caf::event_based_actor* self, const caf::strong_actor_ptr& to) {
      self->delayed_send(self, before_restart, restart_child{name.kind, name.key});
      return caf::behavior{[self, to](const restart_child& order) {
        self->send(caf::actor_cast<supervisor_actor>(to), order);
        self->quit();
      }};
    },
    parent);
}

/// Collects the answers of all peers; the last one ends it.
struct collection {
  std::vector<http::peer_answer> answers;
  size_t missing = 0;
  std::function<void(std::vector<http::peer_answer>)> done;

  void add(http::peer_answer answer) {
    answers.push_back(std::move(answer));
    if (--missing == 0)
      done(std::move(answers));
  }
};

void ask_each(caf::event_based_actor* self, const peers_found& found, const peer_question& ask,
              const std::function<void(std::vector<http::peer_answer>)>& done) {
  auto all = std::make_shared<collection>();
  all->done = done;
  std::vector<const peer*> wanted;
  for (const auto& each : found.peers)
    if (ask.only.empty() || ask.only == each.name)
      wanted.push_back(&each);
  for (const auto& name : ask.members) {
    bool linked = std::any_of(found.peers.begin(), found.peers.end(),
                              [&](const peer& each) { return each.name == name; });
    if (!linked && name != ask.self && (ask.only.empty() || ask.only == name))
      all->answers.push_back({name, "no link to it", {}});
  }
  all->missing = wanted.size();
  if (wanted.empty())
    return done(std::move(all->answers));
  auto patience = ask.question.body.empty() ? peer_patience : act_patience;
  for (const auto* each : wanted) {
    auto name = each->name;
    self->request(each->agent, patience, ask.question)
      .then(
        [all, name](node_inspected& answer) {
          all->add({name, "", std::move(answer)});
        },
        [all, name, patience](const caf::error& reason) {
          bool late = reason == caf::sec::request_timeout;
          all->add({name, late ? no_answer_within(patience) : describe(reason), {}});
        });
  }
}

} // namespace

inspector_actor spawn_inspector(caf::actor_system& system,
                                std::weak_ptr<http::inspection> inspection) {
  return system.spawn(
    [](inspector_actor::pointer self,
       std::weak_ptr<http::inspection> api) -> inspector_actor::behavior_type {
      return {[self, api](const inspect_node& question) -> caf::result<node_inspected> {
        auto alive = api.lock();
        if (!alive)
          return error_answer(503, "the node is stopping");
        auto promise = self->make_response_promise<node_inspected>();
        alive->answer_peer(question, [promise](const node_inspected& answer) mutable {
          promise.deliver(answer);
        });
        return promise;
      }};
    },
    std::move(inspection));
}

void control_actor(caf::actor_system& system, base::directory& directory, const std::string& node,
                   const http::operator_order& order, const http::inspected& done) {
  auto found = directory.find(order.target);
  if (found.empty())
    return done(error_answer(not_there, "no actor is called '" + node + '/' + order.target + "'"));
  if (found.size() > 1)
    return done(error_answer(refused, fmt::format("{} actors are called '{}', such as {}: name one",
                                                  found.size(), order.target, names_of(found))));
  const auto& row = found.front().row;
  auto actor = reach(found.front());
  if (!actor)
    return done(
      error_answer(refused, row.name.path() + " blocks in calls of its own and cannot be reached"));
  auto parent = parent_of(directory, row.name);
  if (order.action == "restart" && !parent.actor)
    return done(
      error_answer(refused, row.name.path() + " has no parent that could start it again"));
  auto will = plan(order.action, row, parent.supervises);
  auto answer = [=](const std::string& outcome) { done(row_answer(node, order, will, outcome)); };
  if (order.dry_run)
    return answer("dry run");
  if (order.action == "restart" && parent.is_root) {
    restart_later(system, parent.actor, row.name);
    return answer("begun");
  }
  if (order.action == "restart" && parent.supervises)
    return restart_by_parent(system, parent.actor, row.name, [=](const std::string& outcome) {
      outcome == "done" ? answer(outcome) : done(error_answer(refused, outcome));
    });
  if (order.action == "restart" || order.action == "kill")
    crash(actor, (order.action == "kill" ? "killed by " : "restarted by ") + order.who);
  else
    control(actor, order.action == "suspend" ? actor_control::suspend : actor_control::wake);
  answer("done");
}

void ask_peers(caf::actor_system& system, const peers_actor& links, peer_question ask,
               std::function<void(std::vector<http::peer_answer>)> done) {
  if (!links) {
    peers_found nobody;
    std::vector<http::peer_answer> silent;
    for (const auto& name : ask.members)
      if (name != ask.self && (ask.only.empty() || ask.only == name))
        silent.push_back({name, "this node has no links", {}});
    return done(std::move(silent));
  }
  system.spawn(
    [ask = std::move(ask), done = std::move(done)](caf::event_based_actor* self,
                                                   const peers_actor& all) {
      self->request(all, peer_patience, find_peers{})
        .then([self, ask, done](const peers_found& found) { ask_each(self, found, ask, done); },
              [done](const caf::error& reason) {
                done({{"links", describe(reason), {}}});
              });
    },
    links);
}

} // namespace nova::app
