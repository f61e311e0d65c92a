#include "pg/pipeline.hpp"

#include "base/ensure.hpp"

namespace nova::pg {
namespace {

constexpr sql::statement begin_read_committed{"begin_read_committed",
                                              "begin isolation level read committed"};
constexpr sql::statement begin_repeatable_read{"begin_repeatable_read",
                                               "begin isolation level repeatable read"};
constexpr sql::statement begin_serializable{"begin_serializable",
                                            "begin isolation level serializable"};
constexpr sql::statement commit{"commit", "commit"};

const sql::statement& begin_of(isolation level) {
  switch (level) {
    case isolation::read_committed: return begin_read_committed;
    case isolation::repeatable_read: return begin_repeatable_read;
    case isolation::serializable: return begin_serializable;
  }
  return begin_read_committed;
}

/// The parts of `run_in_halves` that remain, as a stack: depth first keeps the order of the items.
class halving {
public:
  halving(size_t count, const std::function<void(size_t, size_t)>& run)
    : run_(run), outcomes_(count) {
    if (count > 0)
      try_range(0, count);
  }

  std::vector<outcome> take() {
    return std::move(outcomes_);
  }

private:
  void try_range(size_t first, size_t last) {
    if (stopped_) {
      mark(first, last, error(failure::lost, "not tried after: " + *stopped_));
      return;
    }
    try {
      run_(first, last);
    } catch (const error& e) {
      divide(first, last, e);
    }
  }

  void divide(size_t first, size_t last, const error& e) {
    if (e.kind() != failure::refused) {
      stopped_ = e.what();
      mark(first, last, e);
    } else if (last - first == 1) {
      mark(first, last, e);
    } else {
      auto middle = first + (last - first) / 2;
      try_range(first, middle); // no deeper than log2 of the count
      try_range(middle, last);
    }
  }

  void mark(size_t first, size_t last, const error& e) {
    for (auto i = first; i < last; ++i)
      outcomes_[i] = e;
  }

  const std::function<void(size_t, size_t)>& run_;
  std::vector<outcome> outcomes_;
  std::optional<std::string> stopped_;
};

} // namespace

std::vector<result> pipeline::run() {
  auto statements = std::move(waiting_);
  waiting_.clear();
  return conn_.exec_pipeline(statements);
}

std::vector<result> pipeline::run_as_transaction(isolation level) {
  base::ensure(!conn_.in_transaction(), "one transaction at a time on a connection");
  const auto& begin = begin_of(level);
  waiting_.insert(waiting_.begin(), {&begin, parameters{begin.name}});
  waiting_.push_back({&commit, parameters{commit.name}});
  try {
    auto results = run();
    results.pop_back();
    results.erase(results.begin());
    return results;
  } catch (const error&) {
    // What failed left the transaction open, and the COMMIT behind it was skipped.
    if (conn_.in_transaction() && conn_.alive())
      conn_.control("rollback");
    throw;
  }
}

std::vector<outcome> run_in_halves(size_t count,
                                   const std::function<void(size_t first, size_t last)>& run) {
  return halving{count, run}.take();
}

} // namespace nova::pg
