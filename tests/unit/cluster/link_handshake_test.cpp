#include "cluster/link_handshake.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

using namespace nova;
using cluster::link_handshake;
using cluster::link_hello;
using side = link_handshake::side;
using state = link_handshake::state;

namespace {

const std::string secret = "sixteen bytes are the least";

link_hello hello_of(int64_t node) {
  return {"test", "node-" + std::to_string(node), node, node + 100, 1, 1, 0};
}

link_handshake make(side which, link_hello own, std::string with_secret = secret,
                    std::string binding = {}, link_handshake::judge accept = {}) {
  return link_handshake{
    {which, std::move(with_secret), std::move(own), std::move(binding), std::move(accept)}};
}

link_handshake a_caller(int64_t wanted = 7, std::string with_secret = secret,
                        std::string binding = {}) {
  auto own = hello_of(9);
  own.wanted = wanted;
  return make(side::caller, own, std::move(with_secret), std::move(binding));
}

link_handshake an_acceptor(std::string with_secret = secret, std::string binding = {}) {
  return make(side::acceptor, hello_of(7), std::move(with_secret), std::move(binding));
}

/// Feeds bytes as far as they are wanted; returns the rest.
std::string give(link_handshake& to, std::string bytes) {
  while (to.wants() > 0 && bytes.size() >= to.wants()) {
    auto part = bytes.substr(0, to.wants());
    bytes.erase(0, part.size());
    to.feed(part);
  }
  return bytes;
}

/// Carries bytes to and fro until neither has any to send.
void shake(link_handshake& one, link_handshake& other) {
  for (;;) {
    auto out = one.output();
    auto back = (give(other, out), other.output());
    give(one, back);
    if (out.empty() && back.empty())
      return;
  }
}

bool failed(const link_handshake& which, const std::string& part) {
  BOOST_TEST(which.reason().find(part) != std::string::npos,
             "'" << part << "' is not in: " << which.reason());
  return which.now() == state::failed;
}

} // namespace

BOOST_AUTO_TEST_SUITE(link_handshake_test)

BOOST_AUTO_TEST_CASE(two_who_know_the_secret_learn_who_the_other_is) {
  auto caller = a_caller();
  auto acceptor = an_acceptor();

  shake(caller, acceptor);

  BOOST_TEST((caller.now() == state::done));
  BOOST_TEST((acceptor.now() == state::done));
  BOOST_TEST((caller.peer() == hello_of(7)));
  BOOST_TEST(acceptor.peer().node == 9);
  BOOST_TEST(acceptor.peer().epoch == 109);
}

BOOST_AUTO_TEST_CASE(a_caller_with_another_secret_is_refused_and_told_nothing) {
  auto caller = a_caller(7, "another secret of good length");
  auto acceptor = an_acceptor();

  shake(caller, acceptor);

  BOOST_TEST(failed(acceptor, "does not know the cluster's secret"));
  BOOST_TEST(!acceptor.proved());
  BOOST_TEST((caller.now() == state::running), "the caller got no answer");
}

BOOST_AUTO_TEST_CASE(an_acceptor_with_another_secret_is_not_believed) {
  auto caller = a_caller();
  auto acceptor = an_acceptor("another secret of good length");
  give(acceptor, caller.output());
  give(caller, acceptor.output());

  // An acceptor that pretends: any verdict with any proof.
  auto forged = "y" + cluster::encode(hello_of(7)) + std::string(32, 'x');
  give(caller, std::string{'\0', static_cast<char>(forged.size())} + forged);

  BOOST_TEST(failed(caller, "does not know the cluster's secret"));
}

BOOST_AUTO_TEST_CASE(a_proof_that_is_sent_back_to_its_maker_is_refused) {
  auto victim = a_caller();
  auto mirror = an_acceptor("the mirror has no secret at all");
  give(mirror, victim.output());
  give(victim, mirror.output());

  auto own_words = victim.output();
  give(victim, own_words);

  BOOST_TEST(failed(victim, "does not know the cluster's secret"));
}

BOOST_AUTO_TEST_CASE(a_recorded_conversation_is_worth_nothing_a_second_time) {
  auto caller = a_caller();
  auto first = an_acceptor();
  auto challenge = caller.output();
  give(first, challenge);
  give(caller, first.output());
  auto proof = caller.output();
  give(first, proof);
  BOOST_TEST((first.now() == state::done));

  auto second = an_acceptor();
  give(second, challenge);
  give(second, proof);

  BOOST_TEST(failed(second, "does not know the cluster's secret"));
}

