#include "actors/directory.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <deque>
#include <mutex>
#include <utility>

// An entry hangs in one of 64 intrusive lists, each with its own mutex, so that entering and
// leaving costs two pointers and rarely meets another thread. What changes often is atomic; the
// sentence has a mutex in the entry. Order of locks: list, then entry.
namespace nova {
namespace {

constexpr size_t parts = 64;
constexpr size_t failures_kept_max = 1000;
constexpr size_t doing_max = 200;
constexpr std::chrono::minutes failing_told_each{1};

/// Cuts without leaving half of a UTF-8 character.
std::string_view cut(std::string_view text, size_t length_max) {
  if (text.size() <= length_max)
    return text;
  while (length_max > 0 && (static_cast<unsigned char>(text[length_max]) & 0xC0U) == 0x80U)
    --length_max;
  return text.substr(0, length_max);
}

bool passes(const actor_name& name, const directory_filter& filter) {
  return (filter.kind.empty() || filter.kind == name.kind)
         && (filter.key.empty() || filter.key == name.key)
         && (filter.parent.empty() || filter.parent == name.parent);
}

base::wall_time from_microseconds(int64_t value) {
  return base::wall_time{std::chrono::microseconds{value}};
}

} // namespace

void actor_activity::came(uint16_t type) noexcept {
  auto number = received.fetch_add(1, std::memory_order_relaxed) + 1;
  mailbox.came(number, handled.load(std::memory_order_relaxed), type);
}

void actor_activity::went(uint16_t type) noexcept {
  handled.fetch_add(1, std::memory_order_relaxed);
  mailbox.went(type);
}

struct directory_shelf {
  struct part {
    mutable std::mutex mutex;
    directory_entry* first = nullptr;
  };

  explicit directory_shelf(base::clock now) : now(std::move(now)) {}

  base::clock now;
  std::shared_ptr<trace_tap> tap = std::make_shared<trace_tap>();
  std::atomic<size_t> entered{0};
  std::atomic<size_t> count{0};
  std::array<part, parts> all;
  mutable std::mutex failures_mutex;
  std::deque<actor_failure> failures;
  uint64_t failures_total = 0;
};

struct directory_entry {
  directory_entry(actor_name who, std::shared_ptr<directory_shelf> shelf)
    : name(std::move(who)), home(std::move(shelf)), started_at(home->now()),
      doing_since(started_at) {
    part = &home->all.at(home->entered.fetch_add(1, std::memory_order_relaxed) % parts);
    home->count.fetch_add(1, std::memory_order_relaxed);
    auto lock = std::scoped_lock{part->mutex};
    next = part->first;
    if (next)
      next->previous = this;
    part->first = this;
  }

  ~directory_entry() {
    home->count.fetch_sub(1, std::memory_order_relaxed);
    auto lock = std::scoped_lock{part->mutex};
    (previous ? previous->next : part->first) = next;
    if (next)
      next->previous = previous;
  }

  directory_entry(const directory_entry&) = delete;
  directory_entry& operator=(const directory_entry&) = delete;

  actor_row row() const {
    actor_row made;
    fill(made);
    return made;
  }

  /// Into a row that was filled before, so that its texts need no new memory.
  void fill(actor_row& made) const {
    auto lock = std::scoped_lock{mutex};
    made.busy_since.reset();
    made.message = 0;
    made.suspended = false;
    made.name = name;
    made.doing = doing;
    made.doing_since = doing_since;
    made.started_at = started_at;
    made.restarts = restarts;
    made.last_failure = failure;
    made.parked = parked.load(std::memory_order_relaxed);
    made.counts = activity != nullptr;
    made.handled = 0;
    made.received = 0;
    made.oldest_came.reset();
    made.awaits = {};
    bool busy = false;
    if (activity) {
      made.handled = activity->handled.load(std::memory_order_relaxed);
      made.received = activity->received.load(std::memory_order_relaxed);
      auto since = activity->busy_since.load(std::memory_order_relaxed);
      busy = since != 0;
      if (busy)
        made.busy_since = from_microseconds(since);
      made.message = activity->message.load(std::memory_order_relaxed);
      made.suspended = activity->suspended.load(std::memory_order_relaxed);
      made.awaits = activity->awaited.look();
    }
    // What is being handled does not wait any more.
    auto gone = made.handled + (busy ? 1 : 0);
    if (made.received > gone)
      if (auto at = activity->mailbox.came_at(gone + 1); at != 0)
        made.oldest_came = from_microseconds(at);
    made.standing = standing;
    made.failing = failing;
    if (!failing.empty()) {
      const auto& first = failing.front();
      made.doing = first.times == 0
                     ? cut(first.what + ' ' + first.reason, doing_max)
                     : cut("cannot " + first.what + ", " + std::to_string(first.times)
                             + " times: " + first.reason,
                           doing_max);
      made.doing_since = first.since;
    }
    made.waiting =
      (made.received > gone ? made.received - gone : 0) + held.load(std::memory_order_relaxed);
  }

