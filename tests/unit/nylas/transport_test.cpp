#include "nylas/transport.hpp"

#include "base/ensure.hpp"
#include "http/gzip.hpp"
#include "http/http_server.hpp"

#include <boost/test/unit_test.hpp>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

using namespace nova;
using namespace std::chrono_literals;

namespace {

constexpr auto key = "secret-key-4711";

/// What the server has seen; written on its threads.
struct seen {
  std::mutex mutex;
  std::vector<http::request> requests;
  std::vector<http::server::reply> held; // never answered

  size_t count() {
    std::lock_guard guard{mutex};
    return requests.size();
  }

  std::string header(size_t of_request, std::string_view name) {
    std::lock_guard guard{mutex};
    return std::string{requests.at(of_request).header(name)};
  }

  size_t connections() {
    std::lock_guard guard{mutex};
    std::set<std::string> peers;
    for (const auto& request : requests)
      peers.insert(request.peer);
    return peers.size();
  }
};

http::response json(std::string body) {
  http::response response;
  response.body = std::move(body);
  return response;
}

/// An API whose paths each do one thing.
struct fixture {
  fixture()
    : server({}, [this](http::request request, http::server::reply reply) {
        handle(std::move(request), std::move(reply));
      }) {
    settings.uri = "http://127.0.0.1:" + std::to_string(server.listen("127.0.0.1", 0)) + "/";
    settings.key = key;
  }

  ~fixture() {
    server.stop(0ms);
  }

  void handle(http::request request, http::server::reply reply) {
    auto target = request.target;
    std::lock_guard guard{traffic.mutex};
    traffic.requests.push_back(std::move(request));
    auto response = json(R"({"data":")" + target + "\"}");
    if (target == "/never")
      return traffic.held.push_back(std::move(reply));
    if (target == "/headers")
      response.headers = {{"X-Request-Id", "r-1"},
                          {"retry-after", "7"},
                          {"Nylas-Gmail-Quota-Usage", "105"},
                          {"nylas-provider-request-count", "21"}};
    if (target == "/odd-headers")
      response.headers = {{"Nylas-Gmail-Quota-Usage", "many"},
                          {"nylas-provider-request-count", "-1"}};
    if (target == "/redirect") {
      response.status = 302;
      response.headers = {{"Location", "/elsewhere"}};
    }
    if (target == "/cut")
      response.cut_after = 5;
    if (target == "/large")
      response.body = std::string(100'000, 'x');
    if (target == "/gzip" || target == "/bomb") {
      response.body = http::gzip(std::string(target == "/gzip" ? 1000 : 10'000'000, 'x'));
      response.headers = {{"Content-Encoding", "gzip"}};
    }
    reply(std::move(response));
  }

  nylas::transport& transport() {
    if (!transport_)
      transport_ = std::make_unique<nylas::transport>(settings, limits);
    return *transport_;
  }

  void run_until(const std::function<bool()>& reached) {
    auto deadline = std::chrono::steady_clock::now() + 20s;
    while (!reached()) {
      if (std::chrono::steady_clock::now() > deadline)
        throw std::runtime_error("the calls did not end in time");
      transport().run_once(50ms);
    }
  }

  nylas::api_response get(const nylas::api_request& request) {
    std::optional<nylas::api_response> answer;
    transport().start(request, [&](nylas::api_response response) { answer = std::move(response); });
    run_until([&] { return answer.has_value(); });
    BOOST_TEST(answer->failure.find(key) == std::string::npos);
    return std::move(*answer);
  }

  nylas::api_response get(const std::string& target) {
    return get(request_of(target));
  }

  static nylas::api_request request_of(std::string target) {
    nylas::api_request request;
    request.target = std::move(target);
    return request;
  }

  nylas::api_settings settings;
  nylas::transport_limits limits;
  seen traffic;
  http::server server;
  std::unique_ptr<nylas::transport> transport_;
};

/// A listening socket that a test speaks HTTP over by hand.
class raw_server {
public:
  raw_server() : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    if (::bind(listener_, generic, size) != 0 || ::getsockname(listener_, generic, &size) != 0)
      throw std::runtime_error("no port for the test");
    port_ = ntohs(address.sin_port);
  }

  ~raw_server() {
    for (auto peer : peers_)
      ::close(peer);
    ::close(listener_);
  }

  raw_server(const raw_server&) = delete;
  raw_server& operator=(const raw_server&) = delete;