BOOST_AUTO_TEST_CASE(a_proof_of_one_channel_is_refused_on_another) {
  auto caller = a_caller(7, secret, "channel one");
  auto acceptor = an_acceptor(secret, "channel two");

  shake(caller, acceptor);

  BOOST_TEST(failed(acceptor, "does not know the cluster's secret"));
}

BOOST_AUTO_TEST_CASE(a_call_that_was_meant_for_another_incarnation_is_refused_on_both_sides) {
  auto caller = a_caller(8);
  auto acceptor = an_acceptor();

  shake(caller, acceptor);

  BOOST_TEST(failed(acceptor, "wants incarnation 8, this is 7"));
  BOOST_TEST(acceptor.proved());
  BOOST_TEST(failed(caller, "it refuses: it wants incarnation 8"));
}

BOOST_AUTO_TEST_CASE(the_judge_of_the_acceptor_tells_the_caller_why_it_refuses) {
  auto caller = a_caller();
  auto acceptor = make(side::acceptor, hello_of(7), secret, {},
                       [](const link_hello& peer) { return "no room for " + peer.name; });

  shake(caller, acceptor);

  BOOST_TEST(failed(acceptor, "no room for node-9"));
  BOOST_TEST(failed(caller, "it refuses: no room for node-9"));
}

BOOST_AUTO_TEST_CASE(the_judge_of_the_caller_is_asked_too) {
  auto own = hello_of(9);
  own.wanted = 7;
  auto caller = make(side::caller, own, secret, {}, [](const link_hello&) { return "not you"; });
  auto acceptor = an_acceptor();

  shake(caller, acceptor);

  BOOST_TEST(failed(caller, "not you"));
}

BOOST_AUTO_TEST_CASE(every_single_changed_bit_of_the_proof_is_noticed) {
  for (size_t bit = 0; bit < size_t{8} * 32; ++bit) {
    auto caller = a_caller();
    auto acceptor = an_acceptor();
    give(acceptor, caller.output());
    give(caller, acceptor.output());
    auto proof = caller.output();
    auto at = proof.size() - 32 + bit / 8;
    proof[at] = static_cast<char>(proof[at] ^ 1 << bit % 8);
    give(acceptor, proof);
    BOOST_TEST((acceptor.now() == state::failed), "bit " << bit);
  }
}

namespace {

const std::string basp_header_of_4_gb =
  std::string("\x02\0\0\0\xff\xff\xff\xff", 8) + std::string(24, '\0');
const std::vector<std::string> strangers = {
  basp_header_of_4_gb,
  "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
  std::string(64, '\0'),
  std::string(64, '\xff'),
  std::string("\0\x2c", 2) + std::string(44, 'x'),
};

} // namespace

BOOST_DATA_TEST_CASE(bytes_of_another_protocol_end_it_at_once,
                     boost::unit_test::data::make(strangers), bytes) {
  auto acceptor = an_acceptor();

  give(acceptor, bytes);

  BOOST_TEST((acceptor.now() == state::failed));
  BOOST_TEST(!acceptor.proved());
  BOOST_TEST(acceptor.output().empty());
}

BOOST_AUTO_TEST_CASE(who_only_connects_is_sent_nothing) {
  BOOST_TEST(an_acceptor().output().empty());
}

BOOST_AUTO_TEST_CASE(a_hello_survives_being_written_and_read) {
  link_hello hello{"prod", "threads-2", 5'000'000'000, 1LL << 41, 3, 2, 17};
  auto read = cluster::parse_link_hello(cluster::encode(hello));
  BOOST_REQUIRE(read.has_value());
  BOOST_TEST((*read == hello));
}

BOOST_AUTO_TEST_CASE(a_hello_that_is_cut_anywhere_or_longer_is_refused) {
  auto whole = cluster::encode(hello_of(1));
  for (size_t size = 0; size < whole.size(); ++size)
    BOOST_TEST(!cluster::parse_link_hello(whole.substr(0, size)).has_value(), size);
  BOOST_TEST(!cluster::parse_link_hello(whole + 'x').has_value());
}

BOOST_AUTO_TEST_CASE(a_hello_with_control_characters_or_nonsense_numbers_is_refused) {
  auto refused = [](auto change) {
    auto hello = hello_of(1);
    change(hello);
    return !cluster::parse_link_hello(cluster::encode(hello)).has_value();
  };
  BOOST_TEST(refused([](link_hello& x) { x.name = "a\nb"; }));
  BOOST_TEST(refused([](link_hello& x) { x.cluster.clear(); }));
  BOOST_TEST(refused([](link_hello& x) { x.node = 0; }));
  BOOST_TEST(refused([](link_hello& x) { x.epoch = -1; }));
  BOOST_TEST(refused([](link_hello& x) { x.protocol_min = 2; }));
}

BOOST_AUTO_TEST_SUITE_END()
