#include "app/verification.hpp"

#include "actors/discovery.hpp"
#include "app/provider_reader.hpp"
#include "base/clock.hpp"
#include "mail/attachments.hpp"
#include "nylas/copies.hpp"
#include "pg/cluster/list_nodes.hpp"
#include "pg/email/begin_comparison.hpp"
#include "pg/email/claim_refetches_of.hpp"
#include "pg/email/compare_messages.hpp"
#include "pg/email/comparison_findings.hpp"
#include "pg/email/comparison_settled.hpp"
#include "pg/email/count_mail.hpp"
#include "pg/email/distrust_messages.hpp"
#include "pg/email/drop_comparison.hpp"
#include "pg/email/end_comparison.hpp"
#include "pg/email/list_message_ids.hpp"
#include "pg/email/note_unreadable.hpp"
#include "pg/email/open_comparison.hpp"
#include "pg/email/record_rejects.hpp"
#include "pg/email/refetch_not_found.hpp"
#include "pg/email/store_messages.hpp"
#include "pg/error.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>
#include <thread>
#include <unordered_set>

namespace nova::app {
namespace {

using namespace std::chrono_literals;

constexpr uint64_t differences_max = 20; // of a kind
// Two 404s are a minute apart; a node that reads one of them meanwhile hides it for another.
constexpr auto resolve_limit = 150s;
constexpr auto resolve_look = 500ms;
// A notification that is on its way is in the database by then, or is lost.
constexpr auto flight_limit = 10s;
constexpr auto flight_look = 250ms;

// What PostgreSQL's timestamps and the API's dates have in common: the years 1 to 9999.
constexpr int64_t date_min = -62'135'596'800;
constexpr int64_t date_end = 253'402'300'800;

/// One run over a mailbox.
class comparison {
public:
  comparison(pg::connection& conn, const nylas::api_settings& api, const verification_scope& scope)
    : conn_(conn), reader_(api), scope_(scope) {}

  verification run() {
    run_ = pg::begin_comparison{scope_.inbox, scope_.days, scope_.by,
                                cached_since(scope_.provider, base::seconds_of(base::wall_now()))}
             .run(conn_);
    try {
      pg::open_comparison{run_}.run(conn_);
      list();
      auto extra = end();
      if (scope_.repair && !extra.empty())
        resolve({extra.begin(), extra.end()});
    } catch (...) {
      forget();
      throw;
    }
    auto stored = pg::count_mail{scope_.inbox}.run(conn_);
    result_.threads_wrong = stored.threads_wrong;
    if (stored.threads_wrong > 0)
      result_.differences.push_back(std::to_string(stored.threads_wrong)
                                    + " threads do not match their messages");
    result_.api_calls = reader_.calls();
    return std::move(result_);
  }

private:
  void list() {
    nylas::message_query query;
    query.grant_id = scope_.grant_id;
    query.provider = scope_.provider;
    // Nylas does not say whether its bounds belong to the window: one second more on each side, and
    // the dates decide.
    if (scope_.days.from)
      query.received_after = *scope_.days.from - 1;
    if (scope_.days.to)
      query.received_before = *scope_.days.to + 1;
    do {
      auto page = reader_.list(query);
      note_unreadable(page.value.rejected, page.hi);
      if (nylas::is_imap(scope_.provider))
        copies_.unite(page.value.items);
      leave_out(page.value.items);
      compare_page(columns_of(page.value.items, scope_.inbox.value, page.lo, page.hi), page.hi);
      query.page_token = page.value.next_cursor;
      if (scope_.progress)
        scope_.progress(listed_.size());
    } while (!query.page_token.empty());
    result_.messages = listed_.size();
    result_.threads = threads_.size();
  }

  void leave_out(std::vector<email_message>& messages) const {
    if (!scope_.attachments_listed)
      std::ranges::for_each(messages, leave_out_attachments);
  }

  void note_unreadable(const std::vector<email_reject>& rejected, int64_t at) {
    pg::note_unreadable{run_, rejected, at}.run(conn_);
    if (scope_.repair)
      pg::record_rejects{std::vector<inbox_id>(rejected.size(), scope_.inbox), rejected}.run(conn_);
  }

  [[nodiscard]] bool inside(const std::optional<int64_t>& date) const {
    if (!scope_.days.from && !scope_.days.to)
      return true;
    return date && *date >= scope_.days.from.value_or(date_min)
           && *date < scope_.days.to.value_or(date_end);
  }

