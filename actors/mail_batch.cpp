#include "actors/mail_batch.hpp"

#include "actors/rejects.hpp"
#include "pg/email/complete_threads.hpp"
#include "pg/email/finish_notifications.hpp"
#include "pg/email/lock_threads_of.hpp"
#include "pg/email/record_rejects.hpp"
#include "pg/email/store_messages.hpp"
#include "pg/email/tombstone_messages.hpp"
#include "pg/error.hpp"

#include <array>
#include <span>
#include <string_view>
#include <tuple>

// How a batch of `store_messages` becomes one transaction. Items are independent: when the server
// refuses one, the batch is halved until that one stands alone, and then its messages are, so that
// a bad row never holds up good ones: the message that is refused is kept in flux_email_rejects.
namespace nova {
namespace {

using items = std::span<const store_messages>;

std::string_view origin_name(mail_origin origin) {
  switch (origin) {
    case mail_origin::backfill: return "backfill";
    case mail_origin::webhook: return "webhook";
    case mail_origin::reconcile: return "reconcile";
    case mail_origin::refetch: return "refetch";
  }
  return "reconcile";
}

/// Messages and deletions of a batch, in the order in which they were seen.
struct mail_changes {
  pg::store_messages seen;
  pg::tombstone_messages gone;
};

mail_changes changes_of(items batch) {
  mail_changes made;
  for (const auto& item : batch) {
    for (const auto& message : item.messages)
      made.seen.messages.add(item.inbox.value, message, origin_name(item.origin), item.lo, item.hi);
    for (const auto& id : item.deleted) {
      made.gone.inbox_ids.push_back(item.inbox.value);
      made.gone.message_ids.push_back(id.value);
      made.gone.lo.push_back(item.lo);
      made.gone.hi.push_back(item.hi);
    }
  }
  return made;
}

/// Each of the two statements locks its threads in order; together they would not.
void lock_all(pg::connection& conn, const mail_changes& changes) {
  const auto& [seen, gone] = changes;
  pg::lock_threads_of query{seen.messages.inbox_id, seen.messages.id, seen.messages.thread_id};
  query.inbox_ids.insert(query.inbox_ids.end(), gone.inbox_ids.begin(), gone.inbox_ids.end());
  query.message_ids.insert(query.message_ids.end(), gone.message_ids.begin(),
                           gone.message_ids.end());
  query.thread_ids.resize(query.message_ids.size());
  query.run(conn);
}

/// How many of each decision, as `decision_counters` has them.
using decision_counts = std::array<uint32_t, std::tuple_size_v<decision_counters>>;

decision_counts write_changes(pg::connection& conn, items batch) {
  auto changes = changes_of(batch);
  if (changes.seen.messages.size() > 0 && !changes.gone.message_ids.empty())
    lock_all(conn, changes);
  auto seen = changes.seen.run(conn);
  auto deleted = changes.gone.run(conn);
  return {seen.inserted, seen.replaced, seen.confirmed, seen.ignored, seen.doubtful, deleted};
}

void keep_rejects(pg::connection& conn, items batch) {
  pg::record_rejects query;
  for (const auto& item : batch) {
    query.inboxes.insert(query.inboxes.end(), item.rejects.size(), item.inbox);
    query.rejects.insert(query.rejects.end(), item.rejects.begin(), item.rejects.end());
  }
  query.run(conn);
}

void complete_claims(pg::connection& conn, items batch, std::vector<messages_stored>& answers) {
  pg::complete_threads done;
  std::vector<size_t> owners;
  for (size_t i = 0; i < batch.size(); ++i) {
    if (!batch[i].completes)
      continue;
    done.claims.push_back(*batch[i].completes);
    done.messages_synced.push_back(batch[i].thread_messages);
    owners.push_back(i);
  }
  auto accepted = done.run(conn);
  for (size_t i = 0; i < owners.size(); ++i)
    answers[owners[i]].claim_accepted = accepted.at(i);
}

void acknowledge(pg::connection& conn, items batch) {
  pg::finish_notifications query;
  for (const auto& item : batch)
    if (item.acknowledges)
      query.outcomes.push_back({*item.acknowledges, item.outcome, item.note, item.handling_ms});
  query.run(conn);
}

/// Where a batch goes, and where it is counted.
struct mail_writer {
  pg::connection& conn;
  const decision_counters& counters;
};

std::vector<messages_stored> write_all(const mail_writer& to, items batch) {
  std::vector<messages_stored> answers(batch.size());
  for (size_t i = 0; i < batch.size(); ++i)
    answers[i].written = static_cast<uint32_t>(batch[i].messages.size());
  pg::transaction transaction{to.conn};
  auto decisions = write_changes(to.conn, batch);
  keep_rejects(to.conn, batch);
  complete_claims(to.conn, batch, answers);
  acknowledge(to.conn, batch);
  transaction.commit();
  for (size_t i = 0; i < decisions.size(); ++i)
    to.counters[i].add(decisions[i]);
  return answers;
}

/// Is it the data that the server refuses, and not the place where it belongs?
bool about_data(const pg::error& failure) {
  return failure.sqlstate().starts_with("22") || failure.sqlstate().starts_with("54");
}

/// Writes messages, halving them until those that the server refuses stand alone; these go to
/// `refused`.
void write_messages(const mail_writer& to, const store_messages& frame,
                    std::span<const email_message> messages, std::vector<email_reject>& refused) {
  if (messages.empty())
    return;
  auto item = frame;
  item.messages.assign(messages.begin(), messages.end());
  try {
    write_all(to, {&item, 1});
    return;
  } catch (const pg::error& failure) {
    if (failure.kind() != pg::failure::refused)
      throw;
    if (messages.size() == 1) {
      refused.push_back(refused_message(messages[0], failure.what()));
      return;
    }
  }
  auto half = messages.size() / 2;
  write_messages(to, frame, messages.first(half), refused);
  write_messages(to, frame, messages.subspan(half), refused);
}

/// One item that the server refuses: what of it can be stored is, and the rest is kept.
messages_stored write_what_can_be(const mail_writer& to, const store_messages& item) {
  store_messages frame;
  frame.inbox = item.inbox;
  frame.origin = item.origin;
  frame.lo = item.lo;
  frame.hi = item.hi;
  auto rest = item;
  rest.messages.clear();
  write_messages(to, frame, item.messages, rest.rejects);
  auto written = item.messages.size() - (rest.rejects.size() - item.rejects.size());
  try {
    auto answer = write_all(to, {&rest, 1}).at(0);
    answer.written = static_cast<uint32_t>(written);
    return answer;
  } catch (const pg::error& failure) {
    if (failure.kind() != pg::failure::refused)
      throw;
    messages_stored answer;
    answer.refused = failure.what();
    return answer;
  }
}

void write_in_halves(const mail_writer& to, items batch, std::vector<messages_stored>& answers) {
  try {
    auto written = write_all(to, batch);
    answers.insert(answers.end(), written.begin(), written.end());
    return;
  } catch (const pg::error& failure) {
    if (failure.kind() != pg::failure::refused)
      throw;
    if (batch.size() == 1) {
      if (about_data(failure) && !batch[0].messages.empty()) {
        answers.push_back(write_what_can_be(to, batch[0]));
        return;
      }
      messages_stored answer;
      answer.refused = failure.what();
      answers.push_back(std::move(answer));
      return;
    }
  }
  auto half = batch.size() / 2;
  write_in_halves(to, batch.first(half), answers);
  write_in_halves(to, batch.subspan(half), answers);
}

} // namespace

std::vector<messages_stored> write_mail::run(pg::connection& conn) const {
  std::vector<messages_stored> answers;
  answers.reserve(batch.size());
  write_in_halves({conn, decisions}, batch, answers);
  return answers;
}

} // namespace nova
