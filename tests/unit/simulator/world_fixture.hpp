#pragma once

#include "simulator/answers.hpp"
#include "simulator/json_read.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>
#include <vector>

namespace nova::simulator {

/// A simulated service without sockets: requests are function calls, events are collected.
struct world_fixture {
  world_fixture() : world_fixture(small()) {}
  explicit world_fixture(options options) : in(std::move(options)) {
    in.on_event([this](event what) { events.push_back(std::move(what)); });
  }

  /// One Google grant with 120 threads, and few surprises in its texts.
  static options small(provider kind = provider::google, uint64_t threads = 120) {
    options out;
    out.api_key = "key";
    out.grants[0].id = "g1";
    out.grants[0].email = "ada@example.com";
    out.grants[0].provider = kind;
    out.grants[0].mailbox.threads = threads;
    out.grants[0].mailbox.body_bytes = 200;
    out.grants[0].mailbox.newest = std::chrono::sys_seconds{std::chrono::seconds{1'700'000'000}};
    out.settings.imap_horizon = std::chrono::seconds{0}; // all of it is older than 90 days
    return out;
  }

  http::response ask(const std::string& target, const std::string& method = "GET",
                     const std::string& body = "",
                     std::vector<std::pair<std::string, std::string>> headers = {}) {
    http::request request;
    request.method = method;
    request.target = target;
    request.body = body;
    request.headers = std::move(headers);
    if (request.header("authorization").empty())
      request.headers.emplace_back("Authorization", "Bearer key");
    return answer(in, request);
  }

  /// The answer's JSON; fails the case when the status is another.
  rapidjson::Document json(const std::string& target, int status = 200,
                           const std::string& method = "GET", const std::string& body = "") {
    auto answered = ask(target, method, body);
    BOOST_TEST_REQUIRE(answered.status == status, target << " answered " << answered.body);
    auto document = read_json(answered.body);
    BOOST_TEST_REQUIRE(document.has_value(), answered.body.substr(0, 300));
    return std::move(*document);
  }

  /// The ids of all pages of a list, from that cursor on.
  std::vector<std::string> all_ids(const std::string& target, std::string cursor = "") {
    std::vector<std::string> out;
    do {
      auto page = json(target + (cursor.empty() ? "" : "&page_token=" + cursor));
      for (const auto& item : page["data"].GetArray())
        out.emplace_back(item["id"].GetString());
      cursor = page.HasMember("next_cursor") ? page["next_cursor"].GetString() : "";
      BOOST_TEST_REQUIRE(out.size() < 100'000u);
    } while (!cursor.empty());
    return out;
  }

  static std::string encode(const std::string& id) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (char c : id) {
      const auto byte = static_cast<unsigned char>(c);
      ((out += '%') += digits[byte >> 4]) += digits[byte & 15];
    }
    return out;
  }

  grant_state& grant() {
    return *in.grants().front();
  }

  world in;
  std::vector<event> events;
};

} // namespace nova::simulator
