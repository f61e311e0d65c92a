#include "simulator/generator.hpp"

#include "printers.hpp"
#include "simulator/api_objects.hpp"
#include "simulator/random.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <set>

using namespace nova::simulator;

namespace {

generator a_mailbox(provider kind, uint64_t threads, double awkward = 0.02) {
  mailbox_options options;
  options.threads = threads;
  options.newest = std::chrono::sys_seconds{std::chrono::seconds{1'700'000'000}};
  options.awkward_id_rate = awkward;
  return {7, kind, "ada@example.com", options};
}

} // namespace

BOOST_AUTO_TEST_SUITE(generator_test)

BOOST_AUTO_TEST_CASE(mixing_can_be_undone) {
  for (uint64_t i = 0; i < 1000; ++i)
    BOOST_TEST(unmix(mix(draw(1, i))) == draw(1, i));
}

BOOST_DATA_TEST_CASE(an_id_leads_back_to_its_message,
                     boost::unit_test::data::make({provider::google, provider::microsoft,
                                                   provider::imap, provider::nylas}),
                     kind) {
  const auto mail = a_mailbox(kind, 500, 0.5);
  std::set<std::string> ids;
  for (uint64_t thread = 0; thread < mail.threads(); ++thread) {
    BOOST_TEST((mail.ids().find_thread(mail.ids().thread_id(thread)) == thread));
    for (uint32_t index = 0; index < mail.messages(thread); ++index) {
      const message_place place{thread, index};
      const auto id = mail.ids().message_id(place);
      BOOST_TEST((mail.ids().find_message(id) == place));
      BOOST_TEST(ids.insert(id).second);
    }
  }
}

BOOST_AUTO_TEST_CASE(an_id_of_another_mailbox_means_nothing_here) {
  const auto mail = a_mailbox(provider::google, 100);
  const id_codec other{8, provider::google, 0};
  size_t found = 0;
  for (uint64_t thread = 0; thread < 100; ++thread)
    if (auto at = mail.ids().find_thread(other.thread_id(thread)); at && *at < mail.threads())
      ++found;
  BOOST_TEST(found == 0u);
}

BOOST_AUTO_TEST_CASE(threads_are_newest_first_and_found_by_date) {
  const auto mail = a_mailbox(provider::google, 5000);
  for (uint64_t thread = 1; thread < mail.threads(); ++thread)
    BOOST_TEST(mail.thread_date(thread) <= mail.thread_date(thread - 1));
  for (uint64_t thread : {0, 17, 2500, 4999}) {
    const auto first = mail.first_thread_at(mail.thread_date(thread));
    BOOST_TEST(first <= thread);
    BOOST_TEST(mail.thread_date(first) == mail.thread_date(thread));
  }
  BOOST_TEST(mail.first_thread_at(0) == mail.threads());
}

BOOST_AUTO_TEST_CASE(all_mail_is_within_a_year) {
  const auto mail = a_mailbox(provider::google, 2000);
  for (uint64_t thread = 0; thread < mail.threads(); ++thread)
    BOOST_TEST(mail.sketch({thread, 0}).date > 1'700'000'000 - 365 * 86'400);
}

BOOST_AUTO_TEST_CASE(a_thread_ends_on_its_date_and_its_messages_follow_each_other) {
  const auto mail = a_mailbox(provider::google, 300);
  for (uint64_t thread = 0; thread < mail.threads(); ++thread) {
    const uint32_t count = mail.messages(thread);
    int64_t before = 0;
    for (uint32_t index = 0; index < count; ++index) {
      const auto date = mail.sketch({thread, index}).date;
      BOOST_TEST(date >= before);
      before = date;
    }
    BOOST_TEST(before == mail.thread_date(thread));
    BOOST_TEST(before - mail.sketch({thread, 0}).date <= mail.thread_lasts_max());
  }
}

BOOST_AUTO_TEST_CASE(a_sketch_says_what_the_record_says) {
  const auto mail = a_mailbox(provider::microsoft, 200);
  for (uint64_t thread = 0; thread < mail.threads(); ++thread)
    for (uint32_t index = 0; index < mail.messages(thread); ++index) {
      const auto sketch = mail.sketch({thread, index});
      const auto record = mail.record({thread, index});
      BOOST_TEST(sketch.date == record.date);
      BOOST_TEST(sketch.unread == record.unread);
      BOOST_TEST(sketch.has_attachments == !record.attachments.empty());
    }
}

BOOST_AUTO_TEST_CASE(what_is_pasted_unescaped_needs_no_escape) {
  const auto mail = a_mailbox(provider::imap, 500);
  for (uint64_t thread = 0; thread < mail.threads(); ++thread) {
    const auto record = mail.record({thread, 0});
    if (!record.plain)
      continue;
    std::string body;
    append_body(body, record.body);
    std::string escaped;
    append_text(escaped, body + record.subject + record.snippet + record.from[0].name);
    BOOST_TEST(escaped.size()
               == body.size() + record.subject.size() + record.snippet.size()
                    + record.from[0].name.size() + 2);
  }
}

BOOST_AUTO_TEST_CASE(bodies_have_the_size_that_was_asked_for_in_the_mean) {
  const auto mail = a_mailbox(provider::google, 2000);
  size_t bytes = 0;
  for (uint64_t thread = 0; thread < mail.threads(); ++thread) {
    std::string body;
    append_body(body, mail.record({thread, 0}).body);
    bytes += body.size();
  }
  BOOST_TEST(bytes / mail.threads() > 3900u);
  BOOST_TEST(bytes / mail.threads() < 4400u);
}

BOOST_AUTO_TEST_CASE(attachments_have_as_many_bytes_as_they_say) {
  const auto mail = a_mailbox(provider::google, 200);
  size_t seen = 0;
  for (uint64_t thread = 0; thread < mail.threads(); ++thread)
    for (const auto& file : mail.record({thread, 0}).attachments) {
      ++seen;
      BOOST_TEST(attachment_bytes(file).size() == file.size);
    }
  BOOST_TEST(seen > 5u);
}

BOOST_AUTO_TEST_SUITE_END()
