#include "actors/listing_tally.hpp"

#include <algorithm>
#include <functional>
#include <string>

namespace nova {
namespace {

constexpr int64_t order_slack = 60; // seconds by which a list may be out of order

double cost_of(const api_answered& answer) {
  if (answer.gmail_quota_usage)
    return *answer.gmail_quota_usage;
  return static_cast<double>(std::max<int64_t>(answer.answered_at - answer.started_at, 0)) / 1000;
}

} // namespace

page_tally listing_tally::judge(listing_step step, const discovered_page& page,
                                const api_answered& answer) {
  page_tally tally{cost_of(answer), page.keys.size(), 0, 0};
  if (!of_first_leg(step))
    return tally;
  for (const auto& message : page.messages) {
    const auto& thread = message.thread.value;
    if (!thread.empty() && seen_.insert(std::hash<std::string>{}(thread)).second)
      ++tally.threads_new;
    auto date = message.date.value_or(0);
    // Folders come one after the other.
    if (step == listing_step::folders || date == 0
        || (reached_ != 0 && date > reached_ + order_slack))
      ordered_ = false;
    reached_ = reached_ == 0 ? date : std::min(reached_, date);
  }
  tally.reached = ordered_ ? reached_ : 0;
  return tally;
}

pg::listed_work listing_tally::with(const page_tally& page, listing_step step,
                                    bool messages_done) const {
  auto all = listed_;
  if (of_first_leg(step)) {
    all.messages += page.objects;
    all.threads_seen += page.threads_new;
    all.messages_cost += page.cost;
  } else {
    all.threads += step == listing_step::threads ? page.objects : 0;
    all.threads_cost += page.cost;
  }
  all.reached = page.reached;
  all.messages_done = messages_done;
  return all;
}

void listing_tally::keep(const pg::listed_work& listed) {
  listed_ = listed;
}

void listing_tally::kept() {
  listed_ = {};
}

void listing_tally::begin() {
  *this = {};
}

} // namespace nova
