#pragma once

#include "shell/backend.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace nova::shell {

struct client_settings {
  /// A path of a Unix socket, or `https://HOST:PORT`.
  std::string address;
  std::string role = "view"; // asked for; the other side decides
  std::string token;         // for https
  std::string authority;     // PEM file that signed the other side; empty: the system's
  std::chrono::milliseconds patience{10'000}; // for an answer
  /// Addresses of other nodes, for `move_on`; null: none.
  std::function<std::vector<std::string>()> others = nullptr;
};

/// Whether a node answers there, within half a second.
[[nodiscard]] bool answers_at(const std::string& address);

/// The inspection API of a node over a Unix socket or TLS. One thread at a time.
class client : public backend {
public:
  explicit client(client_settings settings);
  ~client() override;

  reply get(const std::string& target) override;
  reply act(const std::string& order) override;
  reply follow(const std::string& target,
               const std::function<bool(std::string_view)>& event) override;
  [[nodiscard]] std::string name() const override;
  bool move_on() override;

private:
  struct transfer;
  reply perform(const std::string& target, const std::string* body, transfer& into);

  client_settings settings_;
  struct handle;
  std::unique_ptr<handle> handle_;
};

} // namespace nova::shell
