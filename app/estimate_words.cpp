#include "app/estimate_words.hpp"

#include "shell/rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace nova::app {
namespace {

std::string until(int64_t moment, int64_t now) {
  return shell::duration_text(static_cast<double>(std::max<int64_t>(moment - now, 0)));
}

} // namespace

std::string left_words(const backfill_progress& row, int64_t now) {
  if (row.eta == 0)
    return {};
  return fmt::format("{} left ({} to {})", until(row.eta, now), until(row.eta_low, now),
                     until(row.eta_high, now));
}

std::string usable_words(const backfill_progress& row, int64_t now) {
  if (row.usable)
    return "usable";
  return row.usable_at == 0 ? std::string{} : "usable in " + until(row.usable_at, now);
}

std::string binds_words(const std::string& binds) {
  static const std::map<std::string, std::string> words = {
    {"units", "the provider's units bind"},
    {"requests", "the provider's requests a second bind"},
    {"places", "the calls at one time bind"},
    {"throttled", "the provider says wait"},
    {"pause", "the pause between calls binds"},
    {"window", "our window binds: page after page"},
    {"database", "the database binds"},
    {"queue", "it waits for its turn"},
    {"paused", "an operator has paused it"},
    {"inbox", "its inbox is not active"},
    {"provider", "its provider cannot be reached"},
  };
  auto found = words.find(binds);
  return found == words.end() ? std::string{} : found->second;
}

} // namespace nova::app
