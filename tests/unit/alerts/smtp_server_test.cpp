#include "alerts/smtp_server.hpp"

#include <arpa/inet.h>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <ostream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace nova;
using namespace std::chrono_literals;
using alerts::letter_verdict;

namespace {

constexpr const char* hangs = "hangs";

/// A server of mail that says to a command what a test wants, and else what a good one says.
class scripted_server {
public:
  explicit scripted_server(std::map<std::string, std::string> said = {}) : said_(std::move(said)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), length) != 0
        || ::listen(listener_, 16) != 0
        || ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) != 0)
      throw std::runtime_error{"the test's server cannot listen"};
    port_ = ntohs(address.sin_port);
    thread_ = std::thread{[this] { serve(); }};
  }

  ~scripted_server() {
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    ::shutdown(client_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }

  scripted_server(const scripted_server&) = delete;
  scripted_server& operator=(const scripted_server&) = delete;

  [[nodiscard]] std::string url(const std::string& user = {}) const {
    return "smtp://" + user + "127.0.0.1:" + std::to_string(port_);
  }

  /// All that clients sent.
  std::string heard() {
    std::lock_guard guard{mutex_};
    return heard_;
  }

  int connections() const {
    return connections_;
  }

private:
  void serve() {
    while (!stopping_) {
      client_ = ::accept(listener_, nullptr, nullptr);
      if (client_ < 0)
        return;
      ++connections_;
      talk();
      ::close(client_);
    }
  }

  void talk() {
    if (!say("greeting", "220 ready"))
      return;
    std::string line;
    bool in_mail = false, is_password = false;
    for (char byte = 0; ::recv(client_, &byte, 1, 0) == 1;) {
      {
        std::lock_guard guard{mutex_};
        heard_ += byte;
      }
      line += byte;
      if (byte != '\n')
        continue;
      auto word = line.substr(0, line.find_first_of(" \r"));
      auto is_end = line == ".\r\n";
      line.clear();
      if (in_mail && !is_end)
        continue;
      auto goes_on = in_mail          ? say("end", "250 kept")
                     : is_password    ? say("password", "235 welcome")
                     : word == "EHLO" ? say(word, "250-me\r\n250 AUTH PLAIN")
                     : word == "DATA" ? say(word, "354 go on")
                     : word == "AUTH" ? say(word, "334 ")
                     : word == "QUIT" ? say(word, "221 bye") && false
                                      : say(word, "250 good");
      is_password = word == "AUTH";
      in_mail = word == "DATA" && goes_on && said_.count("DATA") == 0;
      if (!goes_on)
        return;
    }
  }

  bool say(const std::string& to, const std::string& usual) {
    auto found = said_.find(to);
    auto text = (found == said_.end() ? usual : found->second) + "\r\n";
    if (text.starts_with(hangs)) {
      while (!stopping_ && ::recv(client_, text.data(), 1, 0) > 0)
        continue;
      return false;
    }
    return ::send(client_, text.data(), text.size(), MSG_NOSIGNAL) > 0;
  }

  std::map<std::string, std::string> said_;
  int listener_ = -1;
  std::atomic<int> client_ = -1, connections_ = 0;
  uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  std::string heard_;
  std::thread thread_;
};

struct sender {
  explicit sender(const std::string& url, std::map<std::string, std::string> secrets = {})
    : server(
      [&] {
        auto read = alerts::parse_smtp_url(url).value();
        read.timeout = 2s;
        return read;
      }(),
      std::make_shared<base::secrets>(std::move(secrets), ""), stop) {}

  alerts::letter_outcome send(const std::string& text = "Subject: x\r\n\r\nbody\r\n") {
    return server.send("nova@example.com", "ann@example.com", text);
  }

  std::shared_ptr<std::atomic<bool>> stop = std::make_shared<std::atomic<bool>>(false);
  alerts::smtp_server server;
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

struct answer_case {
  const char* name;
  const char* to;
  const char* says;
  letter_verdict verdict;
  const char* error_class;
  const char* text; // a part of it

  friend std::ostream& operator<<(std::ostream& out, const answer_case& one) {
    return out << one.name;
  }
};

const answer_case answers[] = {
  {"a_mailbox_that_is_not_there", "RCPT", "550 5.1.1 no such user", letter_verdict::failed,
   "smtp_550", "no such user"},
  {"a_mailbox_that_is_full_for_now", "RCPT", "452 4.2.2 full", letter_verdict::retry, "smtp_452",
   "full"},
  {"greylisting", "RCPT", "451 try again later", letter_verdict::retry, "smtp_451", "later"},
  {"a_sender_that_may_not", "MAIL", "550 not your domain", letter_verdict::stopped, "smtp_550",
   "not your domain"},
  {"a_sender_that_has_to_wait", "MAIL", "451 slower", letter_verdict::retry, "smtp_451", "slower"},
  {"a_mail_that_is_spam", "end", "554 spam", letter_verdict::failed, "smtp_554", "spam"},
  {"a_mail_for_later", "end", "451 queue is full", letter_verdict::retry, "smtp_451", "full"},
  {"a_server_that_is_busy", "greeting", "421 too many connections", letter_verdict::retry,
   "smtp_421", ""},
  {"a_server_that_is_none", "greeting", "HTTP/1.1 400", letter_verdict::retry, "timeout", ""},
  {"a_black_hole", "greeting", hangs, letter_verdict::retry, "timeout", ""},
  {"a_black_hole_in_the_mail", "end", hangs, letter_verdict::retry, "timeout", ""},
};

} // namespace

