#include "inspection/actor_details.hpp"

#include "actors/message_names.hpp"
#include "actors/observed_actor.hpp"
#include "inspection/actor_view.hpp"
#include "tests/support/actor_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/actor_cast.hpp>
#include <caf/default_attachable.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <string>
#include <vector>

using namespace nova;

namespace {

struct secret_order {
  std::string password;
};

using plain_actor = caf::typed_actor<caf::reacts_to<secret_order>, caf::reacts_to<int>>;

struct plain_state : observed {
  static inline const char* name = "plain";
  explicit plain_state(plain_actor::pointer self) : observed(self), self(self) {}
  plain_actor::pointer self;
};

plain_actor::behavior_type plain(observed_pointer<plain_actor, plain_state> self,
                                 directory_slot slot) {
  self->state.slot = std::move(slot);
  return {[](const secret_order&) {}, [](int) {}};
}

struct fixture : test::actor_fixture {
  ~fixture() {
    for (const auto& one : all)
      self->send_exit(one, caf::exit_reason::kill);
    run();
  }

  plain_actor spawn(const std::string& key) {
    auto made = system.spawn(plain, directory->open({"plain", key, ""}));
    all.push_back(made);
    return made;
  }

  static caf::monitorable_actor& of(const plain_actor& actor) {
    return dynamic_cast<caf::monitorable_actor&>(*caf::actor_cast<caf::abstract_actor*>(actor));
  }

  /// As `self->monitor` does on behalf of the watcher.
  static void watch(const plain_actor& watcher, const plain_actor& watched) {
    of(watched).attach(caf::default_attachable::make_monitor(
      of(watched).address(), caf::actor_cast<caf::actor_addr>(watcher)));
  }

  inspected_details details(const std::string& path) {
    auto found = inspection::details_of(*directory, path, 10, [](uint16_t type) {
      return type == 0 ? std::string{"others"} : name_of_type(type);
    });
    BOOST_REQUIRE(found.size() == 1u);
    BOOST_TEST(found[0].actor == path);
    return found[0];
  }

  std::shared_ptr<actor_directory> directory = std::make_shared<actor_directory>(clock());
  std::vector<plain_actor> all;
};

} // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(secret_order)

BOOST_FIXTURE_TEST_SUITE(actor_details_test, fixture)

BOOST_AUTO_TEST_CASE(a_mailbox_is_told_by_type_and_never_by_content) {
  auto one = spawn("one");
  run();
  for (int i = 0; i < 3; ++i)
    caf::anon_send(one, secret_order{"hunter2"});
  caf::anon_send(one, 7);

  BOOST_TEST(details("plain/one").messages == "secret_order 3, others 1");
  run();
  BOOST_TEST(details("plain/one").messages.empty());
}

BOOST_AUTO_TEST_CASE(links_and_monitors_have_the_names_of_the_actors) {
  auto one = spawn("one"), two = spawn("two"), three = spawn("three");
  run();
  watch(two, one);
  watch(one, three);
  of(one).link_to(two);

  auto seen = details("plain/one");
  BOOST_TEST(seen.linked == "plain/two");
  BOOST_TEST(seen.watched == "plain/two");
  BOOST_TEST(seen.watches == "plain/three");
  seen = details("plain/three");
  BOOST_TEST(seen.linked.empty());
  BOOST_TEST(seen.watched == "plain/one");
  BOOST_TEST(seen.watches.empty());
}

BOOST_AUTO_TEST_CASE(of_many_watchers_the_first_are_named) {
  auto one = spawn("one");
  for (int i = 10; i < 25; ++i)
    watch(spawn("w" + std::to_string(i)), one);
  run();

  auto seen = details("plain/one").watched;
  BOOST_TEST(seen.starts_with("plain/w10, plain/w11, "), seen);
  BOOST_TEST(seen.ends_with("plain/w21 and 3 more"), seen);
}

BOOST_AUTO_TEST_CASE(who_is_gone_is_named_no_more) {
  auto one = spawn("one"), two = spawn("two");
  run();
  watch(two, one);
  self->send_exit(two, caf::exit_reason::kill);
  all.pop_back();
  two = nullptr;
  run();

  BOOST_TEST(details("plain/one").watched.empty());
}

BOOST_AUTO_TEST_CASE(the_node_answers_with_them_and_with_what_it_takes_of_its_machine) {
  auto one = spawn("one");
  run();
  caf::anon_send(one, 7);
  inspection::viewed_node node{"n1", directory, name_of_type};
  node.usage = [] {
    base::process_usage used;
    used.cpu_share = 1.5;
    used.threads = 9;
    return used;
  };
  inspection::actor_view view{std::move(node)};

  auto answer = view.answer({.view = node_view::details, .path = "plain/one"});
  BOOST_REQUIRE(answer.details.size() == 1u);
  BOOST_TEST(answer.details[0].messages == "others 1");
  answer = view.answer({.view = node_view::process});
  BOOST_REQUIRE(answer.processes.size() == 1u);
  BOOST_TEST(answer.processes[0].cpu_share == 1.5);
  BOOST_TEST(answer.processes[0].threads == 9u);
}

BOOST_AUTO_TEST_SUITE_END()
