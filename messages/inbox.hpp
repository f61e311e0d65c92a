#pragma once

#include "mail/ids.hpp"
#include "messages/done.hpp"
#include "messages/type_ids.hpp"

#include <caf/meta/type_name.hpp>
#include <caf/optional.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace nova {

/// The inbox of a grant changes its state.
struct set_inbox_status {
  grant_id grant;
  std::string status; // active | throttled | auth_expired | reconciling | disabled | removed
  std::string reason;
};

template <class Inspector>
auto inspect(Inspector& f, set_inbox_status& x) {
  return f(caf::meta::type_name("set_inbox_status"), x.grant, x.status, x.reason);
}

/// False when it had that state before, or no inbox has that grant.
struct inbox_status_set {
  bool changed = false;
};

template <class Inspector>
auto inspect(Inspector& f, inbox_status_set& x) {
  return f(caf::meta::type_name("inbox_status_set"), x.changed);
}

/// Which inbox has this grant?
struct find_inbox {
  grant_id grant;
};

template <class Inspector>
auto inspect(Inspector& f, find_inbox& x) {
  return f(caf::meta::type_name("find_inbox"), x.grant);
}

/// An empty id: none.
struct inbox_found {
  inbox_id id;
  std::string provider;
  std::string status;
  bool away = false; // its mailbox could not be reached; see `record_outage`
};

template <class Inspector>
auto inspect(Inspector& f, inbox_found& x) {
  return f(caf::meta::type_name("inbox_found"), x.id, x.provider, x.status, x.away);
}

/// A folder was created, changed or deleted. What is nothing stays as it is.
struct store_folder {
  inbox_id inbox;
  std::string folder;
  caf::optional<std::string> name, parent;
  caf::optional<std::string> attributes; // JSON array
  caf::optional<bool> system_folder;
  bool deleted = false;
};

template <class Inspector>
auto inspect(Inspector& f, store_folder& x) {
  return f(caf::meta::type_name("store_folder"), x.inbox, x.folder, x.name, x.parent, x.attributes,
           x.system_folder, x.deleted);
}

/// Takes messages of which it is in doubt what they look like now.
struct claim_refetches {
  uint32_t limit = 100;
};

template <class Inspector>
auto inspect(Inspector& f, claim_refetches& x) {
  return f(caf::meta::type_name("claim_refetches"), x.limit);
}

/// One of them.
struct refetch {
  inbox_id inbox;
  grant_id grant;
  message_id message;
  uint32_t not_found = 0; // 404s so far
};

template <class Inspector>
auto inspect(Inspector& f, refetch& x) {
  return f(caf::meta::type_name("refetch"), x.inbox, x.grant, x.message, x.not_found);
}

/// Each is hidden for a minute.
struct refetches_claimed {
  std::vector<refetch> refetches;
};

template <class Inspector>
auto inspect(Inspector& f, refetches_claimed& x) {
  return f(caf::meta::type_name("refetches_claimed"), x.refetches);
}

/// The provider does not have it. The second time, a minute apart, it is a tombstone.
struct refetch_gone {
  refetch which;
};

template <class Inspector>
auto inspect(Inspector& f, refetch_gone& x) {
  return f(caf::meta::type_name("refetch_gone"), x.which);
}

/// True when it now is a tombstone.
struct refetch_settled {
  bool tombstone = false;
};

template <class Inspector>
auto inspect(Inspector& f, refetch_settled& x) {
  return f(caf::meta::type_name("refetch_settled"), x.tombstone);
}

/// Its read failed for a moment: it is due again after that pause.
struct postpone_refetch {
  refetch which;
  uint32_t delay_ms = 0;
};

template <class Inspector>
auto inspect(Inspector& f, postpone_refetch& x) {
  return f(caf::meta::type_name("postpone_refetch"), x.which, x.delay_ms);
}

/// Takes inboxes of which the last look at the provider is older than that.
struct claim_sweeps {
  uint32_t every_s = 600;
  uint32_t limit = 10;
};