  void compare_page(const pg::message_columns& columns, int64_t at) {
    for (size_t i = 0; i < columns.size(); ++i)
      if (inside(columns.date[i])) {
        listed_.emplace(columns.id[i]);
        threads_.emplace(columns.thread_id[i]);
      }
    pg::compare_messages compare{scope_.inbox, columns, run_, at, scope_.days, scope_.repair};
    auto differing = compare.run(conn_);
    if (!scope_.repair || differing.empty())
      return;
    std::vector<message_id> ids;
    for (const auto& one : differing)
      ids.push_back(one.id);
    pg::distrust_messages{scope_.inbox, std::move(ids)}.run(conn_);
    pg::store_messages{columns}.run(conn_);
    result_.repaired += differing.size();
  }

  static bool is_difference(const std::string& what) {
    return what != "in flight" && what != "unlisted";
  }

  /// Whether anything is not as it should be.
  static bool differ(const std::vector<pg::comparison_finding>& found) {
    return std::any_of(found.begin(), found.end(),
                       [](const auto& one) { return is_difference(one.what); });
  }

  /// Answers what the database alone has.
  std::vector<message_id> end() {
    // What was written by a transaction that is still open, or by a notification that is on its way
    // to a node, is seen a moment later.
    auto deadline = base::monotonic_now() + (somebody_writes() ? flight_limit : 0s);
    auto found = pg::comparison_findings{run_, differences_max}.run(conn_);
    while ((differ(found) || !pg::comparison_settled{run_}.run(conn_))
           && base::monotonic_now() < deadline) {
      std::this_thread::sleep_for(flight_look); // waits for other transactions
      found = pg::comparison_findings{run_, differences_max}.run(conn_);
    }
    std::vector<message_id> extra;
    for (const auto& one : found) {
      count_of(one.what) = one.total;
      if (!is_difference(one.what))
        continue;
      auto what = one.what == "rejected" ? "not readable: " + one.detail
                  : one.what == "extra"  ? std::string{"in the database alone"}
                  : one.detail.empty()   ? one.what
                                         : one.detail;
      result_.differences.push_back(one.id.substr(0, 100) + ": " + what);
    }
    if (result_.extra > 0)
      for (auto& one : pg::comparison_findings{run_, INT32_MAX}.run(conn_))
        if (one.what == "extra")
          extra.push_back({std::move(one.id)});
    pg::end_comparison{run_, reader_.calls()}.run(conn_);
    run_ = 0;
    return extra;
  }

  bool somebody_writes() {
    auto nodes = pg::list_nodes{0}.run(conn_);
    return std::any_of(nodes.begin(), nodes.end(), [](const auto& node) { return node.alive; });
  }

  uint64_t& count_of(const std::string& what) {
    if (what == "missing")
      return result_.missing;
    if (what == "extra")
      return result_.extra;
    if (what == "rejected")
      return result_.unreadable;
    if (what == "unlisted")
      return result_.unlisted;
    return what == "in flight" ? result_.in_flight : result_.stale;
  }

  void forget() noexcept {
    try {
      if (run_ != 0)
        pg::drop_comparison{run_}.run(conn_);
    } catch (const pg::error&) {
      // It goes with the connection that is lost; what is left of it is dropped by the next one.
    }
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
    auto answer = reader_.get(which.grant.value, which.message.value, which.provider);
    if (!answer.value) {
      bool deleted = pg::refetch_not_found{which}.run(conn_);
      result_.deleted += deleted ? 1 : 0;
      return deleted;
    }
    std::vector<email_message> messages;
    messages.push_back(std::move(*answer.value));
    leave_out(messages);
    pg::store_messages{columns_of(messages, scope_.inbox.value, answer.lo, answer.hi)}.run(conn_);
    return true;
  }

  pg::connection& conn_;
  provider_reader reader_;
  const verification_scope& scope_;
  int64_t run_ = 0; // the comparison; 0: it has ended
  verification result_;
  std::unordered_set<std::string> listed_, threads_;
  nylas::listed_copies copies_;
};

} // namespace

verification verify_mailbox(pg::connection& conn, const nylas::api_settings& api,
                            const verification_scope& scope) {
  return comparison{conn, api, scope}.run();
}

} // namespace nova::app
