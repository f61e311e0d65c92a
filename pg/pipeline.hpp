#pragma once

#include "pg/connection.hpp"
#include "pg/error.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace nova::pg {

/// Many statements in one round trip. Blocks; on the thread of its connection.
class pipeline {
public:
  explicit pipeline(connection& conn) : conn_(conn) {}

  /// Packs a statement; nothing is sent yet. The caller bounds how many, as results and arguments
  /// are in memory.
  template <class... Ts>
  void add(const sql::statement& query, const Ts&... args) {
    waiting_.push_back({&query, parameters{query.name, args...}});
  }

  void add(sql::statement&& query) = delete; // it is named until the end of `run`

  [[nodiscard]] size_t size() const noexcept {
    return waiting_.size();
  }

  /// Sends all and returns a result for each, in order. Outside of a transaction they are one of
  /// their own: all or nothing. The first failure is thrown and names its statement; then none has
  /// had an effect. Ends empty.
  std::vector<result> run();

  /// The same between BEGIN and COMMIT of that level, still in one round trip. Outside of a
  /// transaction only.
  std::vector<result> run_as_transaction(isolation level);

private:
  connection& conn_;
  std::vector<connection::queued> waiting_;
};

/// Why an item failed; nothing when it went through.
using outcome = std::optional<error>;

/// Calls `run` with the numbers [first, last) of items to write in one transaction of its own. When
/// the server refuses that, the range is tried again in halves, so that one bad item among a
/// thousand fails alone (and costs 2 * log2(1000) calls).
///
/// Returns an outcome for each of the `count` items. After a failure of another kind nothing more
/// is tried: the items of that call have its error, those behind them `lost`, because nothing of
/// them happened. Throws what `run` throws beside `pg::error`.
std::vector<outcome> run_in_halves(size_t count,
                                   const std::function<void(size_t first, size_t last)>& run);

/// The same over a list: `run` gets a part of `items`.
template <class T, class Run>
std::vector<outcome> run_in_halves(const std::vector<T>& items, Run&& run) {
  return run_in_halves(items.size(), [&](size_t first, size_t last) {
    run(std::span<const T>{items}.subspan(first, last - first));
  });
}

} // namespace nova::pg
