#pragma once

#include "base/clock.hpp"
#include "base/finding.hpp"

#include <cstdint>
#include <mutex>
#include <optional>

namespace nova::webhooks {

/// Whether notifications come with signatures that the secret makes. A stranger's forgery now and
/// then is no finding; when none of several in a row is signed rightly, the secret is another one
/// or somebody knocks at the door. Thread-safe.
class signature_watch {
public:
  explicit signature_watch(base::clock now = base::wall_now) : now_(std::move(now)) {}

  void matched();
  void mismatched();

  /// For as long as the last ones mismatched, and an hour after the last.
  [[nodiscard]] std::optional<base::finding> finding() const;

private:
  base::clock now_;
  mutable std::mutex mutex_;
  uint64_t in_a_row_ = 0;
  base::wall_time first_, last_;
};

} // namespace nova::webhooks
