#include "jobs/http_caller.hpp"

#include "base/secrets.hpp"
#include "http/hmac.hpp"
#include "http/http_server.hpp"
#include "jobs/http_calls.hpp"
#include "messages/error_code.hpp"
#include "tests/support/url_server.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <cstdlib>
#include <optional>

using namespace nova;
using namespace std::chrono_literals;
using jobs::call_failure;

namespace {

using steady = std::chrono::steady_clock;

std::shared_ptr<const base::secrets> no_secrets() {
  return std::make_shared<base::secrets>(std::map<std::string, std::string>{}, "");
}

std::shared_ptr<const base::secrets> one_secret() {
  return std::make_shared<base::secrets>(
    std::map<std::string, std::string>{{"NOVA_SECRET_HOOK", "Jefe"}}, "");
}

jobs::call_url allowed(std::string url) {
  jobs::call_url call;
  call.url = std::move(url);
  call.body = R"({"a":1})";
  call.timeout = 10s;
  call.allow_private = true;
  return call;
}

/// Calls one after the other, over connections that stay.
struct caller {
  explicit caller(jobs::http_caller_limits limits = {},
                  std::shared_ptr<const base::secrets> secrets = no_secrets())
    : calls(std::move(secrets), std::move(limits)) {}

  jobs::url_called call(jobs::call_url what) {
    std::optional<jobs::url_called> answer;
    calls.start(std::move(what), [&](jobs::url_called called) { answer = std::move(called); });
    while (!answer)
      calls.run_once(100ms);
    return std::move(*answer);
  }

  jobs::http_calls calls;
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

constexpr auto plain_answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// Answers everything with 200 and keeps what it was asked.
struct listening_server {
  listening_server()
    : server({}, [this](http::request request, http::server::reply reply) {
        std::lock_guard guard{mutex};
        requests.push_back(std::move(request));
        http::response response;
        response.body = "ok";
        reply(std::move(response));
      }) {
    port = server.listen("127.0.0.1", 0);
  }

  ~listening_server() {
    server.stop(0ms);
  }

  [[nodiscard]] std::string url(std::string_view host = "127.0.0.1") const {
    return "http://" + std::string{host} + ':' + std::to_string(port) + "/hook";
  }

