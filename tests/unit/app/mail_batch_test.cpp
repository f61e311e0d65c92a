// Many writes in one transaction, with a real database.
#include "actors/mail_batch.hpp"

#include "tests/support/eventually.hpp"
#include "tests/unit/app/mail_batch_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <future>

using namespace nova;

namespace {

constexpr sql::statement lock_thread{
  "lock_thread", "select from flux_email_threads where nylas_thread_id = $1 for no key update"};
constexpr sql::statement is_free{
  "is_free", "select exists (select from flux_email_threads where nylas_thread_id = $1 for no key "
             "update skip locked)"};
constexpr sql::statement count_waiting{"count_waiting",
                                       "select count(*) from pg_stat_activity where "
                                       "wait_event_type = 'Lock' and datname = current_database()"};

constexpr sql::statement message_ids_of_all{
  "message_ids_of_all",
  "select string_agg(nylas_message_id || ' ' || coalesce(rfc822_message_id, 'none'), ', ' order by "
  "nylas_message_id) from flux_email_messages"};

struct fixture : mail_batch_fixture {
  store_messages removal(const std::string& id) {
    auto made = page({});
    made.deleted.push_back({id});
    return made;
  }

  /// Writes a batch while another session has `locked`, and says whether `other` is free at the
  /// time when the batch waits for it.
  bool leaves_free(const write_mail& batch, const std::string& locked, const std::string& other) {
    pg::connection holder{url()};
    pg::transaction hold{holder};
    holder.exec(lock_thread, locked);
    auto writing = std::async(std::launch::async, [&] {
      pg::connection writer{url()};
      return batch.run(writer).size();
    });
    BOOST_TEST(test::eventually([&] { return conn.exec(count_waiting).value<int64_t>() == 1; }));
    auto free = conn.exec(is_free, other).value<bool>();
    hold.commit();
    BOOST_TEST(writing.get() == batch.batch.size());
    return free;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(mail_batch_test, fixture)

// Two batches that lock the threads of one mailbox in different orders end in a deadlock, for which
// the server waits a second; all other mail waits with them.
BOOST_AUTO_TEST_CASE(what_is_removed_and_what_is_stored_is_locked_in_one_order) {
  perform(write_mail{{page({message("m1", "t1"), message("m2", "t2")})}});

  BOOST_TEST(leaves_free(write_mail{{page({message("m3", "t2")}), removal("m1")}}, "t1", "t2"));
}

BOOST_AUTO_TEST_CASE(a_message_that_is_seen_twice_is_locked_with_the_rest) {
  perform(write_mail{{page({message("m1", "t1"), message("m2", "t2")})}});
  write_mail batch{{page({message("m3", "t2")}), page({message("m3", "t1")})}};

  BOOST_TEST(leaves_free(batch, "t1", "t2"));
}

BOOST_AUTO_TEST_CASE(what_observations_did_is_counted_once_it_is_committed) {
  base::metrics all;
  decision_counters decisions = store_metrics{all}.decisions;
  auto again = page({message("m1")});
  again.lo = again.hi = 30;
  auto newer = page({message("m2")});
  newer.lo = newer.hi = 40;
  newer.messages[0].core_hash = "another";
  auto late = page({message("m2")});
  late.lo = late.hi = 5;
  auto overlapping = page({message("m3")});
  overlapping.messages[0].core_hash = "another";
  auto deletion = removal("m4");

  perform(write_mail{{page({message("m1"), message("m2"), message("m3")})}, decisions});
  perform(write_mail{{again, newer, overlapping, deletion}, decisions});
  perform(write_mail{{late}, decisions});
  auto refused = page({message("m5")});
  refused.inbox.value = "00000000-0000-0000-0000-00000000000f";
  perform(write_mail{{refused}, decisions});

  auto text = all.text();
  for (const auto* line :
       {R"({decision="inserted"} 3)", R"({decision="replaced"} 1)", R"({decision="confirmed"} 1)",
        R"({decision="ignored"} 1)", R"({decision="doubtful"} 1)", R"({decision="deleted"} 1)"})
    BOOST_TEST(
      text.find("nova_mail_decisions_total" + std::string{line} + '\n') != std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(the_message_id_is_stored_with_the_message) {
  auto named = message("m1");
  named.rfc822_id = "a1@example.com";

  perform(write_mail{{page({named, message("m2")})}});

  BOOST_TEST(conn.exec(message_ids_of_all).value<std::string>() == "m1 a1@example.com, m2 none");
}

BOOST_AUTO_TEST_SUITE_END()
