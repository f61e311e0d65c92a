#include "webhooks/signature_watch.hpp"

#include <fmt/format.h>

#include <chrono>

namespace nova::webhooks {
namespace {

constexpr uint64_t alarm = 3;
constexpr std::chrono::hours told_for{1};

} // namespace

void signature_watch::matched() {
  auto lock = std::scoped_lock{mutex_};
  in_a_row_ = 0;
}

void signature_watch::mismatched() {
  auto lock = std::scoped_lock{mutex_};
  last_ = now_();
  if (in_a_row_++ == 0)
    first_ = last_;
}

std::optional<base::finding> signature_watch::finding() const {
  auto lock = std::scoped_lock{mutex_};
  if (in_a_row_ < alarm || now_() - last_ > told_for)
    return {};
  auto for_s = std::chrono::duration_cast<std::chrono::seconds>(now_() - first_).count();
  return base::finding{
    base::finding_level::critical,
    "webhooks",
    fmt::format("{} notifications in a row, the first {} s ago, came with a signature that "
                "NYLAS_WEBHOOK_SECRET does not make: nothing of them is taken; their mail is found "
                "by sweeps, later",
                in_a_row_, for_s),
    {},
    "set NYLAS_WEBHOOK_SECRET to the secret of this webhook (Nylas dashboard), start it again"};
}

} // namespace nova::webhooks
