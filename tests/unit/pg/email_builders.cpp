#include "tests/unit/pg/email_builders.hpp"

#include "base/clock.hpp"
#include "pg/email/add_inbox.hpp"
#include "pg/email/begin_discovery.hpp"
#include "pg/email/claim_window.hpp"
#include "pg/email/record_page.hpp"
#include "pg/email/start_backfill.hpp"

#include <chrono>

namespace nova::test {

void message_batch::add(const observation& seen) {
  auto& c = columns_;
  c.inbox_id.push_back(inbox_);
  c.id.push_back(own(seen.id));
  c.thread_id.push_back(own(seen.thread));
  c.subject.push_back(own(seen.subject.empty() ? "subject " + seen.content : seen.subject));
  c.snippet.push_back(own("snippet " + seen.content));
  c.body.push_back(own("body " + seen.content));
  c.from.push_back(own(seen.from));
  c.to.push_back(own(seen.to));
  c.cc.push_back(own(seen.cc));
  c.bcc.push_back(own(seen.bcc));
  c.reply_to.push_back(own(seen.reply_to));
  c.attachments.push_back(own(seen.attachments));
  c.folders.push_back(own(seen.folders));
  c.metadata.push_back(own(seen.metadata));
  c.date.emplace_back(seen.date);
  c.unread.push_back(seen.unread);
  c.starred.push_back(seen.starred);
  c.carried.push_back(seen.carried);
  c.core_hash.push_back(own(seen.content));
  c.extra_hash.push_back(own(seen.extra));
  c.notes.push_back(own(seen.notes));
  c.lo.push_back(seen.lo);
  c.hi.push_back(seen.hi);
  c.origin.push_back(own(seen.origin));
  c.rfc822_id.push_back(own(seen.rfc822));
}

email_fixture::email_fixture() {
  inbox = perform(pg::add_inbox{"ann@example.com", "grant-1", "google"}).id.value;
}

pg::store_counts email_fixture::store(const std::vector<observation>& seen) {
  message_batch batch{inbox};
  for (const auto& one : seen)
    batch.add(one);
  return perform(pg::store_messages{batch.columns()});
}

std::string email_fixture::value(const std::string& sql) {
  // A name of its own: the connection prepares by name.
  pg::connection other{url()};
  return other.exec({"value", sql.c_str()}).value<std::string>();
}

std::string email_fixture::discovering_backfill() {
  auto now =
    std::chrono::duration_cast<std::chrono::seconds>(base::wall_now().time_since_epoch()).count();
  auto config = perform(pg::start_backfill{inbox, now - 7200, now - 3600}).value;
  perform(pg::begin_discovery{config_id{config}});
  return config;
}

backfill_window email_fixture::claimed_window(const std::string& config) {
  auto window = perform(pg::begin_discovery{config}).windows.at(0);
  window.token = perform(pg::claim_window{config, window.id, 0, "here"});
  return window;
}

std::vector<std::string> email_fixture::numbered(const std::string& prefix, size_t count) {
  std::vector<std::string> all;
  all.reserve(count);
  for (size_t i = 0; i < count; ++i)
    all.push_back(prefix + std::to_string(i));
  return all;
}

std::string email_fixture::backfill_with(const std::vector<std::string>& threads) {
  auto config = discovering_backfill();
  std::vector<listed_thread> page;
  page.reserve(threads.size());
  for (const auto& thread : threads)
    page.push_back({thread_id{thread}, 1'700'000'000});
  perform(pg::record_page{config, claimed_window(config), page, false, ""});
  return config;
}

} // namespace nova::test
