#pragma once

#include "messages/done.hpp"
#include "messages/type_ids.hpp"

#include <caf/meta/type_name.hpp>
#include <caf/replies_to.hpp>
#include <caf/timestamp.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace nova {

/// Says that an actor ended abnormally; becomes a row of `actor_failures`.
struct record_failure {
  std::string kind;
  std::string key;
  std::string reason;      // at most 1,000 bytes
  uint32_t restart_no = 0; // how often it had been restarted before
  std::string doing;       // its last words in the directory
  caf::timestamp at;
};

template <class Inspector>
auto inspect(Inspector& f, record_failure& x) {
  return f(caf::meta::type_name("record_failure"), x.kind, x.key, x.reason, x.restart_no, x.doing,
           x.at);
}

/// Time to write what the directory has recorded since. A recorder sends this to itself.
struct follow_failures {};

template <class Inspector>
auto inspect(Inspector& f, follow_failures&) {
  return f(caf::meta::type_name("follow_failures"));
}

/// Follows the directory's failures into `actor_failures`. The directory keeps the last thousand,
/// so nothing is lost while the database is away, unless more fail.
using failure_recorder_actor = caf::typed_actor<caf::reacts_to<follow_failures>>;

/// What the recorder needs of the database: all in one statement.
using failure_database_actor =
  caf::typed_actor<caf::replies_to<std::vector<record_failure>>::with<done>>;

} // namespace nova
