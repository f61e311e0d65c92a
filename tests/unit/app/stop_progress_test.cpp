#include "app/stop_progress.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;
using namespace std::chrono_literals;

namespace {

const base::wall_time now{1h};

actor_row row(std::string kind, std::string key, std::string doing, std::chrono::seconds since) {
  actor_row made;
  made.name = {std::move(kind), std::move(key), ""};
  made.doing = std::move(doing);
  made.doing_since = now - since;
  return made;
}

} // namespace

BOOST_AUTO_TEST_SUITE(stop_progress_test)

BOOST_AUTO_TEST_CASE(a_stop_says_how_many_of_what_it_waits_for_and_which_is_longest_at_it) {
  auto said = app::waits_for({row("window_lister", "w", "lists a page", 2s),
                              row("thread_sync", "t1", "fetching messages", 1s),
                              row("thread_sync", "t2", "fetching messages", 7s),
                              row("supervisor", "node", "", 90s), row("mail_store", "", "", 80s)},
                             now);

  BOOST_TEST(said
             == "thread_sync 2, window_lister 1; longest: thread_sync/t2, fetching messages, for 7 "
                "s");
}

BOOST_AUTO_TEST_CASE(services_alone_are_nothing_to_wait_for) {
  BOOST_TEST(app::waits_for({row("mail_store", "", "", 80s)}, now).empty());
}

BOOST_AUTO_TEST_SUITE_END()
