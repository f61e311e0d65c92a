#pragma once

#include "pg/connection.hpp"
#include "pg/integrations/read_sync_run.hpp"
#include "syncs/connector.hpp"
#include "syncs/sql_text.hpp"

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace nova::syncs {

/// Where the records of a stream go.
struct target_settings {
  /// Nothing: into `integration_records`.
  std::optional<table_name> table = {};
  /// Of records of JSON in a table: its columns, and where in a record their values are, as keys
  /// from the outside in.
  std::vector<std::pair<std::string, std::vector<std::string>>> mapped = {};
  /// A full run deletes what the source has no more.
  bool deletes = true;
};

/// The claim of the run is over, or somebody wants it to end.
struct claim_lost : std::runtime_error {
  explicit claim_lost(const std::string& how) : std::runtime_error("the run is " + how), how(how) {}

  std::string how; // stale or cancelled
};

/// Writes pages: the rows, the counters, the watermark and the checkpoint of each in one
/// transaction, which looks at the claim. What is here already as it is, is not written. A record
/// that the table refuses is noted with the reason, and the others of its page are kept. Blocks;
/// throws `pg::error`, `claim_lost`, and what the connector throws.
class sync_target {
public:
  sync_target(pg::connection& conn, pg::sync_task run, target_settings settings);

  /// The columns of the table that can be written; none: it has no table. Throws `sync_failure`
  /// where it cannot be the target.
  std::vector<opened_stream::column> look();

  /// After `connector::open`. `seen`: keys are noted, so that what is missing is known at the end.
  void begin(const opened_stream& stream, bool seen);

  /// One page of `from`. True: it was the last.
  bool write_page(connector& from);

  /// After the last page: watermark, state, and what a complete listing did not have.
  void end(connector& from, const sync_end& known);

  /// Of the whole run, the last page included.
  [[nodiscard]] int64_t refused() const {
    return refused_;
  }

  [[nodiscard]] std::string named() const;

private:
  struct counts {
    int64_t inserted = 0, updated = 0;
  };

  [[nodiscard]] bool records() const {
    return !settings_.table;
  }

  [[nodiscard]] std::string key_text(const char* of) const;
  void make_statements();
  void begin_page();
  counts upsert();
  void upsert_range(int64_t first, int64_t last, counts& done, std::vector<bad_record>& bad);
  bad_record refused_row(int64_t which, const std::string& why);
  sync_page try_page(connector& from, counts& done);
  sync_page write_carefully(connector& from, counts& done);
  void commit(const sync_page& page, const counts& done, pg::transaction& change);
  int64_t delete_gone(const std::vector<std::string>& keys);
  void delete_missing(connector& from);
  void run(const std::string& text);

  pg::connection& conn_;
  pg::sync_task run_;
  target_settings settings_;
  opened_stream stream_;
  bool json_ = false; // rows are keys and records
  bool seen_ = false;
  bool had_refused_ = false;
  int64_t refused_ = 0;
  std::string stage_, careful_stage_, copy_, upsert_, upsert_range_, note_seen_, accept_;
};

} // namespace nova::syncs
