#include "cluster/link_certificates.hpp"
#include "tests/unit/cluster/linked_node.hpp"

#include <boost/test/unit_test.hpp>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>

using namespace nova;
using namespace std::chrono_literals;
using cluster::tls_files;
using test::eventually;
using test::linked_node;

namespace {

/// A folder that goes with its object.
struct folder {
  folder() {
    std::string name = (std::filesystem::temp_directory_path() / "nova-certs-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~folder() {
    std::filesystem::remove_all(path);
  }
  folder(const folder&) = delete;

  [[nodiscard]] std::vector<tls_files> certificates(const std::vector<std::string>& nodes,
                                                    std::chrono::hours valid = 24h) const {
    return cluster::make_certificates({path, nodes, valid});
  }

  std::string path;
};

test::linked_node_options with_tls(int64_t id, const tls_files& files) {
  test::linked_node_options options{id};
  options.tls = files;
  return options;
}

/// Two nodes that would be members; the second, which calls, must not get a link.
std::string refusal(linked_node& one, linked_node& two) {
  for (auto* node : {&one, &two})
    node->follow({one.member(), two.member()});
  BOOST_TEST(eventually([&] { return !two.suspicions(1).empty(); }));
  BOOST_TEST(!two.board()->find(1).has_value());
  BOOST_TEST(!one.board()->find(2).has_value());
  return two.suspicions(1).front();
}

/// Sends a peer's agent eight times a megabyte, more than the buffers on the way hold; counts the
/// answers.
int big_answers(linked_node& from, int64_t node) {
  caf::scoped_actor self{from.system()};
  auto agent = from.board()->find(node)->agent;
  int answered = 0;
  for (int i = 0; i < 8; ++i)
    self->request(agent, 30s, inspect_node{.where = std::string(1 << 20, 'x')})
      .receive([&](const node_inspected& answer) { answered += answer.status == 501 ? 1 : 0; },
               [](const caf::error&) {});
  return answered;
}

bool has(const std::string& text, const std::string& part) {
  BOOST_TEST(text.find(part) != std::string::npos, "'" << part << "' is not in: " << text);
  return true;
}

} // namespace

BOOST_AUTO_TEST_SUITE(link_tls_test)

BOOST_AUTO_TEST_CASE(nodes_with_certificates_of_one_authority_talk_and_lose_each_other_at_once) {
  folder at;
  auto files = at.certificates({"node-1", "node-2"});
  linked_node one{with_tls(1, files[0])};
  auto two = std::make_unique<linked_node>(with_tls(2, files[1]));
  for (auto* node : {&one, two.get()})
    node->follow({one.member(), two->member()});
  BOOST_TEST(one.linked_to(2));
  BOOST_TEST(two->linked_to(1));

  BOOST_TEST(big_answers(*two, 1) == 8);

  two->stop();
  BOOST_TEST(one.lost(2));
  BOOST_TEST(eventually([&] { return !one.suspicions(2).empty(); }));
}

BOOST_AUTO_TEST_CASE(a_certificate_of_another_authority_is_refused) {
  folder ours, theirs;
  linked_node one{with_tls(1, ours.certificates({"node-1"})[0])};
  linked_node two{with_tls(2, theirs.certificates({"node-2"})[0])};
  has(refusal(one, two), "certificate");
}

BOOST_AUTO_TEST_CASE(a_certificate_that_has_expired_is_refused) {
  folder at;
  auto good = at.certificates({"node-1"})[0];
  auto expired = cluster::make_certificates({at.path, {"node-2"}, -1h})[0];
  linked_node one{with_tls(1, good)};
  linked_node two{with_tls(2, expired)};
  // In TLS 1.3 the caller has no answer to wait for: whether it reads why before the end is chance.
  refusal(one, two);
}

BOOST_AUTO_TEST_CASE(a_node_with_an_expired_certificate_is_not_called) {
  folder at;
  auto expired = cluster::make_certificates({at.path, {"node-1"}, 24h});
  auto old = cluster::make_certificates({at.path, {"old"}, -1h})[0];
  linked_node one{with_tls(1, old)};
  linked_node two{with_tls(2, expired[0])};
  has(refusal(one, two), "expired");
}

BOOST_AUTO_TEST_CASE(who_speaks_no_tls_is_refused_even_with_the_secret) {
  folder at;
  linked_node one{with_tls(1, at.certificates({"node-1"})[0])};
  linked_node two{{2}};
  refusal(one, two);
}

BOOST_AUTO_TEST_CASE(a_certificate_alone_is_not_enough) {
  folder at;
  auto files = at.certificates({"node-1", "node-2"});
  auto options = with_tls(2, files[1]);
  options.secret = "the secret of some other cluster";
  linked_node one{with_tls(1, files[0])};
  linked_node two{options};
  refusal(one, two);
}

BOOST_AUTO_TEST_CASE(a_certificate_is_for_the_node_of_its_name_whoever_calls) {
  folder at;
  auto files = at.certificates({"node-1", "node-3"});
  linked_node one{with_tls(1, files[0])};
  linked_node two{with_tls(2, files[1])};
  has(refusal(one, two), "its certificate is that of 'node-3', and it is called 'node-2'");

  linked_node named{with_tls(4, at.certificates({"node-4"})[0])};
  for (auto* node : {&two, &named})
    node->follow({two.member(), named.member()});
  BOOST_TEST(eventually([&] { return !named.suspicions(2).empty(); }));
  has(named.suspicions(2).front(), "its certificate is that of 'node-3'");
}

BOOST_AUTO_TEST_CASE(a_shared_certificate_is_for_every_node) {
  folder at;
  auto shared = cluster::make_certificates({at.path, {"all"}, 24h, true})[0];
  linked_node one{with_tls(1, shared)};
  linked_node two{with_tls(2, shared)};
  for (auto* node : {&one, &two})
    node->follow({one.member(), two.member()});

  BOOST_TEST(two.linked_to(1));
}

BOOST_AUTO_TEST_CASE(a_renewed_certificate_links_to_one_that_is_not_renewed_yet) {
  folder at;
  auto old = at.certificates({"node-1", "node-2"}, 48h);
  cluster::tls_context before{old[1]};
  auto fresh = cluster::make_certificates({at.path, {"node-2"}, 24h * 365, false, true});
  BOOST_TEST((cluster::tls_context{fresh[0]}.ends_at() > before.ends_at() + 24h * 300));

  linked_node one{with_tls(1, old[0])};
  linked_node two{with_tls(2, fresh[0])};
  for (auto* node : {&one, &two})
    node->follow({one.member(), two.member()});

  BOOST_TEST(two.linked_to(1));
}

BOOST_AUTO_TEST_CASE(a_certificate_that_ends_soon_is_said_before) {
  folder at;
  linked_node soon{with_tls(1, at.certificates({"node-1"}, 24h * 10)[0])};
  linked_node later{with_tls(2, at.certificates({"node-2"}, 24h * 20)[0])};

  BOOST_TEST(eventually([&] { return !soon.failing().empty(); }));
  BOOST_TEST(soon.failing().front().what == "its certificate");
  BOOST_TEST(soon.failing().front().reason.starts_with("ends in 9 days"));
  BOOST_TEST(soon.failing().front().times == 0U);
  BOOST_TEST(later.failing().empty());
}

BOOST_AUTO_TEST_CASE(an_address_of_every_machine_may_be_used_with_certificates) {
  folder at;
  auto options = with_tls(1, at.certificates({"node-1"})[0]);
  options.host = "0.0.0.0";
  linked_node one{options};
  BOOST_TEST(!one.address().starts_with("0.0.0.0"), "peers are told where it can be reached");
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_certificate_is_named_with_its_setting) {
  folder at;
  auto files = at.certificates({"node-1"})[0];
  std::ofstream{files.certificate} << "no certificate";
  auto names_the_file = [&](const std::runtime_error& e) {
    return has(e.what(), "NOVA_TLS_CERT: '" + files.certificate);
  };
  BOOST_CHECK_EXCEPTION(cluster::tls_context{files}, std::runtime_error, names_the_file);
}

BOOST_AUTO_TEST_CASE(keys_are_for_their_owner_and_nothing_is_overwritten) {
  folder at;
  auto files = at.certificates({"node-1"})[0];
  struct stat found {};
  for (const auto& key : {files.key, at.path + "/ca.key"}) {
    BOOST_REQUIRE(::stat(key.c_str(), &found) == 0);
    BOOST_TEST((found.st_mode & 0777) == 0600u);
  }
  BOOST_CHECK_THROW(at.certificates({"node-1"}), std::runtime_error);
  BOOST_CHECK_THROW(at.certificates({"../a"}), std::runtime_error);
  BOOST_CHECK_THROW(at.certificates({"ca"}), std::runtime_error);
  // A node that comes later is of the same authority.
  linked_node one{with_tls(1, files)};
  linked_node two{with_tls(2, at.certificates({"node-2"})[0])};
  for (auto* node : {&one, &two})
    node->follow({one.member(), two.member()});
  BOOST_TEST(two.linked_to(1));
}

BOOST_AUTO_TEST_SUITE_END()
