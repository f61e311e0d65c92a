#include "mail/time_left.hpp"

#include <algorithm>
#include <cmath>

// The history is at most 64 blocks. When there are more, two become one and each next one is twice
// as long, so that it always reaches back to the last change of the rate.
//
// A change is the split of the blocks whose two sides differ most, measured in standard errors; it
// is one when they differ by five and by a fifth. The blocks before it are forgotten, and the one
// in which it happened. With fewer than three blocks behind a change nobody can tell it from noise:
// until then `time_for` widens the range.
namespace nova {
namespace {

constexpr size_t blocks_max = 64;
constexpr size_t before_min = 2; // blocks on a side of a split
constexpr size_t after_min = 3;
constexpr size_t few_blocks = 4; // of which the spread says little
constexpr double errors_min = 5;
constexpr double ratio_min = 1.2;
constexpr double doubtful_errors = 2;    // by which the last blocks may be off
constexpr double spread_min = 0.05;      // of the rate: nothing is steadier
constexpr double few_blocks_error = 0.3; // of a rate from fewer than four blocks
constexpr double slowest = 0.02;         // of the rate, where the last blocks say nothing is done
constexpr double tenth = 1.2816;         // standard deviations from the middle to p10 and p90
constexpr double error_min = 0.04;
constexpr std::chrono::minutes looks_apart_max{5};
constexpr std::chrono::hours longest{24 * 3650};

std::chrono::seconds seconds_of(double value) {
  auto bounded = std::min(value, std::chrono::duration<double>{longest}.count());
  return std::chrono::seconds{std::llround(bounded)};
}

double rate_of(double seconds, double work) {
  return seconds > 0 ? work / seconds : 0;
}

} // namespace

work_trace::work_trace(const std::vector<double>& kept) {
  constexpr size_t head = 7;
  auto sound = kept.size() >= head && kept.size() % 2 == 1 && kept.size() <= head + 2 * blocks_max
               && std::all_of(kept.begin(), kept.end(),
                              [](double value) { return std::isfinite(value) && value >= 0; });
  if (!sound || kept[2] <= 0)
    return;
  last_ = {time_point{std::chrono::milliseconds{static_cast<int64_t>(kept[0])}}, kept[1]};
  block_seconds_ = kept[2];
  open_ = {kept[3], kept[4]};
  step_ = kept[5];
  from_beginning_ = kept[6] != 0;
  for (size_t i = head; i < kept.size(); i += 2)
    blocks_.push_back({kept[i], kept[i + 1]});
}

std::vector<double> work_trace::kept() const {
  if (!last_)
    return {};
  std::vector<double> all{static_cast<double>(last_->first.time_since_epoch().count()),
                          last_->second,
                          block_seconds_,
                          open_.seconds,
                          open_.work,
                          step_,
                          from_beginning_ ? 1.0 : 0.0};
  for (const auto& one : blocks_) {
    all.push_back(one.seconds);
    all.push_back(one.work);
  }
  return all;
}

void work_trace::add(time_point at, double done, bool running) {
  // For so long nobody looked: it was paused, or no node ran.
  if (last_ && running && at > last_->first && at < last_->first + looks_apart_max) {
    auto more = std::max(done - last_->second, 0.0);
    open_.seconds += std::chrono::duration<double>(at - last_->first).count();
    open_.work += more;
    if (more > 0)
      step_ = more;
    // What comes first comes at once, on an allowance that was saved up or is paid back later: the
    // rate begins behind it.
    if (last_->second <= 0)
      open_ = {};
    else if (open_.seconds >= block_seconds_)
      close_block();
  }
  last_ = {at, done};
}

void work_trace::close_block() {
  blocks_.push_back(open_);
  open_ = {};
  if (blocks_.size() >= blocks_max) {
    for (size_t i = 0; i < blocks_.size() / 2; ++i)
      blocks_[i] = sum(2 * i, 2 * i + 2);
    blocks_.resize(blocks_.size() / 2);
    // A little less, so that looks that come a little early make no block of three.
    block_seconds_ = 0.9 * sum(0, blocks_.size()).seconds / static_cast<double>(blocks_.size());
  }
  find_change();
}

work_trace::block work_trace::sum(size_t from, size_t to) const {
  block all;
  for (size_t i = from; i < to; ++i) {
    all.seconds += blocks_[i].seconds;
    all.work += blocks_[i].work;
  }
  return all;
}

/// Squares of how far the blocks are from their common rate, each by its time.
double work_trace::spread(size_t from, size_t to) const {
  auto all = sum(from, to);
  auto rate = rate_of(all.seconds, all.work);
  double squares = 0;
  for (size_t i = from; i < to; ++i) {
    auto off = rate_of(blocks_[i].seconds, blocks_[i].work) - rate;
    squares += blocks_[i].seconds * off * off;
  }
  return squares;
}

void work_trace::find_change() {
  auto count = blocks_.size();
  double most = 0;
  size_t at = 0;
  for (size_t split = before_min; split < count; ++split) {
    auto before = sum(0, split), after = sum(split, count);
    auto slow = rate_of(before.seconds, before.work), fast = rate_of(after.seconds, after.work);
    auto difference = std::abs(fast - slow);
    if (slow > fast)
      std::swap(slow, fast);
    auto least = spread_min * fast;
    auto variance = (spread(0, split) + spread(split, count)) / static_cast<double>(count - 2)
                    + least * least * block_seconds_;
    auto error = std::sqrt(variance * (1 / before.seconds + 1 / after.seconds));
    if (fast > ratio_min * slow && difference > errors_min * error && difference / error > most) {
      most = difference / error;
      at = split;
    }
  }
  // While the best split has too little behind it, a later look knows better where it is. The first
  // block behind it is part old, part new.
  if (at == 0 || count - ++at < after_min)
    return;
  blocks_.erase(blocks_.begin(), blocks_.begin() + static_cast<std::ptrdiff_t>(at));
  from_beginning_ = false;
}

double work_trace::rate() const {
  auto all = sum(0, blocks_.size());
  // Work comes in steps (pages), of which the one that is under way is half done, on average.
  auto begun = from_beginning_ && all.work > 0 ? step_ / 2 : 0;
  return rate_of(all.seconds + open_.seconds, all.work + open_.work + begun);
}

work_trace::block work_trace::recent() const {
  auto last = sum(blocks_.size() - std::min(blocks_.size(), after_min), blocks_.size());
  return {last.seconds + open_.seconds, last.work + open_.work};
}

std::optional<time_left> work_trace::time_for(double left, double left_error) const {
  auto now = rate();
  if (now <= 0 || blocks_.empty())
    return std::nullopt;
  auto count = blocks_.size();
  auto least = spread_min * now;
  auto variance = (count > 1 ? spread(0, count) / static_cast<double>(count - 1) : 0)
                  + least * least * block_seconds_;
  auto time = sum(0, count).seconds + open_.seconds;
  auto error = std::sqrt(variance / time) / now;
  if (count < few_blocks)
    error = std::max(error, few_blocks_error);
  auto slow = now, fast = now;
  if (count >= few_blocks) {
    auto last = recent();
    auto its = rate_of(last.seconds, last.work);
    if (std::abs(its - now) > doubtful_errors * std::sqrt(variance / last.seconds)) {
      slow = std::max(std::min(now, its), slowest * now);
      fast = std::max(now, its);
    }
  }
  auto around =
    std::exp(tenth * std::sqrt(error * error + left_error * left_error + error_min * error_min));
  return time_left{seconds_of(left / now), seconds_of(left / fast / around),
                   seconds_of(left / slow * around)};
}

} // namespace nova
