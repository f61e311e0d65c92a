#pragma once

#include "shell/backend.hpp"

#include <memory>
#include <string>

namespace nova::shell {

struct client_settings {
  /// A path of a Unix socket, or `https://HOST:PORT`.
  std::string address;
  std::string role = "view"; // asked for; the other side decides
  std::string token;         // for https
  std::string authority;     // PEM file that signed the other side; empty: the system's
};

/// The inspection API of a node over a Unix socket or TLS. Waits at most ten seconds for an answer.
/// One thread at a time.
class client : public backend {
public:
  explicit client(client_settings settings);
  ~client() override;

  reply get(const std::string& target) override;
  reply act(const std::string& order) override;
  reply follow(const std::string& target,
               const std::function<bool(std::string_view)>& event) override;
  [[nodiscard]] std::string name() const override;

private:
  struct transfer;
  reply perform(const std::string& target, const std::string* body, transfer& into);

  client_settings settings_;
  struct handle;
  std::unique_ptr<handle> handle_;
};

} // namespace nova::shell