  std::mutex mutex;
  std::vector<http::request> requests;
  http::server server;
  uint16_t port = 0;
};

struct refused_place {
  const char* host;
  const char* fixed; // what the name is resolved to; empty: nothing is said
  const char* address;
  const char* range;
};

std::ostream& operator<<(std::ostream& out, const refused_place& x) {
  return out << x.host << " -> " << x.address;
}

const refused_place refused_places[] = {
  {"127.0.0.1", "", "127.0.0.1", "loopback"},
  {"localhost", "", "", "loopback"},
  {"0x7f.1", "", "127.0.0.1", "loopback"},
  {"2130706433", "", "127.0.0.1", "loopback"},
  {"[::ffff:127.0.0.1]", "", "::ffff:127.0.0.1", "loopback"},
  {"169.254.169.254", "", "169.254.169.254", "link-local"},
  {"metadata.test", "169.254.169.254", "169.254.169.254", "link-local"},
  {"inner.test", "127.0.0.1", "127.0.0.1", "loopback"},
  {"inner.test", "[::1]", "::1", "loopback"},
  {"inner.test", "[64:ff9b::a00:1]", "64:ff9b::a00:1", "private"},
  {"inner.test", "[fd00::1],10.0.0.1", "", "private"},
};

struct bad_server {
  const char* name;
  void (*talk)(test::url_server::talker&);
  call_failure failure;
};

std::ostream& operator<<(std::ostream& out, const bad_server& x) {
  return out << x.name;
}

constexpr auto head_of_much = "HTTP/1.1 200 OK\r\nContent-Length: 10737418240\r\n\r\n";

const bad_server bad_servers[] = {
  {"announces 10 GB", [](auto& to) { to.send(head_of_much) ? to.hang() : void(); },
   call_failure::too_large},
  {"sends without an end",
   [](auto& to) {
     std::string much(1 << 16, 'x');
     for (bool open = to.send("HTTP/1.1 200 OK\r\n\r\n"); open;)
       open = to.send(much);
   },
   call_failure::too_large},
  {"sends chunks without an end",
   [](auto& to) {
     std::string chunk = "1000\r\n" + std::string(0x1000, 'x') + "\r\n";
     for (bool open = to.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"); open;)
       open = to.send(chunk);
   },
   call_failure::too_large},
  {"sends header fields without an end",
   [](auto& to) {
     std::string field = "X-Much: " + std::string(1000, 'x') + "\r\n";
     for (bool open = to.send("HTTP/1.1 200 OK\r\n"); open;)
       open = to.send(field);
   },
   call_failure::too_large},
  {"only announces answers",
   [](auto& to) {
     for (bool open = true; open;)
       open = to.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
   },
   call_failure::too_large},
  {"talks something else", [](auto& to) { (void)to.send("220 mail.example ESMTP\r\n"); },
   call_failure::network},
  {"closes at once", [](auto&) {}, call_failure::network},
  {"cuts its answer",
   [](auto& to) { (void)to.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"); },
   call_failure::network},
  {"hangs", [](auto& to) { to.hang(); }, call_failure::timeout},
  {"hangs within its answer",
   [](auto& to) {
     to.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsho") ? to.hang() : void();
   },
   call_failure::timeout},
};

struct real_system {
  caf::actor_system_config config;
  caf::actor_system system{config};
};

} // namespace

BOOST_AUTO_TEST_SUITE(http_caller_test)

BOOST_AUTO_TEST_CASE(a_call_is_a_post_of_json_with_the_given_header_fields) {
  listening_server server;
  caller calls;
  auto call = allowed(server.url());
  call.headers = {"Idempotency-Key: message-17"};

  auto answer = calls.call(call);

  BOOST_TEST((answer.failure == call_failure::none));
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.body == "ok");
  auto& request = server.requests.at(0);
  BOOST_TEST(request.method == "POST");
  BOOST_TEST(request.target == "/hook");
  BOOST_TEST(request.body == R"({"a":1})");
  BOOST_TEST(request.header("Content-Type") == "application/json");
  BOOST_TEST(request.header("Idempotency-Key") == "message-17");
  BOOST_TEST(request.header("X-Nova-Signature") == "");
  BOOST_TEST(request.header("Accept-Encoding") == "", "a packed answer would be larger than it is");
}

BOOST_AUTO_TEST_CASE(the_signature_is_an_hmac_over_the_time_and_the_body) {
  // RFC 4231, test case 2.
  BOOST_TEST(http::hex_of(http::hmac_sha256("Jefe", "what do ya want for nothing?"))
             == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  listening_server server;
  caller calls{{}, one_secret()};
  auto call = allowed(server.url());
  call.secret_name = "hook";
  auto before = base::seconds_of(base::wall_now());

  (void)calls.call(call);

  std::string signature{server.requests.at(0).header("X-Nova-Signature")};
  BOOST_TEST_REQUIRE(signature.starts_with("t="));
  auto at = signature.substr(2, signature.find(',') - 2);
  BOOST_TEST(std::stoll(at) >= before);
  BOOST_TEST(std::stoll(at) <= base::seconds_of(base::wall_now()));
  BOOST_TEST(signature
             == "t=" + at + ",v1=" + http::hex_of(http::hmac_sha256("Jefe", at + R"(.{"a":1})")));
}

BOOST_AUTO_TEST_CASE(without_its_secret_a_call_is_not_sent_and_says_where_it_was_looked_for) {
  listening_server server;
  caller calls;
  auto call = allowed(server.url());
  call.secret_name = "billing-hook";

  auto answer = calls.call(call);

  BOOST_TEST((answer.failure == call_failure::secret_missing));
  for (auto place : {"billing-hook", "NOVA_SECRET_BILLING_HOOK", "NOVA_SECRET_BILLING_HOOK_FILE",
                     "NOVA_SECRETS_DIR"})
    BOOST_TEST(has(answer.text, place), answer.text);
  BOOST_TEST(server.requests.empty());
}

BOOST_DATA_TEST_CASE(an_address_that_is_not_public_is_refused_after_its_name_was_resolved,
                     boost::unit_test::data::make(refused_places), row) {
  listening_server server;
  jobs::http_caller_limits limits;
  if (*row.fixed != '\0')
    limits.fixed_names = {std::string{row.host} + ':' + std::to_string(server.port) + ':'
                          + row.fixed};
  caller calls{limits};
  auto call = allowed(server.url(row.host));
  call.allow_private = false;

  auto answer = calls.call(call);

  BOOST_TEST((answer.failure == call_failure::address_refused), answer.text);
  BOOST_TEST(has(answer.text, row.address), answer.text);
  BOOST_TEST(has(answer.text, row.range), answer.text);
  BOOST_TEST(has(answer.text, "--allow-private"), answer.text);
  BOOST_TEST(server.requests.empty());
}

BOOST_AUTO_TEST_CASE(a_name_of_ours_is_called_when_private_addresses_are_allowed) {
  listening_server server;
  jobs::http_caller_limits limits;
  limits.fixed_names = {"inner.test:" + std::to_string(server.port) + ":127.0.0.1"};

  BOOST_TEST(caller{limits}.call(allowed(server.url("inner.test"))).status == 200);
}

BOOST_AUTO_TEST_CASE(a_connection_that_another_call_left_open_is_not_a_way_in) {
  listening_server server;
  jobs::http_caller_limits limits;
  limits.fixed_names = {"inner.test:" + std::to_string(server.port) + ":127.0.0.1"};
  caller calls{limits};
  BOOST_TEST(calls.call(allowed(server.url("inner.test"))).status == 200);
  BOOST_TEST(calls.call(allowed(server.url("inner.test"))).status == 200);
  BOOST_TEST(server.requests.at(0).peer == server.requests.at(1).peer, "it is kept open");

  auto call = allowed(server.url("inner.test"));
  call.allow_private = false;
  auto answer = calls.call(call);

  BOOST_TEST((answer.failure == call_failure::address_refused), answer.text);
  BOOST_TEST(server.requests.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_redirect_is_an_answer_and_is_not_followed) {
  test::url_server server{[](auto& to) {
    (void)to.send("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");
  }};

  auto answer = caller{}.call(allowed(server.url()));

  BOOST_TEST(answer.status == 302);
  BOOST_TEST(server.connections() == 1);
}

BOOST_DATA_TEST_CASE(what_a_bad_server_does_ends_the_call,
                     boost::unit_test::data::make(bad_servers), row) {
  test::url_server server{row.talk};
  auto call = allowed(server.url());
  call.timeout = row.failure == call_failure::timeout ? 300ms : 10'000ms;
  auto begun = steady::now();

  auto answer = caller{}.call(call);

  BOOST_TEST(to_string(answer.failure) == to_string(row.failure), answer.text);
  BOOST_TEST((steady::now() - begun < 5s));
  BOOST_TEST(!answer.text.empty());
  BOOST_TEST(answer.body.size() <= size_t{64} << 10);
}

BOOST_AUTO_TEST_CASE(an_answer_of_just_the_bound_is_taken) {
  test::url_server server{[](auto& to) {
    (void)to.send("HTTP/1.1 200 OK\r\n\r\n" + std::string(size_t{64} << 10, 'x'));
  }};

  auto answer = caller{}.call(allowed(server.url()));

  BOOST_TEST((answer.failure == call_failure::none));
  BOOST_TEST(answer.body.size() == size_t{64} << 10);
}

BOOST_AUTO_TEST_CASE(the_status_of_an_answer_that_is_too_large_is_known) {
  test::url_server server{
    [](auto& to) { (void)to.send("HTTP/1.1 500 Oh\r\n\r\n" + std::string(size_t{1} << 20, 'x')); }};

  auto answer = caller{}.call(allowed(server.url()));

  BOOST_TEST((answer.failure == call_failure::too_large));
  BOOST_TEST(answer.status == 500);
}

BOOST_AUTO_TEST_CASE(a_port_where_nobody_listens_is_a_failure_of_the_network) {
  std::string url;
  {
    test::url_server server{[](auto&) {}};
    url = server.url();
  }
  BOOST_TEST((caller{}.call(allowed(url)).failure == call_failure::network));
}

BOOST_AUTO_TEST_CASE(a_url_that_is_none_is_not_called) {
  auto answer = caller{}.call(allowed("file:///etc/passwd"));

  BOOST_TEST((answer.failure == call_failure::bad_url));
  BOOST_TEST(has(answer.text, "http: and https:"), answer.text);
}

BOOST_AUTO_TEST_CASE(retry_after_comes_as_it_was_sent) {
  test::url_server server{[](auto& to) {
    (void)to.send("HTTP/1.1 103 Early Hints\r\nRetry-After: 1\r\n\r\n"
                  "HTTP/1.1 503 Busy\r\nretry-after:  Wed, 21 Oct 2026 07:28:00 GMT \r\n"
                  "Content-Length: 0\r\n\r\n");
  }};

  auto answer = caller{}.call(allowed(server.url()));

  BOOST_TEST(answer.status == 503);
  BOOST_TEST(answer.retry_after == "Wed, 21 Oct 2026 07:28:00 GMT");
}

BOOST_AUTO_TEST_CASE(what_only_announces_an_answer_says_nothing_of_it) {
  test::url_server server{[](auto& to) {
    (void)to.send("HTTP/1.1 103 Early Hints\r\nRetry-After: 1\r\n\r\n"
                  "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
  }};

  BOOST_TEST(caller{}.call(allowed(server.url())).retry_after == "");
}

BOOST_AUTO_TEST_CASE(the_environments_proxy_is_not_heard) {
  listening_server server;
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  ::setenv("all_proxy", "http://127.0.0.1:1", 1);

  auto answer = caller{}.call(allowed(server.url()));

  ::unsetenv("http_proxy");
  ::unsetenv("all_proxy");
  BOOST_TEST(answer.status == 200, answer.text);
}

BOOST_AUTO_TEST_CASE(a_proxy_that_is_set_takes_the_calls_that_may_not_reach_private_addresses) {
  std::mutex mutex;
  std::vector<std::string> asked;
  test::url_server proxy{[&](auto& to) {
    std::lock_guard guard{mutex};
    asked.push_back(to.request.substr(0, to.request.find('\r')));
    (void)to.send(plain_answer);
  }};
  listening_server server;
  jobs::http_caller_limits limits;
  limits.proxy = proxy.url();
  caller calls{limits};
  auto outside = allowed("http://example.test/hook");
  outside.allow_private = false;
  auto inside = allowed("http://169.254.169.254/");
  inside.allow_private = false;

  BOOST_TEST(calls.call(outside).status == 200);
  BOOST_TEST((calls.call(inside).failure == call_failure::address_refused));
  BOOST_TEST(calls.call(allowed(server.url())).status == 200);

  BOOST_TEST(asked == std::vector<std::string>{"POST http://example.test/hook HTTP/1.1"},
             boost::test_tools::per_element());
  BOOST_TEST(server.requests.size() == 1u);
}

BOOST_AUTO_TEST_CASE(no_more_calls_run_at_once_than_there_are_places) {
  std::atomic<int> now{0}, most{0};
  test::url_server server{[&](auto& to) {
    most = std::max(most.load(), ++now);
    std::this_thread::sleep_for(20ms); // the pace of a slow peer, so that calls overlap
    --now;
    (void)to.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  }};
  jobs::http_caller_limits limits;
  limits.running_max = 3;
  caller calls{limits};
  int good = 0;
  for (int i = 0; i < 12; ++i)
    calls.calls.start(allowed(server.url()),
                      [&](const jobs::url_called& called) { good += called.status == 200; });

  while (calls.calls.in_flight() > 0)
    calls.calls.run_once(100ms);

  BOOST_TEST(good == 12);
  BOOST_TEST(most == 3);
}

BOOST_AUTO_TEST_CASE(a_call_that_gets_no_place_in_half_its_time_was_not_sent) {
  test::url_server server{[](auto& to) { to.hang(); }};
  jobs::http_caller_limits limits;
  limits.running_max = 1;
  caller calls{limits};
  std::vector<call_failure> failures;
  auto note = [&](const jobs::url_called& called) { failures.push_back(called.failure); };
  auto first = allowed(server.url()), second = first;
  first.timeout = 800ms;
  second.timeout = 1000ms;
  calls.calls.start(first, note);
  calls.calls.start(second, note);

  while (calls.calls.in_flight() > 0)
    calls.calls.run_once(100ms);

  BOOST_TEST_REQUIRE(failures.size() == 2u);
  BOOST_TEST((failures[0] == call_failure::busy));
  BOOST_TEST((failures[1] == call_failure::timeout));
  BOOST_TEST(server.connections() == 1);
}

BOOST_AUTO_TEST_CASE(the_actor_answers_each_who_asks) {
  listening_server server;
  real_system nodes;
  auto actor = jobs::spawn_http_caller(nodes.system, {}, no_secrets());
  caf::scoped_actor self{nodes.system};
  for (int i = 0; i < 2; ++i)
    self->request(actor, 20s, allowed(server.url()))
      .receive([](const jobs::url_called& called) { BOOST_TEST(called.status == 200); },
               [](const caf::error& reason) { BOOST_ERROR(describe(reason)); });
  self->send_exit(actor, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_CASE(the_end_of_the_actor_is_told_to_who_waits) {
  test::url_server server{[](auto& to) { to.hang(); }};
  real_system nodes;
  auto actor = jobs::spawn_http_caller(nodes.system, {}, no_secrets());
  caf::scoped_actor self{nodes.system};
  auto pending = self->request(actor, 20s, allowed(server.url()));
  while (server.connections() == 0)
    std::this_thread::yield();

  self->send_exit(actor, caf::exit_reason::user_shutdown);

  pending.receive([](const jobs::url_called&) { BOOST_ERROR("an answer of nobody"); },
                  [](const caf::error& reason) { BOOST_TEST((reason == ec::stopped)); });
}

BOOST_AUTO_TEST_CASE(who_would_wait_behind_too_many_is_told_at_once) {
  test::url_server server{[](auto& to) { to.hang(); }};
  real_system nodes;
  jobs::http_caller_limits limits;
  limits.running_max = 1;
  limits.waiting_max = 1;
  auto actor = jobs::spawn_http_caller(nodes.system, {}, no_secrets(), limits);
  caf::scoped_actor self{nodes.system};
  self->send(actor, allowed(server.url()));
  while (server.connections() == 0)
    std::this_thread::yield();
  self->send(actor, allowed(server.url()));

  self->request(actor, 20s, allowed(server.url()))
    .receive([](const jobs::url_called&) { BOOST_ERROR("taken"); },
             [](const caf::error& reason) { BOOST_TEST((reason == ec::overloaded)); });
  self->send_exit(actor, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_SUITE_END()
