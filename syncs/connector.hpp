#pragma once

#include "pg/integrations/read_sync_run.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nova::syncs {

/// Takes lines of COPY's text format: the columns of `opened_stream`, or a key and a record.
using row_sink = std::function<void(std::string_view)>;

/// A stream that a run reads.
struct opened_stream {
  struct column {
    std::string name, type;
    bool comparable = true;
  };

  /// Of the rows, in their order; none: rows are a key and a record of JSON.
  std::vector<column> columns = {};
  /// Those of them that tell rows apart.
  std::vector<std::string> key = {};
  /// About how many rows there are to read.
  std::optional<int64_t> total = {};
  /// What the source has and here is no column for.
  std::vector<std::string> ignored = {};
  /// This run lists everything that there is.
  bool whole = false;
};

/// A record that cannot be written, with the reason.
struct bad_record {
  std::string key, reason, record;
};

/// What a page had. Rows went to the sink, but for bad ones.
struct sync_page {
  int64_t rows = 0, bytes = 0; // all of them
  /// Everything below it, also what may still commit at the source, is in this page or an earlier
  /// one.
  std::optional<std::string> watermark = {};
  /// Where another run would go on; JSON.
  std::optional<std::string> checkpoint = {};
  std::vector<bad_record> bad = {};
  std::vector<std::string> gone = {}; // keys that the source says are deleted
  bool last = false;
};

/// What a run knows at its end.
struct sync_end {
  std::optional<std::string> watermark = {};
  /// JSON; what the next run gets.
  std::optional<std::string> state = {};
  /// Why it got nowhere although there was something to read; empty: it did.
  std::string stalled = {};
  /// It saw everything that there is.
  bool complete = false;
};

/// A stream that could be synced.
struct found_stream {
  std::string name;
  std::string details; // for people
};

/// How many rows there are, and the sum of their hashes, of each part of them.
using part_digests = std::map<std::string, std::pair<int64_t, std::string>>;

/// A system that rows are read from. Blocks; belongs to one thread. Throws `sync_failure`,
/// `sync_stopped`, and `cursor_expired` from `next`. A run is `open`, `next` until the last page,
/// `end`.
class connector {
public:
  virtual ~connector() = default;

  connector() = default;
  connector(const connector&) = delete;
  connector& operator=(const connector&) = delete;

  /// Whether it can be read; says what was found, a line each.
  virtual std::vector<std::pair<std::string, std::string>> test() = 0;
  virtual std::vector<found_stream> discover() = 0;

  /// `columns`: those of the table that the rows go to, with types; none: it has no table.
  virtual opened_stream open(const pg::sync_task& run,
                             const std::vector<opened_stream::column>& columns) = 0;
  /// The next rows go to `sink`.
  virtual sync_page next(const row_sink& sink) = 0;
  /// `next` gives the last page once more.
  virtual void again() = 0;
  virtual sync_end end() = 0;

  /// Gives `sink` all keys that there are, at one moment, and says how many; nothing: it cannot.
  virtual std::optional<int64_t> list_keys(const row_sink& sink) = 0;

  /// Of rows whose key has a hash that begins with one of `prefixes`, by its first `digits`; of no
  /// prefixes all. Nothing: it cannot.
  virtual std::optional<part_digests> digest(const std::vector<std::string>& prefixes,
                                             int digits) = 0;
};

} // namespace nova::syncs
