#include "inspection/blast_radius.hpp"

#include "actors/child_standing.hpp"
#include "actors/singleton.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string_view>

namespace nova::inspection {
namespace {

// Whose end is their parent's: they are linked to it, and it takes no end of theirs for its own
// affair. The child of a singleton is another such.
constexpr std::array<std::string_view, 4> fatal_to_their_parent = {
  "database_worker", "grant", "node_agent", "parked_notifications"};

constexpr size_t names_shown = 12;

struct seen_actor {
  actor_name name;
  std::shared_ptr<const child_standing> standing;
  bool parked = false;
};

/// The actors of a node below each other.
class actor_tree {
public:
  explicit actor_tree(const actor_directory& directory) {
    directory.visit({}, [this](const actor_row& row) {
      below_[row.name.parent].push_back({row.name, row.standing, row.parked});
    });
  }

  /// All that a supervisor keeps, in the order in which it starts them.
  [[nodiscard]] std::vector<seen_actor> children_of(const std::string& supervisor) const {
    std::vector<seen_actor> all;
    if (auto found = below_.find(supervisor); found != below_.end())
      std::ranges::copy_if(found->second, std::back_inserter(all),
                           [](const seen_actor& one) { return one.standing != nullptr; });
    std::ranges::sort(all, {}, [](const seen_actor& one) { return one.standing->order; });
    return all;
  }

  /// How many are below that one; notes in `tally` what they hold.
  size_t count_below(const std::string& path, blast_radius& tally) const {
    size_t count = 0;
    std::set<std::string> counted{path};
    std::vector<std::string> open{path};
    while (!open.empty()) {
      auto parent = std::move(open.back());
      open.pop_back();
      auto found = below_.find(parent);
      if (found == below_.end())
        continue;
      for (const auto& one : found->second) {
        ++count;
        note(one.name, tally);
        if (auto below = one.name.path(); counted.insert(below).second)
          open.push_back(std::move(below));
      }
    }
    return count;
  }

  void note(const actor_name& name, blast_radius& tally) const {
    tally.links |= name.kind == "links" || name.kind == "node_agent";
    tally.threads += name.kind == "thread_sync" ? 1 : 0;
    bool leased = name.parent.starts_with(std::string{singleton_state::name} + '/')
                  || (name.parent == "backfills" && is_member());
    tally.leases += leased ? 1 : 0;
  }

private:
  /// A node alone takes no leases for its backfills.
  [[nodiscard]] bool is_member() const {
    return std::ranges::any_of(below_, [](const auto& each) {
      return std::ranges::any_of(each.second,
                                 [](const seen_actor& one) { return one.name.kind == "links"; });
    });
  }

