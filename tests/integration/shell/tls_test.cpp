#include "cluster/link_certificates.hpp"
#include "tests/integration/shell/shell_fixture.hpp"
#include "tests/support/raw_client.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;
using base::exit_code;

namespace {

constexpr const char* view_token = "a view token of 32 characters....";
constexpr const char* operate_token = "an operate token of 32 characters";
constexpr const char* named_token = "a token of somebody, 32 characters";

/// A node whose inspection listens on TLS too, for who has a token.
struct fixture : test::shell_fixture {
  fixture() {
    auto files = cluster::make_certificates({folder.path() + "/certificates", {"n1"}});
    authority = files.front().authority;
    auto settings = inspected();
    settings.inspect.host = "127.0.0.1";
    settings.inspect.port = 0;
    settings.listening = [this](const app::node_addresses& at) { address = at.inspect; };
    settings.inspect.certificate = files.front().certificate;
    settings.inspect.key = files.front().key;
    settings.inspect.tokens = {{view_token, inspection::operator_role::view},
                               {operate_token, inspection::operator_role::operate},
                               {named_token, inspection::operator_role::operate}};
    settings.inspect.token_names = {{named_token, "ann"}};
    start(std::move(settings));
  }

  test::shell_result ask(const std::string& command, const std::string& token,
                         const std::string& role, const std::string& trust) {
    return run_at({"https://" + address, role, token, trust}, command);
  }

  std::string address;
  std::string authority;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(tls_test, fixture)

BOOST_AUTO_TEST_CASE(who_has_a_token_sees_over_tls_what_is_there) {
  auto seen = ask("ps mail_store", view_token, "view", authority);

  BOOST_TEST_INFO(seen.out << seen.err);
  BOOST_TEST(seen.how == exit_code::done);
  BOOST_TEST(seen.says("n1/mail_store"));
}

BOOST_AUTO_TEST_CASE(a_token_gives_its_role_and_no_more) {
  BOOST_TEST(ask("pause threads --yes", view_token, "operate", authority).how == exit_code::denied);
  BOOST_TEST(ask("pause threads --yes", operate_token, "operate", authority).how
             == exit_code::done);
  BOOST_TEST(ask("kill n1/mail_store --yes", operate_token, "admin", authority).how
             == exit_code::denied);
}

BOOST_AUTO_TEST_CASE(without_a_token_nothing_is_said) {
  for (const auto* token : {"", "another token of 32 characters..."}) {
    auto seen = ask("ps", token, "view", authority);
    BOOST_TEST_INFO(seen.out << seen.err);
    BOOST_TEST(seen.how == exit_code::denied);
    BOOST_TEST(seen.says("yours is in NOVA_TOKEN"));
    BOOST_TEST(!seen.says("mail_store"));
  }
}

BOOST_AUTO_TEST_CASE(the_audit_log_names_the_token_and_the_peer) {
  BOOST_TEST(ask("pause threads --yes", operate_token, "operate", authority).how
             == exit_code::done);
  BOOST_TEST(ask("resume threads --yes", named_token, "operate", authority).how == exit_code::done);

  auto who = [this](const char* action) {
    const sql::statement query{"who_acted",
                               "select who from nova.operator_actions where action = $1"};
    return conn.exec(query, action).value<std::string>();
  };
  BOOST_TEST(who("resume").starts_with("token ann of 127.0.0.1:"), who("resume"));
  BOOST_TEST(who("pause").starts_with("token "), who("pause"));
  BOOST_TEST(who("pause").find(" of 127.0.0.1:") != std::string::npos, who("pause"));
  BOOST_TEST(who("pause").find(operate_token) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(who_has_no_token_keeps_no_place_from_who_has_one) {
  std::vector<std::unique_ptr<test::raw_client>> silent;
  auto port = static_cast<uint16_t>(std::stoul(address.substr(address.rfind(':') + 1)));
  for (int i = 0; i < 40; ++i)
    silent.push_back(std::make_unique<test::raw_client>(port));

  BOOST_TEST(ask("ps mail_store", view_token, "view", authority).how == exit_code::done);
  BOOST_TEST(ask("ps", "another token of 32 characters...", "view", authority).how
             == exit_code::denied);
  BOOST_TEST(ask("ps mail_store", view_token, "view", authority).how == exit_code::done);
}

BOOST_AUTO_TEST_CASE(a_node_of_another_authority_is_not_believed) {
  auto others = cluster::make_certificates({folder.path() + "/others", {"n1"}});
  auto seen = ask("ps", view_token, "view", others.front().authority);

  BOOST_TEST(seen.how == exit_code::unreachable);
  BOOST_TEST_INFO(seen.err);
  BOOST_TEST(seen.says("is not believed"));
  BOOST_TEST(seen.says("NOVA_TLS_CA"));
  BOOST_TEST(!seen.says("mail_store"));
}

BOOST_AUTO_TEST_SUITE_END()
