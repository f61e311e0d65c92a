#include "app/supervision_tree.hpp"

#include "actors/singleton.hpp"

#include <caf/actor_cast.hpp>
#include <caf/stateful_actor.hpp>

#include <algorithm>

namespace nova::app {
namespace {

// A supervisor stops its children one after the other: most at once, the dispatcher may take the
// node's stop_timeout.
constexpr std::chrono::seconds beyond_children{10};

// The root counts its ten children together, and its end is the process's.
constexpr restart_limit limit_of_root{10, std::chrono::seconds{60}};

supervisor_setup supervise(const tree_parts& parts, directory_slot slot,
                           restart_strategy strategy) {
  supervisor_setup setup;
  setup.directory = parts.has->directory;
  setup.slot = std::move(slot);
  setup.rules.strategy = strategy;
  return setup;
}

/// One that fails too often stays down alone, and the rest of the node works on.
void park_beyond_limit(supervisor_setup& setup, const tree_parts& parts) {
  setup.rules.beyond = beyond_limit::park;
  setup.alarm = [parked = parts.has->children_parked](const child_alarm& alarm) {
    if (alarm.parked)
      parked.add();
  };
}

const service& service_named(const std::string& kind) {
  const auto& all = service_table();
  return *std::ranges::find_if(all, [&](const service& row) { return row.kind == kind; });
}

/// A node alone holds no leases, so what runs once in a cluster is a plain child there.
void add(supervisor_setup& to, const tree_parts& parts, const service& row) {
  child_spec spec;
  bool leased = row.once && parts.has->cluster;
  spec.kind = leased ? singleton_state::name : row.kind;
  spec.key = leased ? row.kind : "";
  spec.stop_timeout = parts.has->settings.stop_timeout;
  to.children.push_back(spec);
  to.factories[spec.kind] = [parts](supervisor_actor::pointer self, const child_spec& wanted,
                                    directory_slot slot) {
    const auto& started = service_named(wanted.key.empty() ? wanted.kind : wanted.key);
    auto child = started.start(self, *parts.has, std::move(slot));
    parts.children->set(started.kind, child);
    return child;
  };
}

role role_named(const std::string& name) {
  const auto& all = all_roles();
  return *std::find_if(all.begin(), all.end(), [&](role one) { return to_string(one) == name; });
}

/// The children of one role depend on each other in their order.
supervisor_setup role_setup(const tree_parts& parts, directory_slot slot, role one) {
  auto setup = supervise(parts, std::move(slot), restart_strategy::rest_for_one);
  park_beyond_limit(setup, parts);
  // They need each other in their order: when the first one parks all, it is that one's fault
  // still.
  setup.rules.parked_part_max = 1;
  for (const auto& row : service_table())
    if (row.of == one)
      add(setup, parts, row);
  return setup;
}

supervisor_setup roles_setup(const tree_parts& parts, directory_slot slot) {
  auto setup = supervise(parts, std::move(slot), restart_strategy::one_for_one);
  park_beyond_limit(setup, parts);
  for (auto one : all_roles())
    if (parts.has->settings.roles.count(one) > 0) {
      child_spec spec;
      spec.kind = "role";
      spec.key = to_string(one);
      spec.stop_timeout = parts.has->settings.stop_timeout + beyond_children;
      setup.children.push_back(spec);
    }
  setup.factories["role"] = [parts](supervisor_actor::pointer self, const child_spec& spec,
                                    directory_slot own) {
    return caf::actor_cast<caf::strong_actor_ptr>(
      self->spawn(supervisor, role_setup(parts, std::move(own), role_named(spec.key))));
  };
  return setup;
}

} // namespace

void child_table::set(const std::string& kind, const caf::strong_actor_ptr& child) {
  std::lock_guard lock{mutex_};
  children_[kind] = caf::actor_cast<caf::actor_addr>(child);
}

caf::strong_actor_ptr child_table::find(const std::string& kind) const {
  std::lock_guard lock{mutex_};
  auto found = children_.find(kind);
  return found == children_.end() ? nullptr : caf::actor_cast<caf::strong_actor_ptr>(found->second);
}

supervisor_setup root_of_tree(const tree_parts& parts) {
  auto setup = supervise(parts, parts.has->directory->open({"node", parts.has->settings.name, ""}),
                         restart_strategy::rest_for_one);
  setup.rules.limit = limit_of_root;
  for (const auto& row : service_table())
    if (!row.of)
      add(setup, parts, row);
  child_spec roles;
  roles.kind = "roles";
  roles.stop_timeout = parts.has->settings.stop_timeout + 2 * beyond_children;
  setup.children.push_back(roles);
  setup.factories["roles"] = [parts](supervisor_actor::pointer self, const child_spec&,
                                     directory_slot own) {
    return caf::actor_cast<caf::strong_actor_ptr>(
      self->spawn(supervisor, roles_setup(parts, std::move(own))));
  };
  if (parts.has->cluster && parts.has->cluster->linked()) {
    child_spec links;
    links.kind = "links";
    // What runs until it is done needs the homes of its grants, and an operator looks at it.
    links.stops_last = true;
    setup.children.push_back(links);
    setup.factories["links"] = [parts](supervisor_actor::pointer self, const child_spec&,
                                       directory_slot own) {
      auto started = start_links(self, *parts.has, std::move(own),
                                 [children = parts.children](const std::string& kind) {
                                   return children->find(kind);
                                 });
      parts.children->set("links", started);
      return started;
    };
  }
  return setup;
}

} // namespace nova::app
