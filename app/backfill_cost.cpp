#include "app/backfill_cost.hpp"

#include "actors/backfill_parts.hpp"
#include "actors/discovery.hpp"
#include "mail/backfill_work.hpp"
#include "mail/day_range.hpp"
#include "nylas/pacing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace nova::app {
namespace {

constexpr int64_t week_seconds = 7 * day_seconds;
constexpr size_t survey_page = 80;
constexpr int threads_page = 20;
constexpr double message_units = 20, thread_units = 40; // Google's prices since May 2026
constexpr double messages_per_thread = 3.5;             // where no thread could be asked for
constexpr double stored_a_second = 2000;
constexpr double live_mail = 1.25; // a fifth of a mailbox' allowance may go there
constexpr double tenth = 1.2816;   // standard deviations from the middle to p10 and p90

/// What the calls that were made to find out showed.
struct shown {
  double messages = 0, message_bytes = 0, message_units = 0, message_seconds = 0;
  double threads = 0, thread_messages = 0, thread_units = 0;
  bool billed = false; // in units
};

/// The windows as nova.plan_windows cuts them, the oldest first.
std::vector<window_work> windows_of(int64_t from, int64_t to) {
  std::vector<window_work> windows;
  constexpr std::array<std::pair<int64_t, int>, 3> pieces{{{1, 53}, {4, 52}, {26, 40}}};
  auto end = to;
  for (const auto& [weeks, count] : pieces)
    for (int i = 0; i < count && end > from; ++i, end = windows.back().start) {
      auto& window = windows.emplace_back();
      window.start = std::max(from, end - weeks * week_seconds);
      window.end = end;
    }
  if (end > from) {
    auto& window = windows.emplace_back();
    window.start = from;
    window.end = end;
  }
  std::reverse(windows.begin(), windows.end());
  return windows;
}

std::vector<mail_sample> survey(provider_reader& reader, const cost_question& of, shown& seen) {
  mailbox_survey asked{of.from, of.to, {survey_page, 12, 1}};
  while (auto part = asked.next()) {
    nylas::message_query query;
    query.grant_id = of.grant;
    if (part->start > 0)
      query.received_after = part->start;
    query.received_before = part->end;
    query.limit = static_cast<int>(asked.page());
    auto page = reader.list(query);
    auto count = page.value.items.size() + page.value.rejected.size();
    seen.messages += static_cast<double>(count);
    seen.message_bytes += static_cast<double>(page.bytes);
    seen.message_units += page.units.value_or(0);
    seen.message_seconds += static_cast<double>(page.hi - page.lo) / 1e6;
    seen.billed = seen.billed || page.units;
    asked.answered(count, !page.value.next_cursor.empty());
  }
  return asked.found();
}

/// Of the newest, of the middle and of the oldest mail that was found.
void ask_for_threads(provider_reader& reader, const cost_question& of,
                     const std::vector<mail_sample>& samples, shown& seen) {
  std::vector<int64_t> ends;
  for (const auto& sample : samples)
    if (sample.messages > 0)
      ends.push_back(sample.end);
  for (size_t i = 0; i < 3 && !ends.empty(); ++i) {
    nylas::thread_query query;
    query.grant_id = of.grant;
    query.latest_message_before = ends[i * (ends.size() - 1) / 2];
    query.limit = threads_page;
    auto page = reader.list(query);
    for (const auto& thread : page.value.items)
      seen.thread_messages += static_cast<double>(thread.message_ids.size());
    seen.threads += static_cast<double>(page.value.items.size());
    seen.thread_units += page.units.value_or(0);
  }
}

double ratio(double over, double under, double otherwise) {
  return over > 0 && under > 0 ? over / under : otherwise;
}

/// What it takes, by what could bind.
struct time_by_limit {
  std::string binds;
  double seconds = 0;
};

/// Of so many calls for so many messages that cost so many units: the slowest limit decides.
time_by_limit time_of(const cost_question& of, const shown& seen, const backfill_cost& cost) {
  auto limits = nylas::limits_for(of.provider, of.google_units);
  const backfill_settings settings;
  // One place is kept for live mail.
  auto places =
    std::min<double>(std::max(limits.concurrency_max - 1, 1), settings.windows_parallel);
  auto page_seconds = ratio(seen.message_seconds, seen.messages, 0.01);
  std::vector<time_by_limit> all{{"database", cost.messages / stored_a_second},
                                 {places < settings.windows_parallel ? "places" : "window",
                                  cost.messages * page_seconds / places}};
  if (limits.requests_per_second > 0)
    all.push_back({"requests", cost.calls / limits.requests_per_second});
  if (limits.units_per_second > 0)
    all.push_back({"units", cost.units / limits.units_per_second});
  return *std::max_element(all.begin(), all.end(),
                           [](const auto& a, const auto& b) { return a.seconds < b.seconds; });
}

std::vector<std::string> assumptions_of(const cost_question& of, const shown& seen) {
  auto limits = nylas::limits_for(of.provider, of.google_units);
  std::vector<std::string> all{
    fmt::format("a message is {:.1f} kB, a thread {:.1f} messages, as in those that were listed",
                ratio(seen.message_bytes, seen.messages, 0) / 1000,
                ratio(seen.thread_messages, seen.threads, messages_per_thread))};
  if (limits.units_per_second > 0)
    all.push_back(fmt::format(
      "{} gives {:.0f} units a second; a message costs {:.1f} and a thread {:.1f}, {}", of.provider,
      limits.units_per_second, ratio(seen.message_units, seen.messages, message_units),
      ratio(seen.thread_units, seen.threads, thread_units),
      seen.billed ? "as it said" : "its published prices"));
  else if (limits.requests_per_second > 0)
    all.push_back(fmt::format("{:.0f} requests a second and {} calls at one time",
                              limits.requests_per_second, limits.concurrency_max));
  all.push_back(fmt::format("{:.0f} messages a second are stored", stored_a_second));
  all.push_back(
    "at most a fifth of what the mailbox allows goes to live mail; throttling and nights "
    "without a provider are not in it");
  return all;
}

} // namespace

