#include "jobs/http_calls.hpp"

#include "base/clock.hpp"
#include "base/ensure.hpp"
#include "base/printable.hpp"
#include "base/utf8.hpp"
#include "http/curl.hpp"
#include "http/hmac.hpp"
#include "http/http_message.hpp"
#include "http/http_server.hpp"
#include "jobs/address_range.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <deque>
#include <unordered_map>
#include <utility>

// A call goes through three places:
//
//   start ─▶ waiting_ ─▶ running_ ─▶ finished_ ─▶ when_done
//
// Whom it may reach is decided twice. Before curl connects it asks for a socket for each address
// that the name was resolved to: a refused one gets none. And before a request is sent curl says
// whom it is connected to, since a connection that was kept open may be of a call with more rights.

namespace nova::jobs {
namespace {

using steady = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr size_t handles_kept_max = 64;
constexpr size_t call_text_max = 500;
constexpr size_t retry_after_max = 200;
constexpr auto waiting_look_interval = 100ms;

/// One call, with the handle that a later one uses again.
struct outgoing {
  call_url call;
  http_calls::done when_done;
  std::string host;
  steady::time_point deadline, place_deadline; // of the call; of the wait for a place
  http::curl::easy easy;
  http::curl::header_list headers;
  std::array<char, CURL_ERROR_SIZE> error_text{};
  url_called result;
  size_t answer_max = 0;
  size_t head_bytes = 0;
  std::string refused; // `127.0.0.1 (loopback)`: an address that may not be connected to
  bool connected_any = false;
  bool by_proxy = false;
  bool too_large = false;
};

template <class T>
void set_option(CURL* easy, CURLoption option, T value) {
  base::ensure(curl_easy_setopt(easy, option, value) == CURLE_OK, "curl knows the option");
}

size_t take_header(char* data, size_t, size_t length, void* user) {
  auto& one = *static_cast<outgoing*>(user);
  one.head_bytes += length;
  if (one.head_bytes > one.answer_max) {
    one.too_large = true;
    return 0;
  }
  std::string_view line{data, length};
  if (line.starts_with("HTTP/"))
    one.result.retry_after.clear(); // of an answer that only announced this one
  auto colon = line.find(':');
  if (colon != std::string_view::npos
      && http::equal_ignoring_case(line.substr(0, colon), "retry-after"))
    one.result.retry_after = http::trimmed(line.substr(colon + 1)).substr(0, retry_after_max);
  return length;
}

size_t take_body(char* data, size_t, size_t length, void* user) {
  auto& one = *static_cast<outgoing*>(user);
  auto taken = std::min(length, one.answer_max - one.result.body.size());
  one.result.body.append(data, taken);
  one.too_large = one.too_large || taken < length;
  return taken;
}

curl_socket_t open_socket(void* user, curlsocktype purpose, curl_sockaddr* address) {
  auto& one = *static_cast<outgoing*>(user);
  if (purpose != CURLSOCKTYPE_IPCXN)
    return CURL_SOCKET_BAD;
  auto range = range_of(address->addr);
  if (!range.empty() && !one.call.allow_private && !one.by_proxy) {
    one.refused = text_of(address->addr) + " (" + std::string{range} + ')';
    return CURL_SOCKET_BAD;
  }
  one.connected_any = true;
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

int before_request(void* user, char* address, char*, int, int) {
  auto& one = *static_cast<outgoing*>(user);
  auto range = range_of_literal(address);
  if (range.empty() || one.call.allow_private || one.by_proxy)
    return CURL_PREREQFUNC_OK;
  one.refused = std::string{address} + " (" + std::string{range} + ')';
  one.connected_any = false;
  return CURL_PREREQFUNC_ABORT;
}

std::string one_line(std::string_view text) {
  return std::string{base::start_of(base::printable(text), call_text_max)};
}

} // namespace

class http_calls::implementation {
public:
  implementation(std::shared_ptr<const base::secrets> secrets, http_caller_limits limits)
    : secrets_(std::move(secrets)), limits_(std::move(limits)) {
    static const auto ready = curl_global_init(CURL_GLOBAL_DEFAULT);
    base::ensure(ready == CURLE_OK, "curl starts");
    multi_.reset(curl_multi_init());
    base::ensure(multi_ != nullptr, "curl has memory");
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(limits_.running_max));
    for (const auto& name : limits_.fixed_names)
      http::curl::append(fixed_names_, name);
  }

  ~implementation() {
    for (auto& [easy, one] : running_)
      curl_multi_remove_handle(multi_.get(), easy);
  }

  implementation(const implementation&) = delete;
  implementation& operator=(const implementation&) = delete;

