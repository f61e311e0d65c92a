#pragma once

#include "actors/mailbox_listing.hpp"
#include "mail/inboxes.hpp"

namespace nova {

/// Lists what one mailbox received lately.
using mailbox_sweep_actor = untold_actor;

/// One sweep: a small backfill. Lists what a mailbox received lately and stores it; what is there
/// already is confirmed. Event-based.
struct mailbox_sweep_state : mailbox_listing {
  static inline const char* name = "mailbox_sweep";

  explicit mailbox_sweep_state(mailbox_sweep_actor::pointer self) : mailbox_listing(self) {}

  sweep what;

protected:
  void take(listed_page&& page) override;
  void keep() override;
  void at_end() override;
};

mailbox_sweep_actor::behavior_type
mailbox_sweep(observed_pointer<mailbox_sweep_actor, mailbox_sweep_state> self, directory_slot slot,
              sweep what, listing_needs needs, listing_settings settings);

} // namespace nova
