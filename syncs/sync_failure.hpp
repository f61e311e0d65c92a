#pragma once

#include <stdexcept>
#include <string>

namespace nova::syncs {

/// Why a run cannot go on. The text is for people and without secrets.
struct sync_failure : std::runtime_error {
  sync_failure(std::string kind, const std::string& text)
    : std::runtime_error(text), kind(std::move(kind)) {}

  /// One word, by which failures are counted: `auth`, `network`, `config`, `secret_missing`,
  /// `schema`, `stalled`, `rate_limited`, `source`, `database`.
  std::string kind;
};

/// The cursor that the run had is not taken any more: it begins anew, with a full listing.
struct cursor_expired : std::runtime_error {
  cursor_expired() : std::runtime_error("the cursor of the last run has expired") {}
};

} // namespace nova::syncs
