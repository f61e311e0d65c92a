#pragma once

#include <array>
#include <cstddef>
#include <optional>

namespace nova::nylas {

/// What a call asks for, as far as its price goes.
enum class billed_call { other, message, messages, threads, folders, attachment };
constexpr size_t billed_calls_count = 6;

/// What calls of one grant cost, in the units of a provider that counts such: Google's list of
/// prices since May 2026 (developers.google.com/workspace/gmail/api/reference/quota), corrected by
/// what answers say that they cost. Where a list is asked for, each object in it is billed too. For
/// others than Google it means nothing, and their paces have no units. Pure.
class price_list {
public:
  /// Of a call that lists so many objects, or gets one.
  [[nodiscard]] double of(billed_call what, int objects) const;

  /// An answer says that it cost so many units, for which the provider was asked so many times:
  /// once for a list and once for each object. Where it does not say how often, `objects_max` are a
  /// bound, and only what costs more than was known is learnt.
  void learn(billed_call what, double units, std::optional<int> requests, int objects_max);

  /// An answer does not say what it cost. Answers whether none ever did: then a call counts as one
  /// unit, for who names no price is not made to wait for a guess.
  bool said_nothing() {
    if (!told_)
      told_ = false;
    return !*told_;
  }

private:
  std::optional<bool> told_; // whether an answer said its price, from the first one on
  std::array<double, billed_calls_count> factors_{1, 1, 1, 1, 1, 1}; // against the published price
};

} // namespace nova::nylas
