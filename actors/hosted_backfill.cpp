#include "actors/hosted_backfill.hpp"

#include "actors/backfill.hpp"
#include "actors/window_lister.hpp"
#include "base/uuid.hpp"
#include "json/json_reader.hpp"

#include <caf/actor_cast.hpp>
#include <caf/default_attachable.hpp>
#include <caf/stateful_actor.hpp>
#include <rapidjson/document.h>

#include <charconv>
#include <stdexcept>
#include <utility>

namespace nova {
namespace {

int64_t token_of(const std::string& arguments) {
  rapidjson::Document document;
  if (json::parse(document, arguments) && document.IsObject())
    if (auto found = document.FindMember("token");
        found != document.MemberEnd() && found->value.IsInt64() && found->value.GetInt64() > 0)
      return found->value.GetInt64();
  throw std::invalid_argument("work for another node needs its fencing token");
}

/// Half a link: the child ends with the keeper, not the other way. One that is gone already ends it
/// at once.
void end_with(const caf::strong_actor_ptr& keeper, const caf::strong_actor_ptr& child) {
  auto observed = caf::actor_cast<caf::actor_addr>(keeper);
  auto observer = caf::actor_cast<caf::actor_addr>(child);
  keeper->get()->attach(caf::default_attachable::make_link(observed, observer));
  child->get()->attach_functor([observed, observer] {
    if (auto still = caf::actor_cast<caf::strong_actor_ptr>(observed))
      still->get()->detach(
        caf::default_attachable::observe_token{observer, caf::default_attachable::link});
  });
}

caf::strong_actor_ptr found(const std::function<caf::strong_actor_ptr()>& keeper) {
  auto here = keeper();
  if (!here)
    throw std::runtime_error("no backfills run on this node");
  return here;
}

window_task to_task(const std::string& key, int64_t token) {
  auto slash = key.find('/');
  window_task task;
  task.token = token;
  if (slash != std::string::npos) {
    task.config.value = key.substr(0, slash);
    const auto* end = key.data() + key.size();
    auto [rest, error] = std::from_chars(key.data() + slash + 1, end, task.window);
    if (error == std::errc{} && rest == end && task.window > 0 && base::is_uuid(task.config.value))
      return task;
  }
  throw std::invalid_argument("'" + key + "' is no window of a configuration");
}

} // namespace

std::string token_arguments(int64_t token) {
  return R"({"token":)" + std::to_string(token) + '}';
}

hosted_factory host_backfills(backfill_needs needs, backfill_settings settings,
                              std::function<caf::strong_actor_ptr()> keeper) {
  return [needs = std::move(needs), settings,
          keeper = std::move(keeper)](hosting_agent_actor::pointer self,
                                      const spawn_child_here& request, directory_slot slot) {
    if (!base::is_uuid(request.key))
      throw std::invalid_argument("'" + request.key + "' is no configuration");
    auto token = token_of(request.arguments);
    auto here = found(keeper);
    auto child = caf::actor_cast<caf::strong_actor_ptr>(self->spawn(
      backfill, std::move(slot), backfill_task{config_id{request.key}, token}, needs, settings));
    end_with(here, child);
    return child;
  };
}

hosted_factory host_windows(backfill_needs needs, backfill_settings settings,
                            std::function<caf::strong_actor_ptr()> keeper) {
  return [needs = std::move(needs), settings,
          keeper = std::move(keeper)](hosting_agent_actor::pointer self,
                                      const spawn_child_here& request, directory_slot slot) {
    auto task = to_task(request.key, token_of(request.arguments));
    auto here = found(keeper);
    auto child = caf::actor_cast<caf::strong_actor_ptr>(
      self->spawn(window_lister, std::move(slot), std::move(task), needs, settings));
    end_with(here, child);
    return child;
  };
}

} // namespace nova