  void start(call_url call, done when_done) {
    auto one = std::make_unique<outgoing>();
    one->deadline = steady::now() + call.timeout;
    one->place_deadline = steady::now() + call.timeout / 2;
    one->answer_max = limits_.answer_max;
    one->call = std::move(call);
    one->when_done = std::move(when_done);
    auto host = host_of_url(one->call.url);
    if (!host)
      return give_up(std::move(one), call_failure::bad_url, host.error().reason);
    one->host = std::move(*host);
    one->by_proxy = !limits_.proxy.empty() && !one->call.allow_private;
    // A proxy would connect to it; a name that it resolves is its business.
    if (auto range = range_of_literal(one->host); !range.empty() && !one->call.allow_private) {
      one->refused = one->host + " (" + std::string{range} + ')';
      return refuse(std::move(one));
    }
    waiting_.push_back(std::move(one));
  }

  void run_once(std::chrono::milliseconds wait) {
    perform();
    if (finished_.empty()) {
      if (!waiting_.empty())
        wait = std::min<std::chrono::milliseconds>(wait, waiting_look_interval);
      curl_multi_poll(multi_.get(), nullptr, 0,
                      static_cast<int>(std::clamp(wait, 0ms, 60'000ms).count()), nullptr);
      perform();
    }
    deliver();
  }

  void wake() {
    curl_multi_wakeup(multi_.get());
  }

  [[nodiscard]] size_t in_flight() const {
    return waiting_.size() + running_.size() + finished_.size();
  }

  [[nodiscard]] size_t waiting() const {
    return waiting_.size();
  }

  void cancel_all() {
    while (!running_.empty())
      give_up(take(running_.begin()->first), call_failure::network, "cancelled");
    for (auto& one : std::exchange(waiting_, {}))
      give_up(std::move(one), call_failure::network, "cancelled");
    deliver();
  }

private:
  void perform() {
    give_up_waiting();
    admit();
    int still_running = 0;
    curl_multi_perform(multi_.get(), &still_running);
    int left = 0;
    while (auto* message = curl_multi_info_read(multi_.get(), &left))
      if (message->msg == CURLMSG_DONE)
        end(message->easy_handle, message->data.result);
    // What became free is used now, not after the next wait.
    if (!waiting_.empty() && running_.size() < limits_.running_max) {
      admit();
      curl_multi_perform(multi_.get(), &still_running);
    }
  }

  void give_up_waiting() {
    auto now = steady::now();
    if (now < next_look_)
      return;
    next_look_ = now + waiting_look_interval;
    for (size_t left = waiting_.size(); left > 0; --left) {
      auto one = std::move(waiting_.front());
      waiting_.pop_front();
      if (one->place_deadline <= now)
        give_up(std::move(one), call_failure::busy,
                "no place of " + std::to_string(limits_.running_max) + " became free in time");
      else
        waiting_.push_back(std::move(one));
    }
  }

  void admit() {
    while (!waiting_.empty() && running_.size() < limits_.running_max) {
      auto one = std::move(waiting_.front());
      waiting_.pop_front();
      auto left = std::chrono::ceil<std::chrono::milliseconds>(one->deadline - steady::now());
      auto signature = signature_of(one->call);
      if (!signature) {
        give_up(std::move(one), call_failure::secret_missing, to_string(signature.error()));
        continue;
      }
      prepare(*one, *signature, std::max(left, 1ms));
      auto* easy = one->easy.get();
      running_.emplace(easy, std::move(one));
      base::ensure(curl_multi_add_handle(multi_.get(), easy) == CURLM_OK, "curl takes a call");
    }
  }

  /// The header line; empty when the call is not signed.
  [[nodiscard]] tl::expected<std::string, base::bad_input>
  signature_of(const call_url& call) const {
    if (call.secret_name.empty())
      return std::string{};
    auto secret = secrets_->find(call.secret_name);
    if (!secret)
      return tl::unexpected{secret.error()};
    auto at = std::to_string(base::seconds_of(base::wall_now()));
    auto hash = http::hmac_sha256(*secret, at + '.' + call.body);
    return "X-Nova-Signature: t=" + at + ",v1=" + http::hex_of(hash);
  }

  void prepare(outgoing& one, const std::string& signature, std::chrono::milliseconds left) {
    one.easy = take_handle();
    auto* easy = one.easy.get();
    curl_easy_reset(easy);
    http::curl::append(one.headers, "Content-Type: application/json");
    // curl would ask first whether a large body is welcome, and wait a second for the answer.
    http::curl::append(one.headers, "Expect:");
    for (const auto& line : one.call.headers)
      http::curl::append(one.headers, line);
    if (!signature.empty())
      http::curl::append(one.headers, signature);
    set_option(easy, CURLOPT_URL, one.call.url.c_str());
    set_option(easy, CURLOPT_HTTPHEADER, one.headers.get());
    set_option(easy, CURLOPT_POST, 1L);
    set_option(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(one.call.body.size()));
    set_option(easy, CURLOPT_POSTFIELDS, one.call.body.data());
    set_option(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(left.count()));
    set_option(easy, CURLOPT_CONNECTTIMEOUT_MS,
               static_cast<long>(std::min(left, limits_.connect_timeout).count()));
    set_option(easy, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(limits_.answer_max));
    set_guards(one);
    set_option(easy, CURLOPT_ERRORBUFFER, one.error_text.data());
    set_option(easy, CURLOPT_HEADERFUNCTION, take_header);
    set_option(easy, CURLOPT_HEADERDATA, &one);
    set_option(easy, CURLOPT_WRITEFUNCTION, take_body);
    set_option(easy, CURLOPT_WRITEDATA, &one);
    set_option(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set_option(easy, CURLOPT_USERAGENT, "nova/" NOVA_VERSION);
    set_option(easy, CURLOPT_NOSIGNAL, 1L); // several threads
    set_option(easy, CURLOPT_PATH_AS_IS, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
    // Else the end of a call whose name is still being resolved would wait for that.
    set_option(easy, CURLOPT_QUICK_EXIT, 1L);
#endif
  }

  /// What keeps a call on the way that was allowed.
  void set_guards(outgoing& one) {
    auto* easy = one.easy.get();
    set_option(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    set_option(easy, CURLOPT_FOLLOWLOCATION, 0L);
    set_option(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    set_option(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    // Set even when empty: else curl looks into the environment.
    set_option(easy, CURLOPT_PROXY, one.by_proxy ? limits_.proxy.c_str() : "");
    set_option(easy, CURLOPT_NOPROXY, "");
    set_option(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    set_option(easy, CURLOPT_OPENSOCKETDATA, &one);
    set_option(easy, CURLOPT_PREREQFUNCTION, before_request);
    set_option(easy, CURLOPT_PREREQDATA, &one);
    if (fixed_names_)
      set_option(easy, CURLOPT_RESOLVE, fixed_names_.get());
  }

  void end(CURL* easy, CURLcode result) {
    auto one = take(easy);
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    one->result.status = static_cast<int>(status);
    if (one->too_large || result == CURLE_FILESIZE_EXCEEDED)
      return give_up(std::move(one), call_failure::too_large,
                     "the answer is larger than " + std::to_string(limits_.answer_max) + " bytes");
    if (result == CURLE_OK)
      return finish(std::move(one));
    if (!one->refused.empty() && !one->connected_any)
      return refuse(std::move(one));
    std::string reason =
      one->error_text[0] != '\0' ? one->error_text.data() : curl_easy_strerror(result);
    give_up(std::move(one),
            result == CURLE_OPERATION_TIMEDOUT ? call_failure::timeout : call_failure::network,
            reason);
  }

  void refuse(std::unique_ptr<outgoing> one) {
    auto reason = one->host == one->refused.substr(0, one->refused.find(' '))
                    ? one->refused
                    : one->host + " is " + one->refused;
    give_up(std::move(one), call_failure::address_refused,
            reason + ", not of the public internet; --allow-private lets the handler call it");
  }

  void give_up(std::unique_ptr<outgoing> one, call_failure why, std::string_view reason) {
    one->result.failure = why;
    one->result.text = one_line(reason);
    finish(std::move(one));
  }

  void finish(std::unique_ptr<outgoing> one) {
    if (one->easy != nullptr && idle_.size() < handles_kept_max)
      idle_.push_back(std::move(one->easy));
    finished_.push_back(std::move(one));
  }

  /// Takes a running call from curl.
  std::unique_ptr<outgoing> take(CURL* easy) {
    curl_multi_remove_handle(multi_.get(), easy);
    return std::move(running_.extract(easy).mapped());
  }

  /// Delivers what is finished now; what a callback adds comes with the next turn.
  void deliver() {
    for (auto left = finished_.size(); left > 0 && !finished_.empty(); --left) {
      auto one = std::move(finished_.front());
      finished_.pop_front();
      one->when_done(std::move(one->result));
    }
  }

  http::curl::easy take_handle() {
    if (!idle_.empty()) {
      auto easy = std::move(idle_.back());
      idle_.pop_back();
      return easy;
    }
    http::curl::easy easy{curl_easy_init()};
    base::ensure(easy != nullptr, "curl has memory");
    return easy;
  }

  std::shared_ptr<const base::secrets> secrets_;
  http_caller_limits limits_;
  http::curl::header_list fixed_names_;
  http::curl::multi multi_; // before the handles: they leave it first
  std::deque<std::unique_ptr<outgoing>> waiting_;
  std::unordered_map<CURL*, std::unique_ptr<outgoing>> running_;
  std::vector<http::curl::easy> idle_;
  std::deque<std::unique_ptr<outgoing>> finished_;
  steady::time_point next_look_{};
};

http_calls::http_calls(std::shared_ptr<const base::secrets> secrets, http_caller_limits limits)
  : implementation_(std::make_unique<implementation>(std::move(secrets), std::move(limits))) {}

http_calls::~http_calls() = default;

void http_calls::start(call_url call, done when_done) {
  implementation_->start(std::move(call), std::move(when_done));
}

void http_calls::run_once(std::chrono::milliseconds wait) {
  implementation_->run_once(wait);
}

void http_calls::wake() {
  implementation_->wake();
}

size_t http_calls::in_flight() const {
  return implementation_->in_flight();
}

size_t http_calls::waiting() const {
  return implementation_->waiting();
}

void http_calls::cancel_all() {
  implementation_->cancel_all();
}

} // namespace nova::jobs
