#pragma once

#include "base/secrets.hpp"
#include "pg/connection.hpp"
#include "pg/integrations/read_sync_run.hpp"
#include "syncs/connector.hpp"
#include "syncs/request_gates.hpp"
#include "syncs/sync_stop.hpp"
#include "syncs/sync_target.hpp"

#include <memory>
#include <string>
#include <vector>

namespace nova::syncs {

/// What runs need that is not in the database.
struct sync_means {
  std::shared_ptr<const base::secrets> secrets;
  std::shared_ptr<request_gates> gates = std::make_shared<request_gates>();
  /// The proxy that requests go through which may not reach private addresses; empty: none.
  std::string proxy = {};
};

/// What became of a run.
struct sync_outcome {
  std::string status = "succeeded"; // as in the history; stale: the claim was over, nothing written
  std::string error_class = {}, text = {};
};

/// The connector of a configuration. Throws `sync_failure` where the provider is not known, a
/// setting is not taken, or the secret is missing.
std::unique_ptr<connector> connector_of(const pg::sync_task& task, const sync_means& means,
                                        sync_stop& stop);
/// Where its records go.
target_settings target_of(const pg::sync_task& task);

/// Does a run that was claimed to its end, and ends it. `conn`: a connection whose statements may
/// take long. Blocks; throws `pg::error` where it could not be ended, `sync_stopped`.
sync_outcome do_sync(pg::connection& conn, const pg::sync_claim& claim, const sync_means& means,
                     sync_stop& stop);

/// A difference between source and target.
struct sync_difference {
  std::string part; // beginning of the hash of keys
  int64_t at_source = 0, here = 0;
  bool equal_counts = false; // the same number of rows, of which some differ
};

struct sync_verdict {
  int64_t at_source = 0, here = 0;          // rows
  std::vector<sync_difference> differences; // a hundred at most; empty: equal
  int64_t differing = 0;                    // parts that differ
};

/// Compares source and target by counts and digests, from the whole to the parts that differ.
/// Throws `sync_failure`, `pg::error`.
sync_verdict verify_sync(pg::connection& conn, const pg::sync_task& task, const sync_means& means,
                         sync_stop& stop);

} // namespace nova::syncs
