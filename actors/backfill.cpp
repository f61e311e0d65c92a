#include "actors/backfill.hpp"

#include "actors/hosted_backfill.hpp"
#include "actors/remote_child.hpp"
#include "actors/window_lister.hpp"
#include "base/backoff.hpp"
#include "base/log.hpp"
#include "base/seed.hpp"
#include "messages/error_code.hpp"
#include "messages/timed_request.hpp"
#include "nylas/parse.hpp"
#include "pg/email/begin_discovery.hpp"
#include "pg/email/claim_window.hpp"
#include "pg/email/fail_discovery.hpp"
#include "pg/email/keep_samples.hpp"

#include <caf/actor_cast.hpp>
#include <caf/stateful_actor.hpp>

#include <algorithm>
#include <limits>

namespace nova {
namespace {

constexpr base::log backfill_log{"Backfill"};

using namespace std::chrono_literals;

constexpr auto backfill_unreachable_pause = 5s;
constexpr auto survey_call_timeout = std::chrono::seconds{600};
// Fewer windows are listed in the time that a survey takes.
constexpr size_t surveyed_windows_min = 9;
// So few messages in all are listed as fast.
constexpr double surveyed_messages_min = 3000;
constexpr size_t slices_judged = 3;

/// Where each message that is listed is billed, a twenty-fifth of the mail is worth knowing how
/// much there is; elsewhere a call with a full page costs no more than one with few.
survey_settings survey_of(const std::string& provider) {
  return provider == "google" ? survey_settings{100, 52, 1.0 / 25} : survey_settings{200, 26, 1};
}

/// Nothing of a window's own went wrong: another node takes it at once.
bool moved(const caf::error& reason) {
  return reason == ec::node_lost || reason == ec::not_possible || reason == ec::stopped;
}

/// It is paused, cancelled or failed since: the database takes nothing for it
/// (docs/email-schema.md).
bool held_back(const caf::error& reason) {
  return sqlstate_of(reason) == "NV008";
}

} // namespace

void backfill_state::open() {
  ask(self, needs.database, pg::begin_discovery{config, token})
    .then(
      [this](pg::begun_discovery& begun) {
        auto fresh = std::all_of(begun.windows.begin(), begun.windows.end(),
                                 [](const auto& window) { return window.cursor.empty(); });
        plan(std::move(begun.windows));
        if (settings.survey && fresh && planned.size() >= surveyed_windows_min)
          begin_survey(begun.backfill);
        if (planned.empty()) {
          backfill_log.info("discovery ends here",
                            {{"config", config}, {"status", begun.backfill.status}});
          // When the last windows were empty nothing else would make anybody look whether all is
          // done.
          if (needs.wakeups)
            self->send(needs.wakeups, check_completion{});
          self->quit();
          return;
        }
        start_windows();
      },
      [this](const caf::error& reason) { self->quit(reason); });
}

/// Of windows of both legs only those of the first.
void backfill_state::plan(std::vector<backfill_window>&& windows) {
  auto in_first_leg = [this](const backfill_window& window) {
    return settings.strategy == discovery_strategy::messages
           && of_first_leg(read_cursor(settings.strategy, window.cursor).step);
  };
  if (std::any_of(windows.begin(), windows.end(), in_first_leg))
    std::erase_if(windows, [&](const auto& window) { return !in_first_leg(window); });
  planned = std::move(windows);
  std::reverse(planned.begin(), planned.end());
  if (!planned.empty())
    backfill_log.info("discovery runs", {{"config", config}, {"windows", planned.size()}});
}

void backfill_state::begin_survey(const backfill_config& of) {
  if (std::exchange(survey_begun_, true))
    return;
  survey_.emplace(of.start, of.end, survey_of(of.provider));
  surveyed_ = of;
  // Google bills pages of mail by minutes of its allowance, and calls are served in turn: beside
  // them a survey would take as long as the backfill.
  survey_first_ = of.provider == "google";
  survey_next();
}

void backfill_state::survey_next() {
  auto part = survey_->next();
  double messages = 0, seconds = 0;
  for (const auto& sample : survey_->found()) {
    messages += sample.messages;
    seconds += static_cast<double>(sample.end - sample.start);
  }
  auto range = static_cast<double>(surveyed_.end - surveyed_.start);
  auto small =
    survey_->found().size() >= slices_judged && messages / seconds * range < surveyed_messages_min;
  if (!part || small) {
    end_survey();
    return;
  }
  if (survey_first_)
    doing("looks how much mail there is, " + std::to_string(survey_->found().size())
          + " parts so far");
  nylas::message_query query;
  query.grant_id = surveyed_.grant.value;
  query.received_after = part->start;
  query.received_before = part->end;
  query.select = "id,grant_id,object,thread_id,date";
  query.limit = static_cast<int>(survey_->page());
  call_grant wish;
  wish.grant = surveyed_.grant;
  wish.asker = slot;
  wish.call = nylas::list_messages(query);
  timed_request(self, needs.grants, survey_call_timeout, std::move(wish))
    .then(
      [this](api_answered& answer) {
        auto page = answer.verdict == nylas::verdict::ok
                      ? nylas::parse_message_page(std::move(answer.body))
                      : tl::unexpected(base::bad_input{"", describe(answer)});
        if (!page) {
          backfill_log.debug("the survey ends early",
                             {{"config", config}, {"reason", to_string(page.error())}});
          end_survey();
          return;
        }
        survey_->answered(page->items.size() + page->rejected.size(), !page->next_cursor.empty());
        survey_next();
      },
      [this](const caf::error& reason) {
        backfill_log.debug("the survey ends early",
                           {{"config", config}, {"reason", describe(reason)}});
        end_survey();
      });
}

/// What was found is kept; without it the time that is left is only less certain.
void backfill_state::end_survey() {
  auto found = survey_->found();
  survey_.reset();
  if (!found.empty())
    ask(self, needs.database, pg::keep_samples{surveyed_.inbox, std::move(found)})
      .then([] {},
            [this](const caf::error& reason) {
              backfill_log.debug("the survey is not kept",
                                 {{"config", config}, {"reason", describe(reason)}});
            });
  if (std::exchange(survey_first_, false))
    start_windows();
}

void backfill_state::start_windows() {
  if (ending_ || pause_.is_set() || survey_first_)
    return;
  uint64_t claiming = 0;
  for (const auto& [host, count] : asked_)
    claiming += count;
  while (!planned.empty() && active_.size() + claiming < settings.windows_parallel) {
    auto window = std::move(planned.back());
    planned.pop_back();
    start(std::move(window));
    ++claiming;
  }
  doing("has " + std::to_string(active_.size() + claiming) + " windows listed, "
        + std::to_string(planned.size()) + " wait");
  // What is left then, of the other leg or the next pass, the rows say.
  if (active_.empty() && claiming == 0)
    open();
}

void backfill_state::start(backfill_window&& window) {
  auto host = choose(refused_);
  ++asked_[host.name];
  auto forget = [this, name = host.name] {
    if (auto asked = asked_.find(name); asked != asked_.end() && --asked->second == 0)
      asked_.erase(asked);
  };
  ask(self, needs.database, pg::claim_window{config, window.id, token, host.name})
    .then(
      [this, window, host, forget](int64_t claimed) mutable {
        forget();
        if (ending_)
          return;
        window.token = claimed;
        if (claimed != 0)
          spawn(window, host);
        start_windows();
      },
      [this, window, forget](const caf::error& reason) {
        forget();
        if (!ending_)
          window_ended({window, {}, {}, {}}, reason);
      });
}

/// Where fewest of its windows are; with as many, the first.
window_host backfill_state::choose(const std::set<std::string>& refused) const {
  auto all = needs.hosts ? needs.hosts() : std::vector<window_host>{};
  std::erase_if(all, [&](const auto& host) { return refused.contains(host.name); });
  if (all.empty())
    return {needs.node, std::nullopt};
  auto load = [this](const window_host& host) {
    auto asked = asked_.find(host.name);
    auto count = asked == asked_.end() ? 0 : static_cast<int64_t>(asked->second);
    return count + std::count_if(active_.begin(), active_.end(), [&](const auto& entry) {
             return entry.second.host == host.name;
           });
  };
  return *std::min_element(all.begin(), all.end(),
                           [&](const auto& a, const auto& b) { return load(a) < load(b); });
}

void backfill_state::spawn(const backfill_window& window, const window_host& host) {
  auto key = config.value + '/' + std::to_string(window.id);
  auto entry = open_child(needs.directory, host.there ? "remote_child" : "window_lister", key);
  auto child =
    host.there
      ? place(window, *host.there, entry)
      : caf::actor_cast<caf::strong_actor_ptr>(self->spawn<caf::linked + caf::monitored>(
        window_lister, entry, window_task{config, window.id, window.token}, needs, settings));
  active_.emplace(caf::actor_cast<caf::actor_addr>(child),
                  listed_window{window, host.name, std::move(entry), child});
}

caf::strong_actor_ptr backfill_state::place(const backfill_window& window, const peer& there,
                                            const directory_slot& entry) {
  remote_child_setup setup;
  setup.slot = entry;
  setup.kind = window_lister_state::name;
  setup.key = config.value + '/' + std::to_string(window.id);
  setup.arguments = token_arguments(window.token);
  // Later claims have greater tokens.
  setup.generation = static_cast<uint64_t>(window.token);
  setup.patient = false;
  setup.choose = [there](const std::set<int64_t>& refused) {
    return refused.empty() ? std::optional{there} : std::nullopt;
  };
  return caf::actor_cast<caf::strong_actor_ptr>(
    self->spawn<caf::linked + caf::monitored>(remote_child, std::move(setup)));
}

bool backfill_state::child_exited(const caf::actor_addr& child) {
  // A crash is told twice, by link and by monitor, in either order; the second one ends the matter.
  if (half_gone_.erase(child) > 0)
    return true;
  if (active_.count(child) == 0)
    return false;
  half_gone_.insert(child);
  return true;
}

void backfill_state::child_down(const caf::actor_addr& child, const caf::error& reason) {
  auto found = active_.find(child);
  if (found == active_.end())
    return;
  if (reason)
    child_exited(child);
  auto ended = std::move(found->second);
  active_.erase(found);
  if (ending_)
    return;
  if (reason && !moved(reason) && !blameless(reason) && reason != ec::grant_paused
      && reason != ec::stale_claim && !held_back(reason))
    record_child(needs.directory, ended.entry, reason);
  window_ended(ended, reason);
}

void backfill_state::window_ended(const listed_window& ended, const caf::error& reason) {
  if (!reason) {
    failures_ = 0;
    refused_.clear();
  } else if (moved(reason)) {
    backfill_log.info("a window moves", {{"config", config},
                                         {"window", ended.window.id},
                                         {"from", ended.host},
                                         {"reason", describe(reason)}});
    refused_.insert(ended.host);
    planned.push_back(ended.window);
  } else if (reason == ec::provider_unreachable) {
    // By the key or the network of that node, mostly: another can call. If none can, it waits.
    refused_.insert(ended.host);
    planned.push_back(ended.window);
    if (choose(refused_).name == ended.host) {
      refused_.clear();
      look_after(backfill_unreachable_pause);
    }
  } else if (reason == ec::grant_paused) {
    // Its keeper starts it again when the inbox can be called.
    backfill_log.info("discovery waits for the grant", {{"config", config}});
    ending_ = true;
    self->quit();
    return;
  } else if (held_back(reason)) {
    // No fault of anybody's, so no attempt is used; who resumes it sends a job.
    backfill_log.info("discovery ends here: somebody paused or cancelled the backfill",
                      {{"config", config}});
    ending_ = true;
    self->quit();
    return;
  } else if (reason == ec::stale_claim) {
    // Another has it, or it was planned anew: the rows say what is left.
    backfill_log.info("a window is another's", {{"config", config}, {"window", ended.window.id}});
    if (++failures_ > settings.failures_max) {
      self->quit(reason);
      return;
    }
  } else if (++failures_ > settings.failures_max / 2 && !blameless(reason)) {
    // The lister has tried as often itself.
    give_up(describe(reason));
    return;
  } else {
    planned.insert(planned.begin(), ended.window);
    look_after(between_listing_tries.delay(failures_ - 1, random));
  }
  start_windows();
}

void backfill_state::look_after(std::chrono::milliseconds delay) {
  pause_.after(delay, [this] { start_windows(); });
}

void backfill_state::give_up(const std::string& reason) {
  ending_ = true;
  for (const auto& [child, window] : active_)
    self->send_exit(child, caf::exit_reason::user_shutdown);
  ask(self, needs.database, pg::fail_discovery{config, reason, token})
    .then(
      [this, reason](bool last) {
        backfill_log.error(last ? "discovery failed" : "discovery will be tried again",
                           {{"config", config}, {"reason", reason}});
        self->quit();
      },
      [this](const caf::error& failure) { self->quit(failure); });
}

backfill_actor::behavior_type backfill(observed_pointer<backfill_actor, backfill_state> self,
                                       directory_slot slot, backfill_task task,
                                       backfill_needs needs, backfill_settings settings) {
  self->state.slot = std::move(slot);
  self->state.config = std::move(task.config);
  self->state.token = task.token;
  self->state.needs = std::move(needs);
  self->state.settings = settings;
  self->state.random = base::random_engine(settings.seed);
  self->set_down_handler(
    [self](caf::down_msg& down) { self->state.child_down(down.source, down.reason); });
  self->set_exit_handler([self](caf::exit_msg& exit) {
    if (exit.reason && !self->state.child_exited(exit.source))
      self->quit(exit.reason);
  });
  self->state.open();
  return untold();
}

} // namespace nova
