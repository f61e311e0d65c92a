#include "tests/unit/http/http_server_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <future>
#include <mutex>
#include <stdexcept>
#include <system_error>
#include <thread>

using namespace nova;
using namespace std::chrono_literals;
using test::raw_answer;
using test::raw_client;
using test::text;

BOOST_FIXTURE_TEST_SUITE(http_server_test, test::http_server_fixture)

BOOST_AUTO_TEST_CASE(one_connection_carries_many_requests) {
  start();
  raw_client client{port};
  BOOST_TEST(client.get("/a?b=%20").body == "GET /a?b=%20 ");
  auto second = client.post("/c", "body");
  BOOST_TEST(second.body == "POST /c body");
  BOOST_TEST(second.field("Connection") == "keep-alive");
  BOOST_TEST(second.field("Content-Length") == "12");
  BOOST_TEST(second.field("Date").ends_with("GMT"));
}

BOOST_AUTO_TEST_CASE(pipelined_requests_are_answered_in_order) {
  start();
  raw_client client{port};
  std::string three;
  for (auto target : {"/1", "/2", "/3"})
    three += "POST " + std::string{target} + " HTTP/1.1\r\nContent-Length: 2\r\n\r\nab";
  client.send(three);
  BOOST_TEST(client.read().body == "POST /1 ab");
  BOOST_TEST(client.read().body == "POST /2 ab");
  BOOST_TEST(client.read().body == "POST /3 ab");
}

BOOST_AUTO_TEST_CASE(a_request_may_come_byte_by_byte) {
  start();
  raw_client client{port};
  for (char c :
       std::string{"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"})
    client.send({&c, 1});
  BOOST_TEST(client.read().body == "POST /x abc");
}

BOOST_AUTO_TEST_CASE(head_has_the_length_but_no_body) {
  start();
  raw_client client{port};
  client.send("HEAD /abc HTTP/1.1\r\n\r\n");
  auto answer = client.read(true);
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.field("Content-Length") == "10");
  BOOST_TEST(client.get("/next").body == "GET /next ");
}

