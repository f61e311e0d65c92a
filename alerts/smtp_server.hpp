#pragma once

#include "alerts/letter.hpp"
#include "base/bad_input.hpp"
#include "base/secrets.hpp"
#include "http/curl.hpp"

#include <tl/expected.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace nova::alerts {

/// How the way to the mail server is kept from others.
enum class smtp_tls : uint8_t {
  required, // from the first byte (smtps), or by STARTTLS before anything else
  offered,  // by STARTTLS where the server has it
  off,
};

/// NOVA_SMTP_URL, read.
struct smtp_settings {
  std::string url = {}; // scheme, host, port and path, which is the name that we greet with
  std::string user = {};
  std::string password = {}; // empty: the secret `smtp`
  smtp_tls tls = smtp_tls::required;
  std::string authority =
    {}; // a PEM file of who signed the server's certificate; empty: the system's
  std::chrono::milliseconds connect_timeout{10'000}, timeout{30'000};
};

/// The secret that is the password, when the URL has a user and no password.
constexpr const char* smtp_secret = "smtp";

/// Reads `smtp://[USER[:PASSWORD]@]HOST[:PORT][/OUR_NAME][?tls=required|offered|off&ca=FILE]`, or
/// smtps. Without `tls` a server of this machine may be without, all others must have it. Fails
/// with what is accepted and never with the text, which may hold a password.
tl::expected<smtp_settings, base::bad_input> parse_smtp_url(const std::string& text);

/// Sends mails to a server, one after the other, over one connection as long as it lasts. Blocks;
/// belongs to one thread.
class smtp_server {
public:
  /// `stop`, once true, ends a mail that is being sent within a second.
  smtp_server(smtp_settings settings, std::shared_ptr<const base::secrets> secrets,
              std::shared_ptr<const std::atomic<bool>> stop);

  /// `message` as `mime_of` makes it. 4xx and a network that fails are tried again; 5xx are not;
  /// who we are refused for (user, password, sender, certificate) stops all mail. The answer of the
  /// server is in the text, apart from what follows a password.
  letter_outcome send(const std::string& from, const std::string& to, const std::string& message);

private:
  smtp_settings settings_;
  std::shared_ptr<const base::secrets> secrets_;
  std::shared_ptr<const std::atomic<bool>> stop_;
  http::curl::easy easy_;
};

} // namespace nova::alerts
