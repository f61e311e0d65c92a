#include "jobs/http_handler.hpp"

#include "base/secrets.hpp"
#include "jobs/envelope.hpp"
#include "tests/support/url_server.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <ostream>

using namespace nova;
using namespace std::chrono_literals;
using jobs::verdict;

namespace {

const base::wall_time some_day{std::chrono::sys_days{std::chrono::year{2026} / 10 / 21}};

jobs::claimed_job message_17() {
  jobs::claimed_job job;
  job.place = "default";
  job.id = 17;
  job.type = "invoice.created";
  job.queue = "billing";
  job.tenant = "acme \"1\"";
  job.attempts = 2;
  job.headers = R"({"trace":"t"})";
  job.body = R"({"id": 7})";
  return job;
}

struct real_handlers {
  explicit real_handlers(std::map<std::string, std::string> secrets = {})
    : caller(jobs::spawn_http_caller(system, {},
                                     std::make_shared<base::secrets>(std::move(secrets), ""))) {}

  ~real_handlers() {
    self->send_exit(caller, caf::exit_reason::user_shutdown);
  }

  jobs::job_outcome run(const jobs::http_handler_settings& settings,
                        const jobs::claimed_job& job = message_17()) {
    auto actor = jobs::http_handler(settings, caller).start(self.ptr(), {});
    auto jobs_of_it = std::make_shared<const std::vector<jobs::claimed_job>>(1, job);
    jobs::job_outcome outcome;
    self->request(actor, 30s, jobs::job_batch{jobs_of_it})
      .receive(
        [&](const jobs::batch_outcome& done) {
          BOOST_TEST_REQUIRE(done.outcomes.size() == 1u);
          outcome = done.outcomes[0];
        },
        [](const caf::error& reason) { BOOST_FAIL(to_string(reason)); });
    return outcome;
  }

