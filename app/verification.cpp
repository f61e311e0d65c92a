#include "app/verification.hpp"

#include "app/provider_reader.hpp"
#include "base/clock.hpp"
#include "pg/email/claim_refetches_of.hpp"
#include "pg/email/compare_messages.hpp"
#include "pg/email/count_mail.hpp"
#include "pg/email/list_message_ids.hpp"
#include "pg/email/record_rejects.hpp"
#include "pg/email/refetch_not_found.hpp"
#include "pg/email/store_messages.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>
#include <thread>
#include <unordered_set>

namespace nova::app {
namespace {

using namespace std::chrono_literals;

constexpr size_t differences_max = 20;
// Two 404s are a minute apart; a node that reads one of them meanwhile hides it for another.
constexpr auto resolve_limit = 150s;
constexpr auto resolve_look = 500ms;

// What PostgreSQL's timestamps and the API's dates have in common: the years 1 to 9999.
constexpr int64_t date_min = -62'135'596'800;
constexpr int64_t date_end = 253'402'300'800;

void tell(verification& result, std::string difference) {
  if (result.differences.size() < differences_max)
    result.differences.push_back(std::move(difference));
}

bool inside(const verification_scope& scope, const std::optional<int64_t>& date) {
  if (!scope.from && !scope.to)
    return true;
  return date && *date >= scope.from.value_or(date_min) && *date < scope.to.value_or(date_end);
}

/// One run over a mailbox.
class comparison {
public:
  comparison(pg::connection& conn, const nylas::api_settings& api, const verification_scope& scope)
    : conn_(conn), reader_(api), scope_(scope) {}

  verification run() {
    compare_listed();
    auto extra = find_extra();
    for (const auto& id : extra)
      tell(result_, id.value + ": in the database alone");
    result_.extra = extra.size();
    if (scope_.repair && !extra.empty())
      resolve({extra.begin(), extra.end()});
    auto stored = pg::count_mail{scope_.inbox}.run(conn_);
    result_.threads_wrong = stored.threads_wrong;
    if (stored.threads_wrong > 0)
      tell(result_, std::to_string(stored.threads_wrong) + " threads do not match their messages");
    result_.api_calls = reader_.calls();
    return std::move(result_);
  }

private:
  void compare_listed() {
    nylas::message_query query;
    query.grant_id = scope_.grant_id;
    // Nylas does not say whether its bounds belong to the window: one second more on each side, and
    // the dates decide.
    if (scope_.from)
      query.received_after = *scope_.from - 1;
    if (scope_.to)
      query.received_before = *scope_.to + 1;
    do {
      auto page = reader_.list(query);
      note_unreadable(page.value.rejected);
      std::erase_if(page.value.items,
                    [&](const email_message& message) { return !inside(scope_, message.date); });
      compare_page(columns_of(page.value.items, scope_.inbox.value, page.lo, page.hi));
      query.page_token = page.value.next_cursor;
      if (scope_.progress)
        scope_.progress(listed_);
    } while (!query.page_token.empty());
    result_.messages = listed_;
    result_.threads = threads_.size();
  }

  void note_unreadable(const std::vector<email_reject>& rejected) {
    for (const auto& item : rejected) {
      ++result_.unreadable;
      seen_.emplace(item.id); // an older version of it may be stored
      tell(result_, (item.id.empty() ? "an element" : item.id.substr(0, 100))
                      + ": not readable: " + item.reason);
    }
    if (scope_.repair)
      pg::record_rejects{std::vector<inbox_id>(rejected.size(), scope_.inbox), rejected}.run(conn_);
  }

  void compare_page(const pg::message_columns& columns) {
    for (size_t i = 0; i < columns.size(); ++i) {
      listed_ += seen_.emplace(columns.id[i]).second ? 1 : 0;
      threads_.emplace(columns.thread_id[i]);
    }
    auto differing = pg::compare_messages{scope_.inbox, columns}.run(conn_);
    for (const auto& [id, what] : differing) {
      ++(what == "missing" ? result_.missing : result_.stale);
      tell(result_, id.value + ": " + what);
    }
    if (!scope_.repair || differing.empty())
      return;
    pg::store_messages{columns}.run(conn_);
    result_.repaired += differing.size();
  }

  std::vector<message_id> find_extra() {
    pg::list_message_ids listed{scope_.inbox};
    listed.from = scope_.from.value_or(date_min);
    // What came after the lists were begun need not be in them.
    listed.to = std::min(scope_.to.value_or(date_end), began_);
    listed.undated = !scope_.from && !scope_.to;
    auto extra = listed.run(conn_);
    std::erase_if(extra, [&](const message_id& id) { return seen_.count(id.value) > 0; });
    return extra;
  }

  /// The rule of the sweeps: absence from a list makes a candidate, two 404s decide.
  void resolve(std::set<message_id> open) {
    auto deadline = base::monotonic_now() + resolve_limit;
    for (;;) {
      for (const auto& which :
           pg::claim_refetches_of{scope_.inbox, {open.begin(), open.end()}}.run(conn_))
        if (settle(which))
          open.erase(which.message);
      // A node that runs may have decided some.
      auto alive = pg::list_message_ids{scope_.inbox, date_min, date_end, true}.run(conn_);
      std::set<message_id> left{alive.begin(), alive.end()};
      result_.deleted += std::erase_if(open, [&](const auto& id) { return !left.contains(id); });
      if (open.empty() || base::monotonic_now() > deadline)
        break;
      if (scope_.waiting)
        scope_.waiting(open.size());
      std::this_thread::sleep_for(resolve_look); // waits for the second 404 to be due
    }
    result_.unresolved = open.size();
  }

  /// True when it is decided: it is there after all, or it is a tombstone now.
  bool settle(const refetch& which) {
    auto answer = reader_.get(which.grant.value, which.message.value);
    if (!answer.value) {
      bool deleted = pg::refetch_not_found{which}.run(conn_);
      result_.deleted += deleted ? 1 : 0;
      return deleted;
    }
    std::vector<email_message> messages;
    messages.push_back(std::move(*answer.value));
    pg::store_messages{columns_of(messages, scope_.inbox.value, answer.lo, answer.hi)}.run(conn_);
    return true;
  }

  pg::connection& conn_;
  provider_reader reader_;
  const verification_scope& scope_;
  int64_t began_ =
    std::chrono::floor<std::chrono::seconds>(base::wall_now()).time_since_epoch().count();
  verification result_;
  std::unordered_set<std::string> seen_, threads_;
  uint64_t listed_ = 0; // that can be read
};

} // namespace

verification verify_mailbox(pg::connection& conn, const nylas::api_settings& api,
                            const verification_scope& scope) {
  return comparison{conn, api, scope}.run();
}

} // namespace nova::app
