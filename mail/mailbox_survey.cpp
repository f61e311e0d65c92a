#include "mail/mailbox_survey.hpp"

#include "mail/day_range.hpp"

#include <algorithm>
#include <cmath>

namespace nova {
namespace {

constexpr int64_t year_seconds = 365 * day_seconds;
constexpr int tries_max = 6; // at one slice
constexpr int64_t length_min = 60;
constexpr size_t page_min = 20;
// Of a page: mail comes in bunches, and of lists that must be cut shorter only the thin ones would
// count.
constexpr double wanted_share = 0.4;

/// How long a slice is that ends so long before the end of the range.
int64_t slice_length(int64_t age, int64_t slices_a_year) {
  if (age < year_seconds)
    return year_seconds / slices_a_year;
  return age < 10 * year_seconds ? year_seconds / 2 : 5 * year_seconds;
}

} // namespace

mailbox_survey::mailbox_survey(int64_t from, int64_t to, survey_settings settings)
  : settings_(settings), page_(settings.page_max) {
  std::vector<slice> newest_first;
  for (auto end = to; end > from;) {
    auto start = std::max(from, end - slice_length(to - end, settings.slices_a_year));
    newest_first.push_back({start, end});
    end = start;
  }
  slices_.assign(newest_first.rbegin(), newest_first.rend());
  begin();
}

/// As much of the next slice as should fill most of a page, going by the one before.
void mailbox_survey::begin() {
  tries_ = 0;
  if (slices_.empty())
    return;
  auto whole = slices_.back().end - slices_.back().start;
  length_ = whole;
  if (found_.empty())
    return;
  const auto& before = found_.back();
  auto rate = before.messages / static_cast<double>(before.end - before.start);
  if (rate <= 0)
    return;
  auto share = settings_.share_max * rate * static_cast<double>(whole) / wanted_share;
  page_ = std::clamp(static_cast<size_t>(share), std::min(page_min, settings_.page_max),
                     settings_.page_max);
  length_ = static_cast<int64_t>(wanted_share * static_cast<double>(page_) / rate);
  length_ = std::clamp(length_, std::min(length_min, whole), whole);
}

std::optional<mail_sample> mailbox_survey::next() const {
  if (slices_.empty())
    return std::nullopt;
  const auto& [start, end] = slices_.back();
  // Elsewhere in each slice: not always the same day of the week, nor the same hour.
  constexpr double golden = 0.618'033'988'749'895;
  auto place = std::fmod(golden * static_cast<double>(found_.size() + 1), 1.0);
  auto from = start + static_cast<int64_t>(place * static_cast<double>(end - start - length_));
  return mail_sample{from, from + length_, 0};
}

void mailbox_survey::answered(size_t messages, bool more) {
  if (slices_.empty())
    return;
  auto whole = slices_.back().end - slices_.back().start;
  auto last_try = ++tries_ >= tries_max;
  if (more && !last_try && length_ > length_min)
    length_ = std::max(found_.empty() ? length_ / 4 : length_ * 3 / 5, length_min);
  else if (!more && !last_try && length_ < whole && messages < page_ / 5)
    length_ = std::min(length_ * 3, whole);
  else
    take(static_cast<double>(messages));
}

void mailbox_survey::take(double messages) {
  auto sample = *next();
  sample.messages = messages;
  found_.push_back(sample);
  slices_.pop_back();
  begin();
}

} // namespace nova
