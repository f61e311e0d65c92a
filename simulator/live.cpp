#include "simulator/live.hpp"

#include "simulator/random.hpp"

#include <array>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace nova::simulator {
namespace {

using steady = std::chrono::steady_clock;

constexpr uint64_t for_live = 5001;
constexpr std::chrono::milliseconds crowded_look{5};

void reply(changes& change, grant_state& grant, const message_record& to,
           const live_options& options, uint64_t drawn) {
  new_message wanted;
  wanted.thread_id = to.thread_id;
  wanted.subject = to.subject.starts_with("Re: ") ? to.subject : "Re: " + to.subject;
  wanted.sent = drawn % 4 == 0;
  auto added = change.create(grant, wanted);
  if (added && !added->sent && chance(draw(drawn, 5), options.thread_replied))
    change.tell(replied_event(grant, *added, to.id));
}

void edit(changes& change, grant_state& grant, const message_record& message, uint64_t drawn) {
  message_edit what;
  if (drawn % 3 == 0)
    what.starred = !message.starred;
  else
    what.unread = !message.unread;
  change.edit(grant, message.id, what);
}

void send_draft(changes& change, grant_state& grant, uint64_t drawn) {
  new_message wanted;
  wanted.draft = true;
  wanted.sent = true;
  auto draft = change.create(grant, wanted);
  if (!draft)
    return;
  new_message sent = wanted;
  sent.draft = false;
  sent.thread_id = drawn % 2 == 0 ? draft->thread_id : "";
  sent.subject = draft->subject;
  change.create(grant, sent);
  change.remove(grant, draft->id);
}

/// The shorter thread goes into the longer one. The other way round a thread that grew would be
/// told of whole again and again: 10,000 changes became half a million events.
void merge(changes& change, grant_state& grant, const std::string& one, const std::string& other) {
  const bool shorter = grant.mail->find_thread(one).size() <= grant.mail->find_thread(other).size();
  change.merge(grant, shorter ? one : other, shorter ? other : one);
}

} // namespace

void change_something(changes change, grant_state& grant, const live_options& options,
                      uint64_t drawn) {
  const auto& mix = options.mix;
  const std::array<double, 9> weights = {mix.create, mix.reply,  mix.edit,
                                         mix.move,   mix.remove, mix.change_id,
                                         mix.split,  mix.merge,  mix.draft_sent};
  double sum = 0;
  for (double weight : weights)
    sum += weight;
  double at = static_cast<double>(draw(drawn, 1) >> 11) * 0x1p-53 * sum;
  size_t kind = 0;
  while (kind + 1 < weights.size() && at >= weights[kind])
    at -= weights[kind++];
  const auto some = grant.mail->pick(draw(drawn, 2));
  // An empty mailbox can only grow.
  if (kind == 0 || !some) {
    change.create(grant, {});
    return;
  }
  const auto& folders = grant.mail->source().folders();
  const auto& folder = folders[draw(drawn, 3) % (receipts + 1)].id;
  switch (kind) {
    case 1: reply(change, grant, *some, options, draw(drawn, 4)); break;
    case 2: edit(change, grant, *some, draw(drawn, 4)); break;
    case 3: change.move(grant, some->id, folder); break;
    case 4: change.remove(grant, some->id); break;
    case 5: change.move(grant, some->id, folder, true); break;
    case 6: change.split(grant, {some->id}); break;
    case 7:
      if (auto other = grant.mail->pick(draw(drawn, 6)))
        merge(change, grant, some->thread_id, other->thread_id);
      break;
    default: send_draft(change, grant, draw(drawn, 4)); break;
  }
}

class live_generator::implementation {
public:
  implementation(world& in, std::function<bool()> crowded)
    : in_(in), crowded_(std::move(crowded)) {}

  ~implementation() {
    stop();
  }

  implementation(const implementation&) = delete;
  implementation& operator=(const implementation&) = delete;

  bool start(const live_options& options) {
    std::lock_guard one_at_a_time{control_};
    {
      std::lock_guard lock{mutex_};
      if (progress_.running)
        return false;
      progress_ = {true, 0, options.count};
      stopped_ = false;
    }
    if (thread_.joinable())
      thread_.join();
    thread_ = std::thread{[this, options] { run(options); }};
    return true;
  }

  void stop() {
    std::lock_guard one_at_a_time{control_};
    {
      std::lock_guard lock{mutex_};
      stopped_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable())
      thread_.join();
  }

  [[nodiscard]] live_progress progress() const {
    std::lock_guard lock{mutex_};
    return progress_;
  }

private:
  void run(const live_options& options) {
    const auto begun = steady::now();
    const auto* only = options.grant.empty() ? nullptr : in_.find_grant(options.grant);
    // The address stays when the grant is replaced by another.
    const std::string address = only == nullptr ? "" : "email:" + only->email;
    const uint64_t seed = draw(in_.seed(), for_live, ++runs_);
    for (uint64_t number = 0; number < options.count; ++number) {
      const auto due = options.rate > 0
                         ? begun
                             + std::chrono::floor<steady::duration>(std::chrono::duration<double>{
                               static_cast<double>(number) / options.rate})
                         : begun;
      {
        std::unique_lock lock{mutex_};
        bool ends = changed_.wait_until(lock, due, [this] { return stopped_; });
        while (!ends && crowded_())
          ends = changed_.wait_for(lock, crowded_look, [this] { return stopped_; });
        if (ends)
          break;
        progress_.done = number;
      }
      const auto all = in_.grants();
      auto* grant = only == nullptr ? all[number % all.size()].get() : in_.find_grant(address);
      change_something(changes{in_}, *grant, options, draw(seed, number));
      std::lock_guard lock{mutex_};
      progress_.done = number + 1;
    }
    std::lock_guard lock{mutex_};
    progress_.running = false;
  }

  world& in_;
  std::function<bool()> crowded_;
  std::mutex control_; // held by who starts or stops the thread
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ = false;
  live_progress progress_;
  std::atomic<uint64_t> runs_{0};
  std::thread thread_;
};

live_generator::live_generator(world& in, std::function<bool()> crowded)
  : implementation_(std::make_unique<implementation>(in, std::move(crowded))) {}

live_generator::~live_generator() = default;

bool live_generator::start(const live_options& options) {
  return implementation_->start(options);
}

void live_generator::stop() {
  implementation_->stop();
}

live_progress live_generator::progress() const {
  return implementation_->progress();
}

} // namespace nova::simulator
