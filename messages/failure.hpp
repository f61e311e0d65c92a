#pragma once

#include "messages/type_ids.hpp"

#include <caf/meta/type_name.hpp>
#include <caf/timestamp.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <string>

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

/// Writes failures down. Lossy by design: while the database is gone it keeps the last ones only.
using failure_recorder_actor = caf::typed_actor<
  // No answer: who reports does not wait.
  caf::reacts_to<record_failure>>;

} // namespace nova