  void listen() {
    if (::listen(listener_, 8) != 0)
      throw std::runtime_error("cannot listen");
  }

  /// Waits for a connection and its first bytes.
  int accept() {
    auto peer = peers_.emplace_back(::accept(listener_, nullptr, nullptr));
    std::array<char, 4096> request{};
    (void)!::read(peer, request.data(), request.size());
    return peer;
  }

  static void send(int peer, std::string_view text) {
    (void)!::write(peer, text.data(), text.size());
  }

  void answer(std::string_view text) {
    send(accept(), text);
  }

  [[nodiscard]] uint16_t port() const {
    return port_;
  }

private:
  int listener_ = -1;
  std::vector<int> peers_; // open until the end
  uint16_t port_ = 0;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(transport_test, fixture)

BOOST_AUTO_TEST_CASE(a_call_carries_the_key_and_names_us) {
  auto response = get("/v3/grants/g");

  BOOST_TEST(response.status == 200);
  BOOST_TEST(response.body == R"({"data":"/v3/grants/g"})");
  BOOST_TEST(response.failure == "");
  BOOST_REQUIRE(traffic.count() == 1u);
  BOOST_TEST(traffic.header(0, "authorization") == "Bearer secret-key-4711");
  BOOST_TEST(traffic.header(0, "user-agent").starts_with("nova/"));
  BOOST_TEST(traffic.header(0, "accept-encoding") == "gzip");
}

BOOST_AUTO_TEST_CASE(dots_in_a_path_stay) {
  BOOST_TEST(get("/v3/grants/../x").body == R"({"data":"/v3/grants/../x"})");
}

BOOST_AUTO_TEST_CASE(further_headers_go_with_one_call_only) {
  auto request = request_of("/a");
  request.headers = {"X-Sim-Fault: 429"};
  get(request);
  get("/b");

  BOOST_TEST(traffic.header(0, "x-sim-fault") == "429");
  BOOST_TEST(traffic.header(0, "authorization") == "Bearer secret-key-4711");
  BOOST_TEST(traffic.header(1, "x-sim-fault") == "");
}

BOOST_AUTO_TEST_CASE(headers_of_the_answer_are_read_whatever_their_case) {
  auto response = get("/headers");
  BOOST_TEST(response.request_id == "r-1");
  BOOST_TEST(response.retry_after == "7");
  BOOST_TEST(response.gmail_quota_usage.value() == 105);
  BOOST_TEST(response.provider_requests.value() == 21);
}

BOOST_AUTO_TEST_CASE(headers_that_are_no_numbers_are_absent_and_nothing_stays_from_the_last_call) {
  get("/headers");
  auto response = get("/odd-headers");
  BOOST_TEST(!response.gmail_quota_usage.has_value());
  BOOST_TEST(!response.provider_requests.has_value());
  BOOST_TEST(response.request_id.empty());
  BOOST_TEST(response.retry_after.empty());
}

BOOST_AUTO_TEST_CASE(connections_are_kept) {
  for (int i = 0; i < 50; ++i)
    BOOST_TEST(get("/x").status == 200);
  BOOST_TEST(traffic.count() == 50u);
  BOOST_TEST(traffic.connections() == 1u);
}

BOOST_AUTO_TEST_CASE(a_thousand_calls_at_once_share_few_connections) {
  limits.connections_per_host = 16;
  int good = 0;
  for (int i = 0; i < 1000; ++i) {
    auto target = "/x" + std::to_string(i);
    transport().start(request_of(target), [&good, target](const nylas::api_response& response) {
      good +=
        response.status == 200 && response.body.find("\"" + target + "\"") != std::string::npos;
    });
  }
  BOOST_TEST(transport().in_flight() == 1000u);
  run_until([&] { return transport().in_flight() == 0; });
  BOOST_TEST(good == 1000);
  BOOST_TEST(traffic.connections() <= 16u);
}

BOOST_AUTO_TEST_CASE(a_callback_may_start_the_next_call) {
  int answered = 0;
  std::function<void(nylas::api_response)> again = [&](const nylas::api_response&) {
    if (++answered < 20)
      transport().start(request_of("/x"), again);
  };
  transport().start(request_of("/x"), again);
  run_until([&] { return answered == 20; });
  BOOST_TEST(transport().in_flight() == 0u);
}

BOOST_AUTO_TEST_CASE(a_callback_that_throws_costs_no_other_answer) {
  int answered = 0;
  transport().start(request_of("/x"),
                    [](const nylas::api_response&) { throw std::logic_error("own fault"); });
  transport().start(request_of("/y"), [&](const nylas::api_response&) { ++answered; });

  BOOST_CHECK_THROW(run_until([] { return false; }), std::logic_error);
  run_until([&] { return answered == 1; });
  BOOST_TEST(transport().in_flight() == 0u);
}

BOOST_AUTO_TEST_CASE(a_call_ends_at_its_time_out) {
  auto request = request_of("/never");
  request.timeout = 100ms;
  auto response = get(request);
  BOOST_TEST(response.status == 0);
  BOOST_TEST(response.failure.starts_with("timed out"));
}

BOOST_AUTO_TEST_CASE(waiting_for_a_connection_counts_towards_the_time_out) {
  limits.connections_per_host = 1;
  transport().start(request_of("/never"), [](const nylas::api_response&) {});
  auto request = request_of("/x");
  request.timeout = 100ms;
  BOOST_TEST(get(request).failure == "timed out while it waited for a connection");
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_cut_off_is_no_answer) {
  auto response = get("/cut");
  BOOST_TEST(response.status == 0);
  BOOST_TEST(!response.failure.empty());
  BOOST_TEST(response.body.empty());
}

BOOST_AUTO_TEST_CASE(an_answer_that_stalls_half_way_is_given_up) {
  raw_server stalling;
  stalling.listen();
  settings.uri = "http://127.0.0.1:" + std::to_string(stalling.port());
  limits.stall_max = 100ms;
  std::thread answering{
    [&] { stalling.answer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"data\":"); }};
  auto response = get("/x");
  answering.join();
  BOOST_TEST(response.failure == "the answer stalled");
  BOOST_TEST(response.status == 0);
}

