#pragma once

#include "http/http_server.hpp"
#include "tests/support/raw_client.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace nova::test {

inline http::response text(std::string body) {
  http::response response;
  response.body = std::move(body);
  response.content_type = "text/plain";
  return response;
}

/// Keeps replies for the test to give.
struct kept_replies {
  void add(http::server::reply reply) {
    std::lock_guard guard{mutex};
    replies.push_back(std::move(reply));
    changed.notify_all();
  }

  http::server::reply take() {
    std::unique_lock lock{mutex};
    if (!changed.wait_for(lock, std::chrono::seconds{10}, [this] { return !replies.empty(); }))
      throw std::runtime_error("no request came");
    auto reply = std::move(replies.back());
    replies.pop_back();
    return reply;
  }

  std::mutex mutex;
  std::condition_variable changed;
  std::vector<http::server::reply> replies;
};

/// A server whose answer is chosen by the path.
struct http_server_fixture {
  void start(http::server_limits limits = {}) {
    server = std::make_unique<http::server>(
      limits,
      [this](const http::request& request, http::server::reply reply) {
        handle(request, std::move(reply));
      },
      [this](int status) { refused = status; });
    port = server->listen("127.0.0.1", 0);
  }

  /// True once nobody can connect any more, within ten seconds.
  bool is_closed_at_last() const {
    auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    try {
      while (std::chrono::steady_clock::now() < deadline)
        raw_client{port}.get("/");
      return false;
    } catch (const std::runtime_error&) {
      return true;
    }
  }

  void handle(const http::request& request, http::server::reply reply) {
    ++requests;
    auto path = request.path();
    if (path == "/throw")
      throw std::runtime_error("on purpose");
    if (path == "/drop")
      return;
    if (path == "/keep")
      return kept.add(std::move(reply));
    auto response = text(request.method + ' ' + request.target + ' ' + request.body);
    response.close = path == "/goodbye";
    if (path == "/delay")
      response.delay = std::chrono::milliseconds{60};
    if (path == "/cut") {
      response = text(std::string(100'000, 'x'));
      response.cut_after = std::stoul(request.target.substr(5));
    }
    if (path == "/big")
      response = text(std::string(32 << 20, 'b'));
    if (path == "/echo-field")
      response.headers.emplace_back("X-Echo", "a\r\nX-Forged: 1");
    reply(std::move(response));
  }

  std::atomic<int> requests{0};
  std::atomic<int> refused{0};
  kept_replies kept;
  std::unique_ptr<http::server> server;
  uint16_t port = 0;
};

} // namespace nova::test
