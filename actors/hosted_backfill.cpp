#include "actors/hosted_backfill.hpp"

#include "actors/job.hpp"

#include <caf/actor_cast.hpp>
#include <caf/default_attachable.hpp>
#include <caf/stateful_actor.hpp>
#include <rapidjson/document.h>

#include <stdexcept>
#include <utility>

namespace nova {
namespace {

int64_t token_of(const std::string& arguments) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(arguments.data(), arguments.size());
  if (!document.HasParseError() && document.IsObject())
    if (auto found = document.FindMember("token");
        found != document.MemberEnd() && found->value.IsInt64() && found->value.GetInt64() > 0)
      return found->value.GetInt64();
  throw std::invalid_argument("a backfill for another node needs the token of its lease");
}

} // namespace

std::string backfill_arguments(int64_t token) {
  return R"({"token":)" + std::to_string(token) + '}';
}

hosted_factory host_backfills(backfill_links links, backfill_settings settings,
                              std::function<caf::strong_actor_ptr()> keeper) {
  return [links = std::move(links), settings,
          keeper = std::move(keeper)](node_agent_actor::pointer self,
                                      const spawn_child_here& request, base::directory_slot slot) {
    if (!is_config_id(request.key))
      throw std::invalid_argument("'" + request.key + "' is no configuration");
    auto token = token_of(request.arguments);
    auto here = keeper();
    if (!here)
      throw std::runtime_error("no backfills run on this node");
    auto child = caf::actor_cast<caf::strong_actor_ptr>(self->spawn(
      backfill, std::move(slot), backfill_task{config_id{request.key}, token}, links, settings));
    // Half a link: the child ends with the keeper, not the other way. One that is gone already
    // ends it at once.
    auto observed = caf::actor_cast<caf::actor_addr>(here);
    auto observer = caf::actor_cast<caf::actor_addr>(child);
    here->get()->attach(caf::default_attachable::make_link(observed, observer));
    child->get()->attach_functor([observed, observer] {
      if (auto still = caf::actor_cast<caf::strong_actor_ptr>(observed))
        still->get()->detach(
          caf::default_attachable::observe_token{observer, caf::default_attachable::link});
    });
    return child;
  };
}

} // namespace nova
