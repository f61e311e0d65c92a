#include "inspection/inspection_actors.hpp"

#include "actors/observed.hpp"
#include "actors/singleton.hpp"
#include "actors/supervisor.hpp"
#include "base/json_text.hpp"
#include "inspection/blast_radius.hpp"
#include "inspection/status.hpp"
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

namespace nova::inspection {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds peer_look_timeout{1};
// An order may wait for a child to stop, and says then that it has begun.
constexpr std::chrono::seconds act_timeout{5};
constexpr std::chrono::seconds restart_timeout{2};
// For an answer to be on its way.
constexpr std::chrono::milliseconds before_restart{300};

constexpr const char* is_stopping = "the node is stopping";

std::string why_silent(const caf::error& reason, std::chrono::seconds timeout) {
  if (reason != caf::sec::request_timeout)
    return describe(reason);
  return timeout == peer_look_timeout
           ? "no answer within a second"
           : "no answer within " + std::to_string(timeout.count()) + " seconds";
}

caf::strong_actor_ptr reach(const actor_directory::found_actor& found) {
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

parent parent_of(actor_directory& directory, const actor_name& name) {
  auto found =
    name.parent.empty() ? std::vector<actor_directory::found_actor>{} : directory.find(name.parent);
  if (found.empty())
    return {};
  auto actor = reach(found.front());
  return {actor, is_supervisor(actor), found.front().row.name.parent.empty()};
}

/// Whether orders of other nodes come through that actor.
bool carries_orders(const actor_name& name) {
  return name.kind == "node_agent" || name.kind == "links";
}

/// The actors' names, as many as somebody reads.
std::string names_of(const std::vector<actor_directory::found_actor>& found) {
  constexpr size_t shown = 3;
  std::string all;
  for (size_t i = 0; i < std::min(found.size(), shown); ++i)
    all += (i == 0 ? "" : ", ") + found[i].row.name.path();
  return all + (found.size() > shown ? ", …" : "");
}

void restart_by_parent(caf::actor_system& system, const caf::strong_actor_ptr& parent,
                       const actor_name& name, const std::function<void(std::string)>& outcome) {
  // Lives for one request, so that no server thread waits.
  system.spawn(
    [parent, name](caf::event_based_actor* self, std::function<void(std::string)> told) {
      self
        ->request(caf::actor_cast<supervisor_actor>(parent), restart_timeout,
                  restart_child{name.kind, name.key})
        .then([told](const restart_begun&) { told("done"); },
              [told](const caf::error& reason) { told("failed: " + describe(reason)); });
    },
    outcome);
}

/// A restart that takes the links along, and with them the answer that it has begun: so that one
/// is given first.
void restart_later(caf::actor_system& system, const caf::strong_actor_ptr& parent,
                   const actor_name& name) {
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
  std::vector<peer_answer> answers;
  size_t missing = 0;
  std::function<void(std::vector<peer_answer>)> done;

  void add(peer_answer answer) {
    answers.push_back(std::move(answer));
    if (--missing == 0)
      done(std::move(answers));
  }
};

void ask_each(caf::event_based_actor* self, const peers_found& found, const peer_question& ask,
              const std::function<void(std::vector<peer_answer>)>& done) {
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
  for (const auto* each : wanted) {
    auto name = each->name;
    self->request(each->agent, peer_look_timeout, ask.question)
      .then(
        [all, name](node_inspected& answer) {
          all->add({name, "", std::move(answer)});
        },
        [all, name](const caf::error& reason) {
          all->add({name, why_silent(reason, peer_look_timeout), {}});
        });
  }
}

void order_of(caf::event_based_actor* self, const peers_found& found, const order_actor& order,
              const std::string& node, const order_told& done) {
  auto one = std::ranges::find(found.peers, node, &peer::name);
  if (one == found.peers.end())
    return done(refusal(status::not_there, "there is no link to a node '" + node + "'"));
  self->request(one->agent, act_timeout, order)
    .then([done](const order_answered& answer) { done(answer); },
          [done, node](const caf::error& reason) {
            done(refusal(status::no_answer, node + ": " + why_silent(reason, act_timeout)));
          });
}

} // namespace

inspector_actor spawn_inspector(caf::actor_system& system, std::weak_ptr<operator_api> inspection) {
  return system.spawn(
    [](inspector_actor::pointer self,
       std::weak_ptr<operator_api> api) -> inspector_actor::behavior_type {
      return {
        [api](const inspect_node& question) {
          if (auto alive = api.lock())
            return alive->answer_peer(question);
          node_inspected stopping;
          stopping.status = 503;
          stopping.error = is_stopping;
          return stopping;
        },
        [self, api](const order_actor& order) -> caf::result<order_answered> {
          auto alive = api.lock();
          if (!alive)
            return refusal(status::busy, is_stopping);
          auto promise = self->make_response_promise<order_answered>();
          alive->obey_peer(order, [promise](const order_answered& answer) mutable {
            promise.deliver(answer);
          });
          return promise;
        },
      };
    },
    std::move(inspection));
}

void control_actor(caf::actor_system& system, actor_directory& directory,
                   const operator_order& order, const order_told& done) {
  auto found = directory.find(order.target);
  if (found.empty()) // where its lease is elsewhere, the singleton is who has the name
    found = directory.find(std::string{singleton_state::name} + '/' + order.target);
  if (found.empty())
    return done(refusal(status::not_there, "no actor is called '" + order.target + "'"));
  if (found.size() > 1)
    return done(
      refusal(status::refused, fmt::format("{} actors are called '{}', such as {}: name one",
                                           found.size(), order.target, names_of(found))));
  const auto& row = found.front().row;
  auto actor = reach(found.front());
  auto parent = parent_of(directory, row.name);
  // Its supervisor also starts one that is down.
  if (!actor && !(order.action == "restart" && parent.supervises))
    return done(
      refusal(status::refused, row.name.path()
                                 + (row.parked ? " is parked and does not run: only restart it"
                                               : " is ending and cannot be reached")));
  if (order.action == "restart" && !parent.actor)
    return done(
      refusal(status::refused, row.name.path() + " has no parent that could start it again"));
  if (order.action == "suspend" && order.via == "peer" && carries_orders(row.name))
    return done(
      refusal(status::refused, row.name.path()
                                 + " is how other nodes reach this one, and nobody there "
                                   "could wake it: suspend it in a shell of its own node"));
  auto will = plan_of(order.action, row, parent.supervises, blast_radius_of(directory, row));
  auto answer = [=](const std::string& outcome) { done({200, {}, will, outcome}); };
  if (order.dry_run)
    return answer("dry run");
  if (order.action == "restart" && parent.is_root) {
    restart_later(system, parent.actor, row.name);
    return answer("begun");
  }
  if (order.action == "restart" && parent.supervises)
    return restart_by_parent(system, parent.actor, row.name, [=](const std::string& outcome) {
      outcome == "done" ? answer(outcome) : done(refusal(status::refused, outcome));
    });
  // Recorded is who a supervisor keeps, which may be who ends because this one does.
  auto whose = parent.supervises ? std::string{} : row.name.path() + " was ";
  if (order.action == "restart" || order.action == "kill")
    crash(actor, whose + (order.action == "kill" ? "killed by " : "restarted by ") + order.who);
  else
    control(actor, order.action == "suspend" ? actor_control::suspend : actor_control::wake);
  answer("done");
}

void ask_peers(caf::actor_system& system, const peers_actor& links, peer_question ask,
               std::function<void(std::vector<peer_answer>)> done) {
  if (!links) {
    peers_found nobody;
    std::vector<peer_answer> silent;
    for (const auto& name : ask.members)
      if (name != ask.self && (ask.only.empty() || ask.only == name))
        silent.push_back({name, "this node has no links", {}});
    return done(std::move(silent));
  }
  system.spawn(
    [ask = std::move(ask), done = std::move(done)](caf::event_based_actor* self,
                                                   const peers_actor& all) {
      self->request(all, peer_look_timeout, find_peers{})
        .then([self, ask, done](const peers_found& found) { ask_each(self, found, ask, done); },
              [done](const caf::error& reason) {
                done({{"links", describe(reason), {}}});
              });
    },
    links);
}

void order_peer(caf::actor_system& system, const peers_actor& links, order_actor order,
                std::string node, order_told done) {
  if (!links)
    return done(
      refusal(status::not_there, "this node has no links, so none to a node '" + node + "'"));
  system.spawn(
    [order = std::move(order), node = std::move(node),
     done = std::move(done)](caf::event_based_actor* self, const peers_actor& all) {
      self->request(all, peer_look_timeout, find_peers{})
        .then([self, order, node,
               done](const peers_found& found) { order_of(self, found, order, node, done); },
              [done](const caf::error& reason) {
                done(refusal(status::no_answer, describe(reason)));
              });
    },
    links);
}

} // namespace nova::inspection
