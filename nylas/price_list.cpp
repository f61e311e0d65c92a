#include "nylas/price_list.hpp"

#include <algorithm>

namespace nova::nylas {
namespace {

struct price {
  double list = 0;
  double object = 0;
};

constexpr std::array<price, billed_calls_count> published{{
  {0, 1},  // other
  {0, 20}, // message
  {5, 20}, // messages
  {5, 40}, // threads
  {1, 1},  // folders
  {0, 20}, // attachment
}};

// Of the newest answer: prices change overnight, and answers do not contradict each other.
constexpr double newest_weight = 0.5;
constexpr double factor_min = 1.0 / 32;
constexpr double factor_max = 32;

} // namespace

double price_list::of(billed_call what, int objects) const {
  if (told_ == false)
    return 1;
  const auto& each = published.at(static_cast<size_t>(what));
  return factors_.at(static_cast<size_t>(what)) * (each.list + each.object * objects);
}

void price_list::learn(billed_call what, double units, std::optional<int> requests,
                       int objects_max) {
  told_ = true;
  const auto& each = published.at(static_cast<size_t>(what));
  auto& factor = factors_.at(static_cast<size_t>(what));
  auto lists = each.list > 0 ? 1 : 0;
  auto objects = requests ? *requests - lists : objects_max;
  // An empty list says nothing of what is in others.
  if (objects <= 0 || units <= 0)
    return;
  auto seen = units / (each.list + each.object * objects);
  if (requests || seen > factor)
    factor = std::clamp(factor + newest_weight * (seen - factor), factor_min, factor_max);
}

} // namespace nova::nylas