  std::map<std::string, std::vector<seen_actor>> below_;
};

bool takes_parent_along(const actor_name& name) {
  return std::ranges::find(fatal_to_their_parent, name.kind) != fatal_to_their_parent.end()
         || name.parent.starts_with(std::string{singleton_state::name} + '/');
}

/// Whether a restart of `ends` is one of `other` too.
bool goes_along(const seen_actor& other, const child_standing& ends, bool parked) {
  if (other.standing->order == ends.order || other.parked != parked)
    return false;
  switch (ends.rules.strategy) {
    case restart_strategy::one_for_one: return false;
    // What is parked together is taken up together.
    case restart_strategy::rest_for_one: return parked || other.standing->order > ends.order;
    case restart_strategy::one_for_all: return true;
  }
  return false;
}

std::string list_of(const std::vector<blast_radius::part>& parts) {
  std::string all;
  for (size_t i = 0; i < std::min(parts.size(), names_shown); ++i) {
    all += (i == 0 ? "" : ", ") + parts[i].path;
    if (parts[i].actors > 1)
      all += fmt::format(" ({} actors)", parts[i].actors);
  }
  return all + (parts.size() > names_shown ? ", …" : "");
}

std::string counted(size_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

/// What else ends with it.
std::string losses_of(const blast_radius& radius) {
  std::string text;
  if (radius.links)
    text += "; the links of this node drop for about a second";
  if (radius.threads > 0 || radius.leases > 0)
    text += "; given back: "
            + (radius.threads == 0 ? std::string{} : counted(radius.threads, "claimed thread"))
            + (radius.threads > 0 && radius.leases > 0 ? " and " : "")
            + (radius.leases == 0 ? std::string{} : counted(radius.leases, "lease"));
  return text;
}

std::string plan_suspension(const actor_row& row, const blast_radius& radius) {
  auto text =
    row.name.path() + " takes no further message until it is woken; they wait in its mailbox";
  if (radius.above.empty() && !radius.along.empty())
    text += "; may wait for it: " + list_of(radius.along);
  if (row.name.kind == "links" || row.name.kind == "node_agent")
    text += "; other nodes reach this one no more until then";
  return text;
}

/// What becomes of an actor that ends as in a crash.
std::string plan_end(const std::string& action, const actor_row& row, const blast_radius& radius) {
  auto text = row.name.path() + (action == "kill" ? " ends at once" : " ends as if it had crashed");
  for (const auto& each : radius.above)
    text += (&each == &radius.above.front() ? ", and with it " : ", ") + each;
  if (radius.below > 0)
    text += ", and " + counted(radius.below, "actor") + " below";
  if (row.name.parent.empty())
    return text + "; it is the root: the process ends with it" + losses_of(radius);
  if (radius.supervisor.empty())
    text += action == "kill"
              ? std::string{"; who it answers to decides what then"}
              : "; " + row.name.parent
                  + ", here or on another node, starts it again when its work is due";
  else if (!radius.beyond.empty())
    text += "; its restarts are used up: " + radius.beyond;
  else
    text += "; " + radius.supervisor + " starts it again";
  if (!radius.along.empty())
    text +=
      (radius.beyond.empty() ? "; restarts with it: " : "; with it: ") + list_of(radius.along);
  return text + losses_of(radius) + (radius.budget.empty() ? "" : "; " + radius.budget);
}

} // namespace

blast_radius blast_radius_of(const actor_directory& directory, const actor_row& of) {
  actor_tree tree{directory};
  blast_radius radius;
  auto last = of;
  while (!last.standing && takes_parent_along(last.name)) {
    auto above = directory.find(last.name.parent);
    if (above.size() != 1)
      break;
    last = above.front().row;
    radius.above.push_back(last.name.path());
  }
  tree.note(last.name, radius);
  radius.below = tree.count_below(last.name.path(), radius);
  if (!radius.above.empty())
    radius.below -= std::min(radius.below, radius.above.size()); // those that are named
  if (!last.standing)
    return radius;
  radius.supervisor = last.name.parent;
  for (const auto& one : tree.children_of(last.name.parent))
    if (goes_along(one, *last.standing, of.parked)) {
      auto path = one.name.path();
      tree.note(one.name, radius);
      radius.along.push_back({path, 1 + tree.count_below(path, radius)});
    }
  auto now = directory.now();
  if (!of.parked && budget_of(*last.standing, last, now).used_up)
    radius.beyond = beyond_text(*last.standing);
  radius.budget = budget_text(*last.standing, last, now);
  return radius;
}

std::string plan_of(const std::string& action, const actor_row& row, bool supervised,
                    const blast_radius& radius) {
  auto path = row.name.path();
  if (action == "wake")
    return path + " takes messages again";
  if (action == "suspend")
    return plan_suspension(row, radius);
  if (action != "restart" || !supervised)
    return plan_end(action, row, radius);
  if (row.parked)
    return path + " is taken up again by " + row.name.parent
           + (radius.along.empty() ? "" : "; with it: " + list_of(radius.along));
  return path + " is stopped and started again by " + row.name.parent
         + (radius.below == 0 ? "" : ", with " + counted(radius.below, "actor") + " below")
         + (radius.along.empty() ? "" : "; restarts with it: " + list_of(radius.along))
         + losses_of(radius);
}

} // namespace nova::inspection
