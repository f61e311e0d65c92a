// Every schedule of a small scope against the real function: one message, two changes, two
// notifications of which one may be lost or come again late, one fetch, and what arrived is applied
// in every order. The message must never go back to an older version, and never end with an older
// one than was received unless a refetch is due.
#include "pg/email/store_messages.hpp"
#include "pg/email/tombstone_messages.hpp"
#include "tests/unit/pg/email_builders.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <ostream>
#include <set>
#include <tuple>

using namespace nova;
namespace data = boost::unit_test::data;

namespace {

constexpr int last_instant = 6;

/// An observation: the provider's version that it shows, and the interval in which that was read.
struct event {
  int version;
  int64_t lo, hi;

  friend auto operator<=>(const event&, const event&) = default; // NOLINT(modernize-use-nullptr)
};
using schedule = std::vector<event>;

/// The instants of one schedule before it becomes events.
struct instants {
  int change_1, change_2;
  int seen_1, seen_2; // when the notifications' contents were read
  int arrival_1;      // and when they came
  std::optional<int> arrival_2;
  bool again; // the first comes once more, last

  [[nodiscard]] int version(int at) const {
    return (at >= change_1 ? 1 : 0) + (at >= change_2 ? 1 : 0);
  }
};

void add_orders(schedule events, std::set<schedule>& all) {
  std::sort(events.begin(), events.end());
  do
    all.insert(events);
  while (std::next_permutation(events.begin(), events.end()));
}

void add_fetches(const instants& at, std::set<schedule>& all) {
  schedule notifications{{at.version(at.seen_1), test::open_below, at.arrival_1}};
  if (at.arrival_2)
    notifications.push_back({at.version(at.seen_2), test::open_below, *at.arrival_2});
  if (at.again)
    notifications.push_back({at.version(at.seen_1), test::open_below, last_instant});
  for (int begin = 0; begin < 5; ++begin)
    for (int read = begin; read < 5; ++read)
      for (int answer = read; answer <= last_instant; ++answer) {
        auto events = notifications;
        events.push_back({at.version(read), begin, answer});
        add_orders(std::move(events), all);
      }
}

void add_notifications(int change_1, int change_2, std::set<schedule>& all) {
  for (int seen_1 = change_1; seen_1 < 5; ++seen_1)
    for (int seen_2 = change_2; seen_2 < 5; ++seen_2)
      for (int arrival_1 = seen_1; arrival_1 <= last_instant; ++arrival_1)
        for (int arrival_2 = seen_2; arrival_2 <= last_instant + 1; ++arrival_2)
          for (bool again : {false, true})
            add_fetches({change_1, change_2, seen_1, seen_2, arrival_1,
                         arrival_2 > last_instant ? std::nullopt : std::optional(arrival_2), again},
                        all);
}

/// Two fetches beside one notification: a doubt that the second fetch does not settle.
void add_two_fetches(const instants& at, std::set<schedule>& all) {
  std::vector<event> fetches;
  for (int begin = 0; begin < 5; ++begin)
    for (int read = begin; read < 5; ++read)
      for (int answer = read; answer <= last_instant; ++answer)
        fetches.push_back({at.version(read), begin, answer});
  for (const auto& one : fetches)
    for (const auto& other : fetches)
      add_orders({{at.version(at.seen_1), test::open_below, at.arrival_1}, one, other}, all);
}

std::vector<schedule> all_schedules(size_t every) {
  std::set<schedule> all;
  for (int change_1 = 1; change_1 < 4; ++change_1)
    for (int change_2 = change_1 + 1; change_2 < 4; ++change_2)
      add_notifications(change_1, change_2, all);
  for (int seen = 1; seen < 5; ++seen)
    for (int arrival = seen; arrival <= last_instant; ++arrival)
      add_two_fetches({1, 3, seen, seen, arrival, std::nullopt, false}, all);
  std::vector<schedule> chosen;
  size_t number = 0;
  for (auto& events : all) {
    if (number++ % every == 0)
      chosen.push_back(events);
  }
  return chosen;
}

constexpr std::string_view deleted;

/// What the provider's three versions look like; the third may look like the first, one may be a
/// deletion.
struct contents {
  const char* name;
  std::string_view of[3];
  size_t every = 1; // of all schedules, so that the lesser cases cost less time

  /// A fetch of what is deleted is a 404, which is no observation by itself.
  [[nodiscard]] bool shows(const event& seen) const {
    return of[seen.version] != deleted || seen.lo == test::open_below;
  }
};

std::ostream& operator<<(std::ostream& out, const contents& x) {
  return out << x.name;
}

const contents content_rows[] = {{"all differ", {"A", "B", "C"}},
                                 {"one comes back", {"A", "B", "A"}},
                                 {"deleted", {"A", "B", deleted}, 4},
                                 {"deleted and restored", {"A", deleted, "A"}, 4}};

struct row {
  std::string content = "none yet";
  bool due = false;
};

constexpr sql::statement read_rows{
  "read_rows", "select nylas_message_id, case when deleted_at is null then convert_from(core_hash, "
               "'UTF8') else '' end, refetch_at is not null "
               "from flux_email_messages"};

/// Notifications of deletions, as columns.
struct tombstones {
  std::deque<std::string> texts;
  std::vector<std::string_view> inboxes, ids;
  std::vector<int64_t> lo, hi;