template <class Inspector>
auto inspect(Inspector& f, claim_sweeps& x) {
  return f(caf::meta::type_name("claim_sweeps"), x.every_s, x.limit);
}

/// One of them; list what was received from then on.
struct sweep {
  inbox_id inbox;
  grant_id grant;
  int64_t from = 0; // seconds
};

template <class Inspector>
auto inspect(Inspector& f, sweep& x) {
  return f(caf::meta::type_name("sweep"), x.inbox, x.grant, x.from);
}

/// Each is taken for ten minutes.
struct sweeps_claimed {
  std::vector<sweep> sweeps;
};

template <class Inspector>
auto inspect(Inspector& f, sweeps_claimed& x) {
  return f(caf::meta::type_name("sweeps_claimed"), x.sweeps);
}

/// Everything that was received until then is in the database.
struct finish_sweep {
  inbox_id inbox;
  int64_t verified_until = 0; // seconds
};

template <class Inspector>
auto inspect(Inspector& f, finish_sweep& x) {
  return f(caf::meta::type_name("finish_sweep"), x.inbox, x.verified_until);
}

/// Lists the newest backfill of a grant from its beginning: the provider has more to show than it
/// had. Nothing happens when there is none that has begun.
struct discover_again {
  grant_id grant;
  std::string why;
};

template <class Inspector>
auto inspect(Inspector& f, discover_again& x) {
  return f(caf::meta::type_name("discover_again"), x.grant, x.why);
}

/// It could not be made; its inbox is due again at once.
struct give_back_sweep {
  inbox_id inbox;
};

template <class Inspector>
auto inspect(Inspector& f, give_back_sweep& x) {
  return f(caf::meta::type_name("give_back_sweep"), x.inbox);
}

/// What cannot be called: one grant's mailbox; everything from this node with its key; everything
/// from this node at all.
enum class outage_scope : uint8_t { grant, application, network };
std::string to_string(outage_scope);

/// It could not be called just now. The row keeps since when; `subject` is the grant, or the node.
struct record_outage {
  outage_scope scope = outage_scope::grant;
  std::string subject;
  std::string error;
  uint32_t probe_in_ms = 0;
};

template <class Inspector>
auto inspect(Inspector& f, record_outage& x) {
  return f(caf::meta::type_name("record_outage"), x.scope, x.subject, x.error, x.probe_in_ms);
}

/// It can be called again. All rows of a node go, whosever fault it was.
struct end_outage {
  outage_scope scope = outage_scope::grant;
  std::string subject;
};

template <class Inspector>
auto inspect(Inspector& f, end_outage& x) {
  return f(caf::meta::type_name("end_outage"), x.scope, x.subject);
}

/// Takes grants that could not be called and are to be probed now.
struct claim_probes {
  uint32_t limit = 100;
};

template <class Inspector>
auto inspect(Inspector& f, claim_probes& x) {
  return f(caf::meta::type_name("claim_probes"), x.limit);
}

/// Each is due again after a pause that grows.
struct probes_claimed {
  std::vector<grant_id> grants;
};

template <class Inspector>
auto inspect(Inspector& f, probes_claimed& x) {
  return f(caf::meta::type_name("probes_claimed"), x.grants);
}

/// What inboxes and their upkeep need of the database.
using inbox_database_actor = caf::typed_actor<
  caf::replies_to<set_inbox_status>::with<inbox_status_set>,
  caf::replies_to<find_inbox>::with<inbox_found>, caf::replies_to<store_folder>::with<done>,
  caf::replies_to<discover_again>::with<done>,
  caf::replies_to<claim_refetches>::with<refetches_claimed>,
  caf::replies_to<refetch_gone>::with<refetch_settled>,
  caf::replies_to<postpone_refetch>::with<done>,
  caf::replies_to<claim_sweeps>::with<sweeps_claimed>, caf::replies_to<finish_sweep>::with<done>,
  caf::replies_to<give_back_sweep>::with<done>, caf::replies_to<record_outage>::with<done>,
  caf::replies_to<end_outage>::with<done>, caf::replies_to<claim_probes>::with<probes_claimed>>;

} // namespace nova
