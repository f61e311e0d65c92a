#include "actors/folder_lister.hpp"

#include "base/log.hpp"
#include "messages/error_code.hpp"
#include "messages/timed_request.hpp"
#include "nylas/api.hpp"
#include "nylas/parse.hpp"

#include <caf/stateful_actor.hpp>

#include <utility>

namespace nova {
namespace {

constexpr base::log folder_lister_log{"Folders"};

// Shorter than a claim, so that no second list begins while this one waits.
constexpr auto folders_call_timeout = std::chrono::seconds{540};
constexpr uint32_t folder_lister_pages_max = 100;

} // namespace

void folder_lister_state::look() {
  next_look_.after(settings.look, [this] { look(); });
  auto away = settings.live && settings.live->provider_away.load(std::memory_order_relaxed);
  if (!away && !claiming_ && in_hand_ < settings.inboxes_max)
    claim();
}

void folder_lister_state::claim() {
  claiming_ = true;
  constexpr auto what = "look for folders that are due";
  ask(self, needs.database, pg::claim_folders{settings.inboxes_max - in_hand_})
    .then(
      [this](std::vector<folder_listing>& due) {
        could(folder_lister_log, what);
        claiming_ = false;
        for (auto& one : due) {
          ++in_hand_;
          list(std::make_shared<listing>(listing{{std::move(one), {}}}), {});
        }
      },
      [this](const caf::error& reason) {
        claiming_ = false;
        could_not(folder_lister_log, what, describe(reason));
      });
}

void folder_lister_state::list(const std::shared_ptr<listing>& one, const std::string& page_token) {
  call_grant call;
  call.grant = one->found.claim.grant;
  call.call = nylas::list_folders(call.grant.value, page_token);
  timed_request(self, needs.grants, folders_call_timeout, std::move(call))
    .then([this, one](api_answered& answer) { listed(one, std::move(answer)); },
          [this, one](const caf::error& reason) { failed(one, describe(reason)); });
}

void folder_lister_state::listed(const std::shared_ptr<listing>& one, api_answered&& result) {
  if (result.verdict != nylas::verdict::ok) {
    failed(one, describe(result));
    return;
  }
  auto page = nylas::parse_folder_page(std::move(result.body));
  if (!page) {
    failed(one, to_string(page.error()));
    return;
  }
  for (auto& seen : page->items)
    one->found.folders.push_back({one->found.claim.inbox, std::move(seen.id), std::move(seen.name),
                                  std::move(seen.parent_id), std::move(seen.attributes),
                                  seen.system_folder});
  if (!page->next_cursor.empty() && ++one->pages < folder_lister_pages_max) {
    list(one, page->next_cursor);
    return;
  }
  if (!page->next_cursor.empty()) {
    failed(one, "the list has no end");
    return;
  }
  ask(self, needs.database, one->found)
    .then([this] { --in_hand_; },
          [this, one](const caf::error& reason) { failed(one, describe(reason)); });
}

void folder_lister_state::failed(const std::shared_ptr<listing>& one, const std::string& reason) {
  --in_hand_;
  folder_lister_log.warn("folders not listed; they are due again in ten minutes",
                         {{"grant", one->found.claim.grant}, {"reason", reason}});
}

folder_lister_actor::behavior_type
folder_lister(observed_pointer<folder_lister_actor, folder_lister_state> self, directory_slot slot,
              folder_lister_needs needs, folder_lister_settings settings) {
  self->state.slot = std::move(slot);
  self->state.needs = std::move(needs);
  self->state.settings = std::move(settings);
  self->state.look();
  return untold();
}

} // namespace nova
