#include "inspection/actor_details.hpp"

#include "actors/observed_actor.hpp"

#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <any>
#include <utility>

namespace nova::inspection {
namespace {

constexpr size_t linked_names_shown = 12;
// Each is looked at beside every other of the node.
constexpr size_t details_max = 10;

/// An actor that can be told about now.
struct living_actor {
  std::string path;
  caf::actor_addr address;
  caf::strong_actor_ptr actor; // keeps it while it is looked at
  const watched_actor* watched = nullptr;
};

std::vector<living_actor> living(const actor_directory& directory) {
  std::vector<living_actor> all;
  for (auto& [path, handle] : directory.handles())
    if (const auto* address = std::any_cast<caf::actor_addr>(&handle))
      if (auto actor = caf::actor_cast<caf::strong_actor_ptr>(*address))
        if (const auto* watched = dynamic_cast<const watched_actor*>(actor->get()))
          all.push_back({std::move(path), *address, std::move(actor), watched});
  return all;
}

/// Names in order, as many as somebody reads.
class name_list {
public:
  void add(const std::string& name) {
    names_.push_back(name);
  }
  std::string text() {
    std::ranges::sort(names_);
    auto more = names_.size() > linked_names_shown ? names_.size() - linked_names_shown : 0;
    names_.resize(names_.size() - more);
    auto all = fmt::format("{}", fmt::join(names_, ", "));
    return more == 0 ? all : fmt::format("{} and {} more", all, more);
  }

private:
  std::vector<std::string> names_;
};

std::string text_of(const std::vector<mailbox_account::part>& mailbox,
                    const std::function<std::string(uint16_t)>& name_of_type) {
  std::string all;
  for (const auto& [type, waiting] : mailbox)
    all += fmt::format("{}{} {}", all.empty() ? "" : ", ", name_of_type(type), waiting);
  return all;
}

} // namespace

std::vector<inspected_details>
details_of(const actor_directory& directory, std::string_view path, uint32_t limit,
           const std::function<std::string(uint16_t)>& name_of_type) {
  auto found = directory.find(path);
  found.resize(std::min({found.size(), size_t{limit}, details_max}));
  auto all = found.empty() ? std::vector<living_actor>{} : living(directory);
  std::vector<inspected_details> details;
  for (const auto& one : found) {
    inspected_details made;
    made.actor = one.row.name.path();
    made.messages = text_of(one.mailbox, name_of_type);
    const auto* address = std::any_cast<caf::actor_addr>(&one.handle);
    auto own = std::ranges::find_if(all, [&](const auto& each) {
      return address && each.address == *address;
    });
    if (own != all.end()) {
      name_list linked, watched, watches;
      for (const auto& other : all) {
        if (other.address == own->address)
          continue;
        if (own->watched->tells(other.address, true))
          linked.add(other.path);
        if (own->watched->tells(other.address, false))
          watched.add(other.path);
        if (other.watched->tells(own->address, false))
          watches.add(other.path);
      }
      made.linked = linked.text();
      made.watched = watched.text();
      made.watches = watches.text();
    }
    details.push_back(std::move(made));
  }
  return details;
}

} // namespace nova::inspection
