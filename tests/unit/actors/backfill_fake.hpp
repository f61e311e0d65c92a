#pragma once

#include "messages/backfill.hpp"
#include "messages/error.hpp"

#include <caf/actor_system.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <deque>
#include <functional>
#include <vector>

namespace nova::test {

/// The backfills' part of a database, in memory: records what it is asked, answers what the test
/// put there. While `away`, every request fails.
struct backfill_database_fake {
  backfill_database_actor spawn(caf::actor_system& system) {
    return system.spawn(
      [this](backfill_database_actor::pointer me) -> backfill_database_actor::behavior_type {
        return {
          [this](const claim_threads& request) {
            return reply(claims_asked, request, claim(request));
          },
          [this](const end_threads& request) { return reply(ended, request, threads_ended{}); },
          [this](const accept_thread_job& request) { return reply(jobs, request, done{}); },
          [this](const release_threads& request) {
            return reply(releases, request, threads_released{});
          },
          [this](const find_backfills& request) { return reply(finds, request, found); },
          [this, me](const open_backfill& request) {
            opener = me->current_sender();
            return reply(opens, request, opened);
          },
          [this](const claim_window& request) {
            return reply(window_claims, request, window_claimed{++last_token});
          },
          [this](const open_window& request) {
            auto answer = window;
            answer.window.id = request.window_id;
            answer.window.token = request.token;
            return reply(window_opens, request, answer);
          },
          [this](const record_page& request) {
            auto count = static_cast<uint32_t>(request.threads.size());
            if (request.next_cursor.empty() && !away)
              std::erase_if(opened.windows,
                            [&](const auto& listed) { return listed.id == request.window.id; });
            return reply(pages, request, page_recorded{count, false, !paused});
          },
          [this](const restart_window& request) {
            auto count = static_cast<uint32_t>(restarts.size()) + 1;
            return reply(restarts, request, window_restarted{count});
          },
          [this](const give_up_window& request) { return reply(given_up, request, done{}); },
          [this](const add_gap& request) { return reply(gaps, request, done{}); },
          [this](const excuse_messages& request) { return reply(excused, request, done{}); },
          [this](const fail_backfill& request) { return reply(fails, request, backfill_failed{}); },
          [this](const refresh_progress& request) { return reply(counts, request, progress); },
          [this](const complete_backfill& request) {
            return reply(completions, request, backfill_completed{completes});
          },
          [this](const announce_completion& request) {
            return reply(announcements, request, done{});
          },
          [this](const recover_backfills& request) {
            return reply(recoveries, request, recovered);
          },
        };
      });
  }

  threads_claimed claim(const claim_threads& request) {
    return claim_answer ? claim_answer(request) : threads_claimed{};
  }

  template <class Request, class Answer>
  caf::result<Answer> reply(std::vector<Request>& asked, const Request& request, Answer answer) {
    asked.push_back(request);
    if (auto then = std::exchange(during_request, nullptr))
      then();
    if (away)
      return ec::database_unavailable;
    return answer;
  }

  bool away = false;
  /// Run once, before the next answer.
  std::function<void()> during_request;
  std::function<threads_claimed(const claim_threads&)> claim_answer;
  backfills_found found;
  backfill_opened opened;
  /// Every window that is opened, but for its id: at its last step, so that one page ends it.
  window_opened window{inbox_id{"i1"}, grant_id{"g1"}, "google", {1, 1000, 2000, "check:", 0}};
  caf::strong_actor_ptr opener; // who opened a backfill last
  bool paused = false;
  int64_t last_token = 0;
  progress_refreshed progress;
  bool completes = true;
  backfills_recovered recovered;

  std::vector<claim_threads> claims_asked;
  std::vector<end_threads> ended;
  std::vector<accept_thread_job> jobs;
  std::vector<release_threads> releases;
  std::vector<find_backfills> finds;
  std::vector<open_backfill> opens;
  std::vector<record_page> pages;
  std::vector<claim_window> window_claims;
  std::vector<open_window> window_opens;
  std::vector<give_up_window> given_up;
  std::vector<add_gap> gaps;
  std::vector<excuse_messages> excused;
  std::vector<restart_window> restarts;
  std::vector<fail_backfill> fails;
  std::vector<refresh_progress> counts;
  std::vector<complete_backfill> completions;
  std::vector<announce_completion> announcements;
  std::vector<recover_backfills> recoveries;
};

} // namespace nova::test
