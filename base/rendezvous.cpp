#include "base/rendezvous.hpp"

#include <cmath>

// Each node draws for each key a number from 0 to 1 that only the two names decide, and scores
// -weight / ln(number); the highest score is the home. That makes the chance of a node its part of
// all weights, and a node's score does not depend on who else is there.
namespace nova::base {
namespace {

/// FNV-1a over both names with a byte between them, then the finisher of MurmurHash3, which spreads
/// it over all bits. The numbers are theirs; nodes of all versions must agree on them.
uint64_t hash(std::string_view key, std::string_view node) {
  uint64_t sum = 14695981039346656037ULL;
  auto add = [&](unsigned char byte) { sum = (sum ^ byte) * 1099511628211ULL; };
  for (unsigned char byte : key)
    add(byte);
  add(0);
  for (unsigned char byte : node)
    add(byte);
  sum = (sum ^ sum >> 33) * 0xff51afd7ed558ccdULL;
  sum = (sum ^ sum >> 33) * 0xc4ceb9fe1a85ec53ULL;
  return sum ^ sum >> 33;
}

double score(std::string_view key, const candidate& one) {
  constexpr double steps = 9007199254740992.0; // 2^53: what a double tells apart
  auto number = (static_cast<double>(hash(key, one.name) >> 11) + 0.5) / steps;
  return -static_cast<double>(one.weight) / std::log(number);
}

} // namespace

std::optional<int64_t> home_of(std::string_view key, const std::vector<candidate>& candidates) {
  const candidate* best = nullptr;
  double best_score = 0;
  for (const auto& one : candidates) {
    if (one.weight == 0)
      continue;
    auto own = score(key, one);
    // Equal scores of two names do not happen in practice; the name decides, not the order.
    if (!best || own > best_score || (own == best_score && one.name < best->name)) {
      best = &one;
      best_score = own;
    }
  }
  return best ? std::optional{best->node} : std::nullopt;
}

} // namespace nova::base