  void add(const std::string& inbox, size_t id, const event& seen) {
    inboxes.push_back(inbox);
    ids.push_back(texts.emplace_back(std::to_string(id)));
    lo.push_back(seen.lo);
    hi.push_back(seen.hi);
  }
};

struct fixture : test::email_fixture {
  /// Applies the events at place `step` of every schedule.
  void apply(const std::vector<schedule>& all, size_t step, const contents& shown) {
    test::message_batch batch{inbox};
    tombstones gone;
    for (size_t i = 0; i < all.size(); ++i) {
      if (step < all[i].size() && shown.shows(all[i][step]))
        add(batch, gone, i, all[i][step], shown);
      if (batch.columns().size() == 5000) {
        perform(pg::store_messages{batch.columns()});
        batch = test::message_batch{inbox};
      }
    }
    perform(pg::store_messages{batch.columns()});
    perform(pg::tombstone_messages{gone.inboxes, gone.ids, gone.lo, gone.hi});
  }

  void add(test::message_batch& batch, tombstones& gone, size_t i, const event& seen,
           const contents& shown) {
    if (shown.of[seen.version] == deleted)
      gone.add(inbox, i, seen);
    else // Threads are not what this is about: none.
      batch.add({.id = std::to_string(i),
                 .thread = "",
                 .content = std::string(shown.of[seen.version]),
                 .lo = seen.lo,
                 .hi = seen.hi,
                 .from = "[]",
                 .folders = "[]"});
  }

  std::vector<row> rows(size_t count) {
    std::vector<row> all(count);
    auto found = conn.exec(read_rows);
    for (auto& [id, content, due] : found.rows<std::string, std::string, bool>())
      all.at(std::stoul(id)) = {content, due};
    return all;
  }
};

/// The newest version that looks like this, among those that were received up to that step.
int newest(const schedule& events, size_t step, const std::string& content, const contents& shown) {
  int version = -1;
  for (size_t i = 0; i <= step && i < events.size(); ++i) {
    if (content == shown.of[events[i].version] && shown.shows(events[i]))
      version = std::max(version, events[i].version);
  }
  return version;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(email_versions_test, fixture)

BOOST_DATA_TEST_CASE(no_schedule_goes_back_or_ends_stale_unnoticed, data::make(content_rows),
                     shown) {
  auto all = all_schedules(shown.every);
  BOOST_TEST_REQUIRE(all.size() * shown.every > 50'000);

  std::vector<row> before(all.size());
  size_t backwards = 0, due = 0, stale = 0;
  for (size_t step = 0; step < 4; ++step) {
    apply(all, step, shown);
    auto now = rows(all.size());
    for (size_t i = 0; i < all.size(); ++i) {
      // A deletion that is in doubt is shown until the refetch that is due.
      if (step > 0 && now[i].content != before[i].content
          && !(now[i].content == deleted && now[i].due))
        backwards += newest(all[i], step, now[i].content, shown)
                     < newest(all[i], step - 1, before[i].content, shown);
    }
    before = std::move(now);
  }
  for (size_t i = 0; i < all.size(); ++i) {
    auto received = std::any_of(all[i].begin(), all[i].end(),
                                [&](auto& e) { return e.version == 2 && shown.shows(e); });
    due += before[i].due;
    stale += received && !before[i].due && before[i].content != shown.of[2];
  }
  BOOST_TEST(backwards == 0u);
  BOOST_TEST(stale == 0u);
  // Not by marking everything: what a fetch confirmed is left alone.
  BOOST_TEST(due < all.size());

  // The refetch that is due, or a sweep, begins after everything that was seen and settles each.
  event sweep{2, last_instant + 1, last_instant + 2};
  if (shown.of[2] == deleted) {
    tombstones gone;
    for (size_t i = 0; i < all.size(); ++i)
      gone.add(inbox, i, sweep);
    perform(pg::tombstone_messages{gone.inboxes, gone.ids, gone.lo, gone.hi});
  } else {
    apply(std::vector<schedule>(all.size(), {sweep}), 0, shown);
  }
  auto settled = rows(all.size());
  BOOST_TEST(std::all_of(settled.begin(), settled.end(),
                         [&](const auto& x) { return x.content == shown.of[2] && !x.due; }));
}

BOOST_AUTO_TEST_SUITE_END()