BOOST_AUTO_TEST_SUITE(smtp_server_test)

BOOST_AUTO_TEST_CASE(mails_go_out_one_after_the_other_over_one_connection) {
  scripted_server server;
  sender from{server.url()};

  BOOST_TEST((from.send("Subject: one\r\n\r\n.hidden\r\n").what == letter_verdict::sent));
  BOOST_TEST((from.send("Subject: two\r\n\r\n").what == letter_verdict::sent));

  auto heard = server.heard();
  BOOST_TEST(has(heard, "MAIL FROM:<nova@example.com>"), heard);
  BOOST_TEST(has(heard, "RCPT TO:<ann@example.com>"), heard);
  BOOST_TEST(has(heard, "Subject: one\r\n\r\n..hidden\r\n.\r\n"), heard);
  BOOST_TEST(has(heard, "Subject: two\r\n"), heard);
  BOOST_TEST(server.connections() == 1);
}

BOOST_DATA_TEST_CASE(what_a_server_says_decides, boost::unit_test::data::make(answers), one) {
  scripted_server server{{{one.to, one.says}}};

  auto outcome = sender{server.url()}.send();

  BOOST_TEST(to_string(outcome.what) == to_string(one.verdict), outcome.text);
  BOOST_TEST(outcome.error_class == one.error_class, outcome.text);
  BOOST_TEST(has(outcome.text, one.text), outcome.text);
}

BOOST_AUTO_TEST_CASE(after_a_failure_the_next_mail_has_a_connection_of_its_own) {
  scripted_server server{{{"RCPT", "550 no such user"}}};
  sender from{server.url()};

  BOOST_TEST((from.send().what == letter_verdict::failed));
  BOOST_TEST((from.send().what == letter_verdict::failed));

  BOOST_TEST(server.connections() == 2);
}

BOOST_AUTO_TEST_CASE(a_password_that_is_refused_stops_all_mail_and_is_not_told) {
  scripted_server server{{{"password", "535 5.7.8 canary is wrong, AG1lAGNhbmFyeQ== too"}}};
  sender from{server.url("me@"), {{"NOVA_SECRET_SMTP", "canary"}}};

  auto outcome = from.send();

  BOOST_TEST(to_string(outcome.what) == "stopped");
  BOOST_TEST(outcome.error_class == "login");
  BOOST_TEST(has(outcome.text, "535"), outcome.text);
  BOOST_TEST(!has(outcome.text, "canary"), outcome.text);
  BOOST_TEST(!has(outcome.text, "AG1lAGNhbmFyeQ"), outcome.text);
  BOOST_TEST(has(server.heard(), "AUTH PLAIN"), "it was tried");
}

BOOST_AUTO_TEST_CASE(a_server_that_says_the_password_later_is_not_repeated) {
  scripted_server server{{{"RCPT", "550 canary is no good"}}};
  sender from{server.url("me:canary@")};

  auto outcome = from.send();

  BOOST_TEST(has(outcome.text, "*** is no good"), outcome.text);
  BOOST_TEST(!has(outcome.text, "canary"), outcome.text);
}

BOOST_AUTO_TEST_CASE(a_login_that_fails_for_now_is_tried_again) {
  scripted_server server{{{"password", "454 4.7.0 temporary"}}};

  BOOST_TEST(to_string(sender{server.url("me:pw@")}.send().what) == "retry");
}

BOOST_AUTO_TEST_CASE(a_user_without_a_password_says_where_it_is_looked_for) {
  scripted_server server;

  auto outcome = sender{server.url("me@")}.send();

  BOOST_TEST(to_string(outcome.what) == "stopped");
  BOOST_TEST(has(outcome.text, "NOVA_SECRET_SMTP"), outcome.text);
  BOOST_TEST(server.connections() == 0);
}

BOOST_AUTO_TEST_CASE(nothing_is_sent_where_tls_is_wanted_and_there_is_none) {
  scripted_server server;

  auto outcome = sender{server.url("me:canary@") + "?tls=required"}.send();

  BOOST_TEST(to_string(outcome.what) == "stopped");
  BOOST_TEST(outcome.error_class == "tls");
  BOOST_TEST(!has(server.heard(), "AUTH"), server.heard());
}

BOOST_AUTO_TEST_CASE(nobody_listens) {
  std::string url = [] { return scripted_server{}.url(); }();

  auto outcome = sender{url}.send();

  BOOST_TEST(to_string(outcome.what) == "retry");
  BOOST_TEST(outcome.error_class == "network");
}

BOOST_AUTO_TEST_CASE(a_stop_ends_a_mail_at_once) {
  scripted_server server{{{"greeting", hangs}}};
  auto read = alerts::parse_smtp_url(server.url()).value();
  read.timeout = 60s;
  auto stop = std::make_shared<std::atomic<bool>>(false);
  alerts::smtp_server from{
    read, std::make_shared<base::secrets>(std::map<std::string, std::string>{}, ""), stop};
  std::thread stopper{[&] {
    while (server.connections() == 0)
      std::this_thread::yield();
    *stop = true;
  }};
  auto began = std::chrono::steady_clock::now();

  auto outcome = from.send("nova@example.com", "ann@example.com", "Subject: x\r\n\r\n");

  stopper.join();
  BOOST_TEST(to_string(outcome.what) == "later");
  BOOST_TEST((std::chrono::steady_clock::now() - began < 10s));
}

BOOST_AUTO_TEST_SUITE_END()