BOOST_AUTO_TEST_CASE(a_port_where_nobody_listens_is_a_failure) {
  raw_server nobody; // holds the port, so that no other test gets it
  settings.uri = "http://127.0.0.1:" + std::to_string(nobody.port());
  auto response = get("/x");
  BOOST_TEST(response.status == 0);
  BOOST_TEST(response.failure.find("onnect") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_http_are_a_failure) {
  raw_server babbling;
  babbling.listen();
  settings.uri = "http://127.0.0.1:" + std::to_string(babbling.port());
  std::thread answering{[&] { babbling.answer("SSH-2.0-x\r\n\r\n"); }};
  auto response = get("/x");
  answering.join();
  BOOST_TEST(response.status == 0);
  BOOST_TEST(!response.failure.empty());
}

BOOST_AUTO_TEST_CASE(an_answer_above_its_bound_is_too_large) {
  auto request = request_of("/large");
  request.body_max = 99'999;
  auto cut = get(request);
  request.body_max = 100'000;
  auto whole = get(request);

  BOOST_TEST(cut.too_large);
  BOOST_TEST(cut.status == 0);
  BOOST_TEST(cut.body.empty());
  BOOST_TEST(whole.body.size() == 100'000u);
  BOOST_TEST(!whole.too_large);
}

BOOST_AUTO_TEST_CASE(a_packed_answer_is_unpacked_and_bound_as_unpacked) {
  BOOST_TEST((get("/gzip").body == std::string(1000, 'x')));

  auto request = request_of("/bomb");
  request.body_max = 1'000'000;
  BOOST_TEST(get(request).too_large);
}

BOOST_AUTO_TEST_CASE(packed_answers_are_not_asked_for_where_that_is_switched_off) {
  limits.compressed = false;
  get("/x");
  BOOST_TEST(traffic.header(0, "accept-encoding") == "");
}

BOOST_AUTO_TEST_CASE(answers_in_hand_are_bounded_in_bytes_and_all_come) {
  // Each has 100,000 bytes; room is for three.
  limits.answer_bytes_max = 320'000;
  limits.connections_per_host = 16;
  size_t most = 0, answered = 0;
  std::vector<nylas::api_response> held;
  auto worked_on = [&] {
    // Who was given an answer is done with the oldest one.
    most = std::max(most, held.size());
    if (!held.empty())
      held.erase(held.begin());
  };
  for (int i = 0; i < 40; ++i)
    transport().start(request_of("/large"), [&](nylas::api_response response) {
      BOOST_TEST(response.status == 200, response.failure);
      BOOST_TEST(response.body.size() == 100'000u);
      ++answered;
      held.push_back(std::move(response));
    });
  auto deadline = std::chrono::steady_clock::now() + 20s;
  while (answered < 40 && std::chrono::steady_clock::now() < deadline) {
    transport().run_once(20ms);
    worked_on();
  }
  BOOST_TEST(answered == 40u);
  BOOST_TEST(most <= 4u); // those three, and one that nothing but itself could make room for
}

BOOST_AUTO_TEST_CASE(one_answer_at_a_time_exceeds_the_budget) {
  raw_server server;
  server.listen();
  settings.uri = "http://127.0.0.1:" + std::to_string(server.port());
  limits.answer_bytes_max = 10;
  limits.stall_max = 300ms;
  std::vector<std::string> ended;
  auto start = [&](const std::string& path) {
    transport().start(request_of(path), [&ended, path](const nylas::api_response& response) {
      ended.push_back(path + (response.failure.empty() ? " came" : " failed"));
    });
  };
  start("/half");
  start("/whole");
  transport().run_once(0ms);
  auto half = server.accept(), whole = server.accept();
  auto forty = std::string(40, 'x');
  server.send(half, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + forty);
  for (int i = 0; i < 3; ++i)
    transport().run_once(10ms); // takes its bytes, which nothing else could make room for
  server.send(whole, "HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n" + forty);
  run_until([&] { return ended.size() == 2; });

  BOOST_TEST(ended == (std::vector<std::string>{"/half failed", "/whole came"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_answer_larger_than_the_budget_comes_alone) {
  limits.answer_bytes_max = 10'000;
  BOOST_TEST(get("/large").body.size() == 100'000u);
  BOOST_TEST(get("/gzip").body.size() == 1000u);
}

BOOST_AUTO_TEST_CASE(a_share_that_outlives_the_transport_does_no_harm) {
  auto answer = get("/large");
  transport_.reset();
  answer.share.reset();
  BOOST_TEST(answer.body.size() == 100'000u);
}

BOOST_AUTO_TEST_CASE(redirects_are_not_followed) {
  BOOST_TEST(get("/redirect").status == 302);
  BOOST_TEST(traffic.count() == 1u);
}

BOOST_AUTO_TEST_CASE(other_protocols_are_refused) {
  settings.uri = "file:///etc/hostname?";
  auto response = get("");
  BOOST_TEST(response.status == 0);
  BOOST_TEST(response.body.empty());
  BOOST_TEST(!response.failure.empty());
}

BOOST_AUTO_TEST_CASE(beyond_the_bound_a_call_fails_at_once) {
  limits.in_flight_max = 2;
  std::vector<std::string> failures;
  for (int i = 0; i < 3; ++i)
    transport().start(request_of("/x"), [&](const nylas::api_response& response) {
      failures.push_back(response.failure);
    });
  run_until([&] { return failures.size() == 3; });
  BOOST_TEST(std::count(failures.begin(), failures.end(), "more than 2 calls in flight") == 1);
  BOOST_TEST(std::count(failures.begin(), failures.end(), "") == 2);
}

BOOST_AUTO_TEST_CASE(cancelled_calls_are_answered_and_the_next_ones_work) {
  limits.connections_per_host = 4;
  int cancelled = 0;
  for (int i = 0; i < 10; ++i)
    transport().start(request_of("/never"), [&](const nylas::api_response& response) {
      cancelled += response.status == 0 && response.failure == "cancelled";
    });
  transport().run_once(10ms);
  transport().cancel_all();
  BOOST_TEST(cancelled == 10);
  BOOST_TEST(transport().in_flight() == 0u);
  BOOST_TEST(get("/x").status == 200);
}

BOOST_AUTO_TEST_CASE(calls_that_run_at_the_end_are_dropped) {
  bool answered = false;
  transport().start(request_of("/never"), [&](const nylas::api_response&) { answered = true; });
  transport().run_once(10ms);
  transport_.reset();
  BOOST_TEST(!answered);
}

BOOST_AUTO_TEST_CASE(another_thread_ends_the_wait) {
  transport();
  auto started = std::chrono::steady_clock::now();
  std::thread waker{[&] { transport_->wake(); }};
  transport().run_once(30s);
  waker.join();
  BOOST_TEST((std::chrono::steady_clock::now() - started < 10s));
}

BOOST_AUTO_TEST_CASE(a_key_that_would_forge_a_header_is_refused) {
  settings.key = "key\r\nHost: elsewhere";
  BOOST_CHECK_THROW(transport(), base::broken_promise);
}

BOOST_AUTO_TEST_SUITE_END()