BOOST_AUTO_TEST_CASE(the_connection_ends_when_the_client_asks_for_it) {
  start();
  raw_client client{port};
  client.send("GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
  BOOST_TEST(client.read().field("Connection") == "close");
  BOOST_TEST(client.ended());
  raw_client old{port};
  old.send("GET / HTTP/1.0\r\n\r\n");
  BOOST_TEST(old.read().status == 200);
  BOOST_TEST(old.ended());
}

BOOST_AUTO_TEST_CASE(a_client_that_waits_before_its_body_is_told_to_go_on) {
  start();
  raw_client client{port};
  client.send("POST /x HTTP/1.1\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  BOOST_TEST(client.read().status == 100);
  client.send("body");
  BOOST_TEST(client.read().body == "POST /x body");
}

BOOST_AUTO_TEST_CASE(a_body_beyond_the_limit_is_refused_before_it_is_read) {
  start({.body_max = 1000});
  raw_client client{port};
  client.send("POST / HTTP/1.1\r\nContent-Length: 1001\r\n\r\n");
  BOOST_TEST(client.read().status == 413);
  BOOST_TEST(client.ended());
  BOOST_TEST(refused == 413);
  raw_client exact{port};
  BOOST_TEST(exact.post("/", std::string(1000, 'a')).status == 200);
  BOOST_TEST(requests == 1);
}

BOOST_AUTO_TEST_CASE(a_client_in_the_midst_of_a_large_body_sees_why_it_is_refused) {
  start({.body_max = 1000});
  raw_client client{port};
  client.send("POST / HTTP/1.1\r\nContent-Length: 3000000\r\n\r\n" + std::string(3'000'000, 'a'));
  BOOST_TEST(client.read().status == 413);
}

BOOST_AUTO_TEST_CASE(chunks_beyond_the_limit_are_refused) {
  start({.body_max = 1000});
  raw_client client{port};
  client.send("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 3; ++i)
    client.send("190\r\n" + std::string(400, 'a') + "\r\n");
  BOOST_TEST(client.read().status == 413);
}

BOOST_AUTO_TEST_CASE(all_bodies_together_have_a_limit) {
  start({.bodies_max = 1000});
  std::string most = "POST / HTTP/1.1\r\nContent-Length: 700\r\n\r\n" + std::string(600, 'a');
  raw_client first{port};
  raw_client second{port};
  first.send(most);
  second.send(most);
  for (auto deadline = std::chrono::steady_clock::now() + 10s;
       refused == 0 && std::chrono::steady_clock::now() < deadline;)
    std::this_thread::yield();
  first.send(std::string(100, 'a'));
  second.send(std::string(100, 'a'));
  // One of the two was too much; then there was room for the other.
  BOOST_TEST(first.read().status + second.read().status == 503 + 200);
}

BOOST_AUTO_TEST_CASE(a_header_beyond_the_limit_is_refused) {
  start({.header_max = 2000});
  raw_client client{port};
  client.send("GET / HTTP/1.1\r\nX-Long: " + std::string(3000, 'a'));
  BOOST_TEST(client.read().status == 431);
  BOOST_TEST(client.ended());
}

BOOST_AUTO_TEST_CASE(what_is_not_http_is_refused) {
  start();
  raw_client client{port};
  client.send("\x16\x03\x01 hello\r\n\r\n");
  BOOST_TEST(client.read().status == 400);
  BOOST_TEST(client.ended());
}

BOOST_AUTO_TEST_CASE(a_slow_client_is_told_so_and_left) {
  start({.read_timeout = 40ms});
  raw_client client{port};
  client.send("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc");
  BOOST_TEST(client.read().status == 408);
  BOOST_TEST(client.ended());
}

BOOST_AUTO_TEST_CASE(a_client_that_sends_a_byte_now_and_then_is_no_better) {
  start({.read_timeout = 60ms});
  raw_client client{port};
  std::atomic<bool> refused{false};
  std::jthread drip([&] {
    while (!refused && client.send("G"))
      std::this_thread::yield();
  });
  auto answer = client.read();
  refused = true;
  BOOST_TEST((answer.status == 408 || answer.status == 431));
}

BOOST_AUTO_TEST_CASE(an_idle_connection_is_closed_without_a_word) {
  start({.idle_timeout = 40ms});
  raw_client client{port};
  BOOST_TEST(client.get("/").status == 200);
  BOOST_TEST(client.ended());
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_read_is_left) {
  start({.write_timeout = 40ms});
  raw_client client{port};
  client.send("GET /big HTTP/1.1\r\n\r\n");
  server->stop(
    10s); // returns once the connection is gone: within the grace, because of the timeout
  auto answer = client.read();
  BOOST_TEST(answer.cut);
}

BOOST_AUTO_TEST_CASE(a_client_too_many_gets_503_and_the_others_go_on) {
  start({.connections_max = 2});
  raw_client first{port};
  raw_client second{port};
  BOOST_TEST(first.get("/").status == 200);
  BOOST_TEST(second.get("/").status == 200);
  raw_client third{port};
  auto answer = third.get("/");
  BOOST_TEST(answer.status == 503);
  BOOST_TEST(!answer.field("Retry-After").empty());
  BOOST_TEST(third.ended());
  BOOST_TEST(first.get("/").status == 200);
}

BOOST_AUTO_TEST_CASE(a_place_is_free_again_when_its_client_has_left) {
  start({.connections_max = 1});
  BOOST_TEST(raw_client{port}.get("/").status == 200);
  int status = 503;
  for (auto deadline = std::chrono::steady_clock::now() + 10s;
       status == 503 && std::chrono::steady_clock::now() < deadline;)
    status = raw_client{port}.get("/").status;
  BOOST_TEST(status == 200);
}

BOOST_AUTO_TEST_CASE(who_sends_nothing_gives_his_place_to_who_asks) {
  start({.connections_max = 3});
  std::vector<std::unique_ptr<raw_client>> silent;
  for (int i = 0; i < 3; ++i)
    silent.push_back(std::make_unique<raw_client>(port));
  BOOST_TEST(raw_client{port}.get("/").status == 200);
  raw_client half{port};
  half.send("GET / HTTP/1.1\r\nHost:");
  for (int i = 0; i < 20; ++i)
    BOOST_TEST(raw_client{port}.get("/").status == 200);
  BOOST_TEST(silent.front()->ended());
}

BOOST_AUTO_TEST_CASE(who_is_being_served_keeps_his_place) {
  start({.connections_max = 1});
  raw_client served{port};
  served.send("GET /keep HTTP/1.1\r\nHost: nova\r\n\r\n");
  auto reply = kept.take();
  BOOST_TEST(raw_client{port}.get("/").status == 503);
  reply(text("late"));
  BOOST_TEST(served.read().body == "late");
}

BOOST_AUTO_TEST_CASE(health_is_answered_although_all_places_are_taken) {
  start({.connections_max = 1, .reserved_paths = {"/healthz"}});
  raw_client served{port};
  served.send("GET /keep HTTP/1.1\r\nHost: nova\r\n\r\n");
  auto reply = kept.take();
  BOOST_TEST(raw_client{port}.get("/healthz").status == 200);
  BOOST_TEST(raw_client{port}.get("/").status == 503);
  raw_client silent{port};
  BOOST_TEST(silent.read().status == 503);
  reply(text(""));
}

BOOST_AUTO_TEST_CASE(one_host_has_no_more_places_than_its_share) {
  start({.connections_max = 8, .connections_per_host = 2});
  raw_client first{port};
  raw_client second{port};
  first.send("GET /keep HTTP/1.1\r\nHost: nova\r\n\r\n");
  second.send("GET /keep HTTP/1.1\r\nHost: nova\r\n\r\n");
  auto one = kept.take();
  auto other = kept.take();
  BOOST_TEST(raw_client{port}.get("/").status == 503);
  one(text(""));
  other(text(""));
}

BOOST_AUTO_TEST_CASE(a_connection_without_a_first_byte_is_closed_before_an_idle_one) {
  start({.first_byte_timeout = 50ms, .idle_timeout = 60'000ms});
  raw_client kept_alive{port};
  BOOST_TEST(kept_alive.get("/").status == 200);
  raw_client silent{port};
  BOOST_TEST(silent.ended());
  BOOST_TEST(kept_alive.get("/").status == 200);
}

BOOST_AUTO_TEST_CASE(an_answer_that_closes_is_the_last) {
  start();
  raw_client client{port};
  BOOST_TEST(client.get("/goodbye").field("Connection") == "close");
  BOOST_TEST(client.ended());
}

BOOST_AUTO_TEST_CASE(two_hundred_clients_at_once_get_their_own_answers) {
  start({.threads = 2});
  std::vector<std::future<bool>> clients;
  clients.reserve(200);
  for (int i = 0; i < 200; ++i)
    clients.push_back(std::async(std::launch::async, [this, i] {
      raw_client client{port};
      for (int round = 0; round < 20; ++round) {
        auto target = '/' + std::to_string(i) + '-' + std::to_string(round);
        if (client.get(target).body != "GET " + target + ' ')
          return false;
      }
      return true;
    }));
  for (auto& each : clients)
    BOOST_TEST(each.get());
  BOOST_TEST(requests == 4000);
}

BOOST_AUTO_TEST_CASE(a_reply_may_come_from_another_thread) {
  start();
  raw_client client{port};
  client.send("GET /keep HTTP/1.1\r\n\r\n");
  auto reply = kept.take();
  std::jthread([&] { reply(text("late")); }).join();
  BOOST_TEST(client.read().body == "late");
}

BOOST_AUTO_TEST_CASE(only_the_first_reply_counts) {
  start();
  raw_client client{port};
  client.send("GET /keep HTTP/1.1\r\n\r\n");
  auto reply = kept.take();
  reply(text("one"));
  reply(text("two"));
  BOOST_TEST(client.read().body == "one");
  BOOST_TEST(client.get("/next").body == "GET /next ");
}

BOOST_AUTO_TEST_CASE(a_dropped_reply_becomes_500) {
  start();
  raw_client client{port};
  BOOST_TEST(client.get("/drop").status == 500);
  BOOST_TEST(client.get("/next").status == 200);
}

BOOST_AUTO_TEST_CASE(a_handler_that_throws_costs_one_request) {
  start();
  raw_client client{port};
  auto answer = client.get("/throw");
  BOOST_TEST(answer.status == 500);
  BOOST_TEST(answer.body.find("on purpose") == std::string::npos);
  BOOST_TEST(client.get("/next").status == 200);
}

BOOST_AUTO_TEST_CASE(a_reply_after_the_end_of_the_server_is_dropped) {
  start();
  raw_client client{port};
  client.send("GET /keep HTTP/1.1\r\n\r\n");
  auto reply = kept.take();
  server->stop(0ms);
  server.reset();
  reply(text("nobody hears this"));
  BOOST_TEST(client.ended());
}

BOOST_AUTO_TEST_CASE(an_echoed_line_break_forges_no_field) {
  start();
  raw_client client{port};
  BOOST_TEST(client.get("/echo-field").field("X-Forged").empty());
}

BOOST_AUTO_TEST_CASE(a_delayed_answer_comes_no_sooner) {
  start();
  raw_client client{port};
  auto before = std::chrono::steady_clock::now();
  BOOST_TEST(client.get("/delay").status == 200);
  BOOST_TEST((std::chrono::steady_clock::now() - before >= 60ms));
}

BOOST_AUTO_TEST_CASE(cut_after_nothing_resets_without_an_answer) {
  start();
  raw_client client{port};
  auto answer = client.get("/cut?0");
  BOOST_TEST(answer.status == 0);
  BOOST_TEST(answer.reset);
}

BOOST_AUTO_TEST_CASE(cut_after_some_bytes_sends_exactly_those_then_resets) {
  start();
  for (size_t bytes : {1u, 700u, 99'999u}) {
    raw_client client{port};
    auto answer = client.get("/cut?" + std::to_string(bytes));
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.field("Content-Length") == "100000");
    BOOST_TEST(answer.body.size() == bytes);
    BOOST_TEST(answer.cut);
    BOOST_TEST(answer.reset);
  }
}

BOOST_AUTO_TEST_CASE(stop_lets_a_running_request_end) {
  start();
  raw_client client{port};
  client.send("GET /keep HTTP/1.1\r\n\r\n");
  auto reply = kept.take();
  auto stopped = std::async(std::launch::async, [this] { server->stop(10s); });
  BOOST_TEST(is_closed_at_last());
  reply(text("done"));
  auto answer = client.read();
  BOOST_TEST(answer.body == "done");
  BOOST_TEST(answer.field("Connection") == "close");
  stopped.get();
}

BOOST_AUTO_TEST_CASE(stop_closes_what_is_not_done_within_the_grace) {
  start();
  raw_client idle{port};
  BOOST_TEST(idle.get("/").status == 200);
  raw_client waiting{port};
  waiting.send("GET /keep HTTP/1.1\r\n\r\n");
  auto reply = kept.take();
  server->stop(20ms);
  server->stop(20ms);
  BOOST_TEST(waiting.ended());
  BOOST_TEST(idle.ended());
}

BOOST_AUTO_TEST_CASE(a_restarted_server_gets_its_port) {
  start();
  auto former = port;
  raw_client client{port};
  BOOST_TEST(client.get("/").status == 200);
  server->stop(0ms);
  http::server next{{}, [](const http::request&, const http::server::reply& reply) { reply({}); }};
  BOOST_TEST(next.listen("127.0.0.1", former) == former);
}

BOOST_AUTO_TEST_CASE(a_port_in_use_is_an_error_that_names_the_address) {
  start();
  http::server second{{}, [](const http::request&, const http::server::reply&) {}};
  auto address = "127.0.0.1:" + std::to_string(port);
  auto names_it = [&](const std::system_error& e) {
    return std::string{e.what()}.find(address) != std::string::npos;
  };
  BOOST_CHECK_EXCEPTION(second.listen("127.0.0.1", port), std::system_error, names_it);
  BOOST_CHECK_THROW(second.listen("no such host", 0), std::system_error);
}

BOOST_AUTO_TEST_CASE(a_unix_socket_is_private_and_removed_at_the_end) {
  auto folder = std::filesystem::temp_directory_path() / ("nova-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  auto path = (folder / "http").string();
  start();
  server->listen_unix(path);
  BOOST_TEST(raw_client{path}.get("/u").body == "GET /u ");
  BOOST_TEST((std::filesystem::status(path).permissions() == std::filesystem::perms{0600}));
  BOOST_CHECK_THROW(server->listen_unix(path), std::system_error);
  server->stop(0ms);
  BOOST_TEST(!std::filesystem::exists(path));
  std::filesystem::remove_all(folder);
}

BOOST_AUTO_TEST_SUITE_END()