  const actor_name name;
  const std::shared_ptr<directory_shelf> home;
  std::atomic<uint64_t> held{0};
  std::atomic<uint32_t> restarts{0};
  std::atomic<bool> parked{false};
  std::atomic<bool> fails{false}; // whether `failing` has any

  mutable std::mutex mutex; // guards what follows, up to the links
  std::string doing;
  std::string failure;
  base::wall_time started_at;
  base::wall_time doing_since;
  std::shared_ptr<actor_activity> activity;
  std::any handle;
  std::vector<failing_loop> failing;
  std::shared_ptr<const child_standing> standing;

  directory_shelf::part* part = nullptr; // whose mutex guards the links
  directory_entry* next = nullptr;
  directory_entry* previous = nullptr;
};

void directory_slot::doing(std::string_view sentence) const {
  if (!entry_)
    return;
  auto now = entry_->home->now();
  auto lock = std::scoped_lock{entry_->mutex};
  entry_->doing = cut(sentence, doing_max);
  entry_->doing_since = now;
}

std::string directory_slot::doing() const {
  if (!entry_)
    return {};
  auto lock = std::scoped_lock{entry_->mutex};
  return entry_->doing;
}

uint16_t directory_slot::message() const {
  if (!entry_)
    return 0;
  auto lock = std::scoped_lock{entry_->mutex};
  return entry_->activity ? entry_->activity->message.load(std::memory_order_relaxed) : uint16_t{0};
}

void directory_slot::holds(uint64_t count) const noexcept {
  if (entry_)
    entry_->held.store(count, std::memory_order_relaxed);
}

uint64_t directory_slot::fails(std::string_view what, std::string_view reason,
                               failing_cause cause) const {
  if (!entry_)
    return 1;
  auto now = entry_->home->now();
  auto lock = std::scoped_lock{entry_->mutex};
  auto& all = entry_->failing;
  auto one = std::ranges::find(all, what, &failing_loop::what);
  if (one == all.end())
    one = all.insert(all.end(), {std::string{what},
                                 {},
                                 now,
                                 0,
                                 now,
                                 std::string{cause.about},
                                 std::string{cause.next},
                                 cause.level});
  one->reason = cut(reason, failure_reason_max);
  entry_->fails.store(true, std::memory_order_relaxed);
  if (++one->times > 1 && now - one->told_at < failing_told_each)
    return 0;
  one->told_at = now;
  return one->times;
}

bool directory_slot::warns(std::string_view what, std::string_view how) const {
  if (!entry_)
    return false;
  auto now = entry_->home->now();
  auto lock = std::scoped_lock{entry_->mutex};
  auto& all = entry_->failing;
  auto one = std::ranges::find(all, what, &failing_loop::what);
  if (one == all.end())
    one = all.insert(all.end(), {std::string{what}, {}, now, 0, now});
  entry_->fails.store(true, std::memory_order_relaxed);
  auto reason = cut(how, failure_reason_max);
  return std::exchange(one->reason, reason) != reason;
}

uint64_t directory_slot::works(std::string_view what) const {
  if (!entry_ || !entry_->fails.load(std::memory_order_relaxed))
    return 0;
  auto lock = std::scoped_lock{entry_->mutex};
  auto& all = entry_->failing;
  auto one = std::ranges::find(all, what, &failing_loop::what);
  if (one == all.end())
    return 0;
  auto times = one->times;
  all.erase(one);
  entry_->fails.store(!all.empty(), std::memory_order_relaxed);
  return times;
}

void directory_slot::failed(std::string_view reason) const {
  if (!entry_)
    return;
  auto lock = std::scoped_lock{entry_->mutex};
  entry_->failure = cut(reason, failure_reason_max);
}

void directory_slot::restarted() const {
  if (!entry_)
    return;
  entry_->restarts.fetch_add(1, std::memory_order_relaxed);
  entry_->held.store(0, std::memory_order_relaxed); // gone with the last incarnation
  auto now = entry_->home->now();
  auto lock = std::scoped_lock{entry_->mutex};
  entry_->started_at = now;
  entry_->doing_since = now;
  entry_->doing.clear();
  entry_->failing.clear();
  entry_->fails.store(false, std::memory_order_relaxed);
}

void directory_slot::park(bool parked) const {
  if (!entry_)
    return;
  entry_->parked.store(parked, std::memory_order_relaxed);
  if (!parked)
    return;
  // Of the incarnation that ended; there is no next one that would set them anew.
  entry_->held.store(0, std::memory_order_relaxed);
  entry_->fails.store(false, std::memory_order_relaxed);
  auto lock = std::scoped_lock{entry_->mutex};
  entry_->failing.clear();
  entry_->activity.reset();
  entry_->handle.reset();
}

void directory_slot::stand(std::shared_ptr<const child_standing> standing) const {
  if (!entry_)
    return;
  auto lock = std::scoped_lock{entry_->mutex};
  entry_->standing = std::move(standing);
}

uint32_t directory_slot::restarts() const noexcept {
  return entry_ ? entry_->restarts.load(std::memory_order_relaxed) : 0;
}

const actor_name& directory_slot::name() const noexcept {
  static const actor_name nobody;
  return entry_ ? entry_->name : nobody;
}

void directory_slot::adopt(std::shared_ptr<actor_activity> activity, std::any handle) const {
  if (!entry_)
    return;
  activity->tap = entry_->home->tap;
  auto lock = std::scoped_lock{entry_->mutex};
  entry_->activity = std::move(activity);
  entry_->handle = std::move(handle);
}

actor_directory::actor_directory(base::clock now)
  : shelf_(std::make_shared<directory_shelf>(std::move(now))) {}

actor_directory::~actor_directory() = default;

directory_slot actor_directory::open(actor_name name) {
  directory_slot slot;
  slot.entry_ = std::make_shared<directory_entry>(std::move(name), shelf_);
  return slot;
}

std::vector<actor_row> actor_directory::snapshot(const directory_filter& filter) const {
  std::vector<actor_row> rows;
  rows.reserve(std::min(size(), filter.rows_max));
  for (const auto& part : shelf_->all) {
    auto lock = std::scoped_lock{part.mutex};
    for (auto entry = part.first; entry && rows.size() < filter.rows_max; entry = entry->next)
      if (passes(entry->name, filter))
        rows.push_back(entry->row());
  }
  return rows;
}

void actor_directory::visit(const directory_filter& filter,
                            const std::function<void(const actor_row&)>& look) const {
  actor_row row;
  for (const auto& part : shelf_->all) {
    auto lock = std::scoped_lock{part.mutex};
    for (auto entry = part.first; entry; entry = entry->next)
      if (passes(entry->name, filter)) {
        entry->fill(row);
        look(row);
      }
  }
}

std::vector<actor_directory::found_actor> actor_directory::find(std::string_view path) const {
  std::vector<found_actor> exact, of_kind;
  for (const auto& part : shelf_->all) {
    auto lock = std::scoped_lock{part.mutex};
    for (auto entry = part.first; entry; entry = entry->next) {
      bool same = entry->name.path() == path;
      if (!same && entry->name.kind != path)
        continue;
      auto& made = (same ? exact : of_kind).emplace_back(found_actor{entry->row(), {}, {}});
      auto inner = std::scoped_lock{entry->mutex};
      made.handle = entry->handle;
      if (entry->activity)
        made.mailbox = entry->activity->mailbox.parts();
    }
  }
  return exact.empty() ? of_kind : exact;
}

std::vector<std::pair<std::string, std::any>> actor_directory::handles() const {
  std::vector<std::pair<std::string, std::any>> all;
  for (const auto& part : shelf_->all) {
    auto lock = std::scoped_lock{part.mutex};
    for (auto entry = part.first; entry; entry = entry->next) {
      auto inner = std::scoped_lock{entry->mutex};
      if (entry->handle.has_value())
        all.emplace_back(entry->name.path(), entry->handle);
    }
  }
  return all;
}

trace_tap& actor_directory::tap() const noexcept {
  return *shelf_->tap;
}

size_t actor_directory::size() const noexcept {
  return shelf_->count.load(std::memory_order_relaxed);
}

void actor_directory::record(actor_failure failure) {
  auto lock = std::scoped_lock{shelf_->failures_mutex};
  failure.number = ++shelf_->failures_total;
  shelf_->failures.push_back(std::move(failure));
  if (shelf_->failures.size() > failures_kept_max)
    shelf_->failures.pop_front();
}

std::vector<actor_failure> actor_directory::failures(uint64_t after) const {
  auto lock = std::scoped_lock{shelf_->failures_mutex};
  auto from = std::find_if(shelf_->failures.begin(), shelf_->failures.end(),
                           [&](const actor_failure& x) { return x.number > after; });
  return {from, shelf_->failures.end()};
}

base::wall_time actor_directory::now() const {
  return shelf_->now();
}

} // namespace nova
