#include "actors/endpoint_watch.hpp"

#include "base/log.hpp"
#include "messages/error_code.hpp"
#include "messages/timed_request.hpp"
#include "nylas/api.hpp"
#include "nylas/parse.hpp"

#include <caf/stateful_actor.hpp>

#include <utility>

namespace nova {
namespace {

constexpr base::log endpoint_log{"Webhooks"};

constexpr auto endpoint_look = "look at the webhook endpoints";
constexpr auto endpoints_call_timeout = std::chrono::seconds{60};
constexpr uint32_t endpoint_pages_max = 20;

} // namespace

void endpoint_watch_state::look() {
  if (settings.live && settings.live->provider_away.load(std::memory_order_relaxed)) {
    next_look.after(settings.again, [this] { look(); });
    return;
  }
  list(std::make_shared<listing>(), {});
}

void endpoint_watch_state::list(const std::shared_ptr<listing>& so_far,
                                const std::string& page_token) {
  timed_request(self, needs.http, endpoints_call_timeout, nylas::list_webhooks(page_token))
    .then([this, so_far](api_answered& answer) { listed(so_far, std::move(answer)); },
          [this](const caf::error& reason) { failed(describe(reason)); });
}

void endpoint_watch_state::listed(const std::shared_ptr<listing>& so_far, api_answered&& result) {
  if (result.verdict != nylas::verdict::ok) {
    failed(describe(result));
    return;
  }
  auto page = nylas::parse_webhook_page(std::move(result.body));
  if (!page) {
    failed(to_string(page.error()));
    return;
  }
  for (auto& one : page->items) {
    so_far->found.ids.push_back(std::move(one.id));
    so_far->found.urls.push_back(std::move(one.url));
    so_far->found.statuses.push_back(std::move(one.status));
  }
  if (page->next_cursor.empty())
    note(std::move(so_far->found));
  else if (++so_far->pages < endpoint_pages_max)
    list(so_far, page->next_cursor);
  else
    failed("the list has no end");
}

void endpoint_watch_state::note(pg::note_webhook_endpoints&& found) {
  ask(self, needs.database, std::move(found))
    .then(
      [this](const std::vector<pg::endpoint_change>& changed) {
        could(endpoint_log, endpoint_look);
        for (const auto& one : changed)
          endpoint_log.warn("a webhook endpoint has another status; what it missed is looked for",
                            {{"endpoint", one.id},
                             {"url", one.url},
                             {"was", one.was.empty() ? "not known" : one.was},
                             {"status", one.status}});
        next_look.after(settings.look, [this] { look(); });
      },
      [this](const caf::error& reason) { failed(describe(reason)); });
}

void endpoint_watch_state::failed(const std::string& reason) {
  could_not(endpoint_log, endpoint_look, reason);
  next_look.after(settings.again, [this] { look(); });
}

endpoint_watch_actor::behavior_type
endpoint_watch(observed_pointer<endpoint_watch_actor, endpoint_watch_state> self,
               directory_slot slot, endpoint_watch_needs needs, endpoint_watch_settings settings) {
  auto& state = self->state;
  state.slot = std::move(slot);
  state.needs = std::move(needs);
  state.settings = std::move(settings);
  state.next_look.after(state.settings.first, [&state] { state.look(); });
  return untold();
}

} // namespace nova