backfill_cost cost_of_backfill(provider_reader& reader, const cost_question& of) {
  shown seen;
  backfill_cost cost;
  cost.survey = survey(reader, of, seen);
  ask_for_threads(reader, of, cost.survey, seen);
  cost.asked = reader.calls();
  cost.assumptions = assumptions_of(of, seen);
  const backfill_settings settings;
  auto compared = lists_threads({settings.strategy, of.provider, false});
  backfill_work work{of.from, of.to, windows_of(of.from, of.to), cost.survey, 0, compared};
  auto expected = weigh(work);
  auto around = std::exp(tenth * expected.left_error);
  cost.messages = expected.messages;
  cost.messages_low = expected.messages / around;
  cost.messages_high = expected.messages * around;
  cost.threads = cost.messages / ratio(seen.thread_messages, seen.threads, messages_per_thread);
  auto page = std::min(settings.messages_page_limit, messages_page_max(of.provider));
  auto pages = cost.messages / page;
  auto windows = static_cast<double>(work.windows.size());
  // Of each window the last page of messages and of threads is not full; threads are listed and ids
  // compared where that costs less than the mail.
  cost.calls = std::ceil(compared ? 2 * pages + cost.threads / settings.page_limit + 2 * windows
                                  : pages + windows);
  if (nylas::limits_for(of.provider, of.google_units).units_per_second > 0)
    cost.units =
      cost.messages * ratio(seen.message_units, seen.messages, message_units)
      + (compared ? cost.threads * ratio(seen.thread_units, seen.threads, thread_units) : 0);
  cost.gigabytes = cost.messages * ratio(seen.message_bytes, seen.messages, 0) / 1e9;
  auto time = time_of(of, seen, cost);
  cost.binds = time.binds;
  cost.hours = time.seconds / 3600;
  cost.hours_low = cost.hours / around;
  cost.hours_high = cost.hours * around * live_mail;
  // The newest windows are listed side by side, their mail before any threads.
  auto newest = std::min<size_t>(settings.windows_parallel, work.windows.size());
  work.windows.erase(work.windows.begin(),
                     work.windows.end() - static_cast<std::ptrdiff_t>(newest));
  auto usable = cost;
  usable.messages = weigh(work).messages;
  usable.calls = usable.messages / page;
  usable.units = usable.messages * ratio(seen.message_units, seen.messages, message_units);
  cost.usable_hours = time_of(of, seen, usable).seconds / 3600;
  return cost;
}

} // namespace nova::app