  caf::actor_system_config config;
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  jobs::http_caller_actor caller;
};

struct status_row {
  const char* head;
  verdict what;
  const char* error_class;
  std::chrono::milliseconds after{0};
};

std::ostream& operator<<(std::ostream& out, const status_row& x) {
  return out << x.head;
}

const status_row status_rows[] = {
  {"200 OK", verdict::done, ""},
  {"201 Created", verdict::done, ""},
  {"204 No Content", verdict::done, ""},
  {"301 Moved", verdict::fail, "http_redirect"},
  {"302 Found\r\nLocation: http://127.0.0.1:1/", verdict::fail, "http_redirect"},
  {"307 Temporary", verdict::fail, "http_redirect"},
  {"400 Bad", verdict::fail, "http_400"},
  {"401 Who", verdict::retry, "http_401"},
  {"403 No", verdict::retry, "http_403"},
  {"404 Not", verdict::fail, "http_404"},
  {"405 Not", verdict::fail, "http_405"},
  {"408 Slow", verdict::retry, "http_408"},
  {"409 Conflict", verdict::fail, "http_409"},
  {"410 Gone", verdict::fail, "http_410"},
  {"413 Large", verdict::fail, "http_413"},
  {"415 Type", verdict::fail, "http_415"},
  {"418 Teapot", verdict::fail, "http_418"},
  {"422 Odd", verdict::fail, "http_422"},
  {"425 Early", verdict::retry, "http_425"},
  {"429 Many", verdict::snooze, "http_429", 30s},
  {"429 Many\r\nRetry-After: 7", verdict::snooze, "http_429", 7s},
  {"429 Many\r\nRetry-After: 0", verdict::snooze, "http_429", 1s},
  {"429 Many\r\nRetry-After: -5", verdict::snooze, "http_429", 1s},
  {"429 Many\r\nRetry-After: 90000", verdict::snooze, "http_429", 24h},
  {"429 Many\r\nRetry-After: 99999999999999999999", verdict::snooze, "http_429", 24h},
  {"429 Many\r\nRetry-After: soon", verdict::snooze, "http_429", 30s},
  {"500 Oh", verdict::retry, "http_500"},
  {"501 No", verdict::retry, "http_501"},
  {"502 Bad", verdict::retry, "http_502"},
  {"503 Busy", verdict::snooze, "http_503", 30s},
  {"503 Busy\r\nRetry-After: 120", verdict::snooze, "http_503", 120s},
  {"504 Slow", verdict::retry, "http_504"},
  {"599 What", verdict::retry, "http_599"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(http_handler_test)

BOOST_DATA_TEST_CASE(a_status_is_a_verdict, boost::unit_test::data::make(status_rows), row) {
  test::url_server server{[&](auto& to) {
    (void)to.send("HTTP/1.1 " + std::string{row.head} + "\r\nConnection: close\r\n\r\n");
  }};
  real_handlers handlers;

  auto outcome = handlers.run({.url = server.url(), .allow_private = true});

  BOOST_TEST(to_string(outcome.what) == to_string(row.what));
  BOOST_TEST(outcome.error_class == row.error_class);
  BOOST_TEST((outcome.after == row.after));
  BOOST_TEST(outcome.text.empty() == (row.what == verdict::done));
  BOOST_TEST(!outcome.settled);
  BOOST_TEST(server.connections() == 1);
}

BOOST_AUTO_TEST_CASE(the_envelope_says_all_of_the_job_and_its_key_is_that_of_every_attempt) {
  std::string asked;
  test::url_server server{[&](auto& to) {
    asked = to.request;
    (void)to.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
  }};
  real_handlers handlers{{{"NOVA_SECRET_HOOK", "s"}}};

  (void)handlers.run({.url = server.url(), .secret_name = "hook", .allow_private = true});

  BOOST_TEST(
    jobs::envelope_of(message_17())
    == R"({"source":"message","id":17,"type":"invoice.created","transport":"default","queue":"billing",)"
       R"("tenant":"acme \"1\"","attempt":3,"key":"message-17","headers":{"trace":"t"},)"
       R"("body":{"id": 7}})");
  for (auto line : {"\r\nIdempotency-Key: message-17\r\n", "\r\nX-Nova-Attempt: 3\r\n",
                    "\r\nContent-Type: application/json\r\n", "\r\nX-Nova-Signature: t="})
    BOOST_TEST(asked.find(line) != std::string::npos, asked);
}

BOOST_AUTO_TEST_CASE(the_envelope_of_a_queue_has_its_name_and_a_key_without_line_ends) {
  jobs::claimed_job job;
  job.from = jobs::source::queue;
  job.place = job.type = "a b\r\nX: \xc3\xa9%";
  job.id = 5;
  job.body = "";

  BOOST_TEST(jobs::effect_key_of(job) == "queue-a-b%0D%0AX:-%C3%A9%25-5");
  BOOST_TEST(
    jobs::envelope_of(job)
    == R"({"source":"queue","id":5,"type":"a b\r\nX: é%","transport":"","queue":"a b\r\nX: é%","tenant":null,)"
       R"("attempt":1,"key":"queue-a-b%0D%0AX:-%C3%A9%25-5","headers":{},"body":null})");
}

BOOST_AUTO_TEST_CASE(a_row_of_the_table_is_settings) {
  pg::set_handler row;
  row.config = R"({"url":"https://example.com/","secret_name":"hook","allow_private":true})";
  row.timeout = 5s;
  auto made = jobs::http_settings_of(row);
  BOOST_TEST(made.url == "https://example.com/");
  BOOST_TEST(made.secret_name == "hook");
  BOOST_TEST(made.allow_private);
  BOOST_TEST((made.timeout == 5s));

  row.config = R"({"url":7,"allow_private":"true"})";
  BOOST_TEST(jobs::http_settings_of(row).url == "");
  BOOST_TEST(!jobs::http_settings_of(row).allow_private);
  row.config = "[]";
  BOOST_TEST(jobs::http_settings_of(row).url == "");
}

BOOST_AUTO_TEST_CASE(a_server_that_hangs_is_a_timeout_before_the_actor_is_ended) {
  test::url_server server{[](auto& to) { to.hang(); }};
  real_handlers handlers;
  auto begun = std::chrono::steady_clock::now();

  auto outcome = handlers.run({.url = server.url(), .allow_private = true, .timeout = 500ms});

  BOOST_TEST((outcome.what == verdict::retry));
  BOOST_TEST(outcome.error_class == "timeout");
  BOOST_TEST((std::chrono::steady_clock::now() - begun >= 450ms));
  BOOST_TEST((jobs::http_handler({.url = server.url(), .timeout = 500ms}, handlers.caller).timeout
              == 500ms));
}

BOOST_AUTO_TEST_CASE(a_server_that_is_away_is_tried_again) {
  std::string url;
  {
    test::url_server server{[](auto&) {}};
    url = server.url();
  }

  auto outcome = real_handlers{}.run({.url = url, .allow_private = true});

  BOOST_TEST((outcome.what == verdict::retry));
  BOOST_TEST(outcome.error_class == "network");
  BOOST_TEST(!outcome.text.empty());
}

BOOST_AUTO_TEST_CASE(a_private_address_fails_and_says_how_it_is_allowed) {
  test::url_server server{[](auto&) {}};
  real_handlers handlers;

  auto outcome = handlers.run({.url = server.url("/", "localhost")});

  BOOST_TEST((outcome.what == verdict::fail));
  BOOST_TEST(outcome.error_class == "address_refused");
  for (auto part : {"localhost", "loopback", "--allow-private"})
    BOOST_TEST(outcome.text.find(part) != std::string::npos, outcome.text);
  BOOST_TEST(server.connections() == 0);
}

BOOST_AUTO_TEST_CASE(a_secret_that_is_missing_is_tried_again_because_it_may_come) {
  test::url_server server{[](auto&) {}};
  real_handlers handlers;

  auto outcome =
    handlers.run({.url = server.url(), .secret_name = "absent", .allow_private = true});

  BOOST_TEST((outcome.what == verdict::retry));
  BOOST_TEST(outcome.error_class == "secret_missing");
  BOOST_TEST(outcome.text.find("NOVA_SECRET_ABSENT") != std::string::npos, outcome.text);
  BOOST_TEST(server.connections() == 0);
}

BOOST_AUTO_TEST_CASE(an_answer_without_an_end_fails_and_a_long_page_of_an_error_is_its_status) {
  auto answer_with = [](const char* status) {
    return [status](auto& to) {
      std::string much(1 << 16, 'x');
      for (bool open = to.send("HTTP/1.1 " + std::string{status} + "\r\n\r\n"); open;)
        open = to.send(much);
    };
  };
  real_handlers handlers;
  test::url_server done{answer_with("200 OK")}, bad{answer_with("500 Oh")};

  auto large = handlers.run({.url = done.url(), .allow_private = true});
  BOOST_TEST((large.what == verdict::fail));
  BOOST_TEST(large.error_class == "answer_too_large");

  auto page = handlers.run({.url = bad.url(), .allow_private = true});
  BOOST_TEST((page.what == verdict::retry));
  BOOST_TEST(page.error_class == "http_500");
}

BOOST_AUTO_TEST_CASE(the_text_of_a_failure_is_short_and_harmless) {
  jobs::url_called answer;
  answer.status = 500;
  answer.body = "\x1b[31mred\r\n" + std::string(10'000, 'x');

  auto outcome = jobs::verdict_of(answer, some_day);

  BOOST_TEST(outcome.text.size() <= 500u);
  BOOST_TEST(outcome.text.starts_with("HTTP 500:  [31mred  xxx"), outcome.text);
}

BOOST_AUTO_TEST_CASE(retry_after_may_be_a_date) {
  jobs::url_called answer;
  answer.status = 503;
  answer.retry_after = "Wed, 21 Oct 2026 00:01:30 GMT";
  BOOST_TEST((jobs::verdict_of(answer, some_day).after == 90s));
  answer.retry_after = "Wed, 21 Oct 2015 00:01:30 GMT";
  BOOST_TEST((jobs::verdict_of(answer, some_day).after == 1s));
  answer.retry_after = "Wed, 21 Oct 2037 00:01:30 GMT";
  BOOST_TEST((jobs::verdict_of(answer, some_day).after == 24h));
}

BOOST_AUTO_TEST_CASE(a_caller_that_is_busy_costs_no_attempt) {
  jobs::url_called answer;
  answer.failure = jobs::call_failure::busy;
  answer.text = "no place of 64 became free in time";

  auto outcome = jobs::verdict_of(answer, some_day);

  BOOST_TEST((outcome.what == verdict::snooze));
  BOOST_TEST(outcome.error_class == "busy");
  BOOST_TEST((outcome.after == 1s));
}

BOOST_AUTO_TEST_SUITE_END()
