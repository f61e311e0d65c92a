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

BOOST_AUTO_TEST_SUITE_END()
