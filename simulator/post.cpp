#include "simulator/post.hpp"

#include "base/ensure.hpp"
#include "http/curl.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>

namespace nova::simulator {
namespace {

constexpr size_t answer_max = 4096;
constexpr size_t idle_max = 64;

struct running {
  http::curl::easy easy;
  http::curl::header_list headers;
  post_request request;
  post_result result;
  poster::done when_done;
};

size_t receive_body(char* data, size_t, size_t length, void* user) {
  auto& body = static_cast<running*>(user)->result.body;
  body.append(data, std::min(length, answer_max - std::min(answer_max, body.size())));
  return length;
}

size_t receive_header(char* data, size_t, size_t length, void* user) {
  std::string line{data, length};
  std::transform(line.begin(), line.end(), line.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  if (line.starts_with("transfer-encoding:") && line.find("chunked") != std::string::npos)
    static_cast<running*>(user)->result.chunked = true;
  return length;
}

template <class T>
void set(CURL* easy, CURLoption option, T value) {
  base::ensure(curl_easy_setopt(easy, option, value) == CURLE_OK, "curl knows the option");
}

} // namespace

class poster::implementation {
public:
  explicit implementation(std::chrono::milliseconds timeout) : timeout_(timeout) {
    static const auto ready = curl_global_init(CURL_GLOBAL_DEFAULT);
    base::ensure(ready == CURLE_OK, "curl starts");
    multi_.reset(curl_multi_init());
    base::ensure(multi_ != nullptr, "curl has memory");
  }

  ~implementation() {
    for (auto& [easy, one] : running_)
      curl_multi_remove_handle(multi_.get(), easy);
  }

  implementation(const implementation&) = delete;
  implementation& operator=(const implementation&) = delete;

  void start(post_request request, done when_done) {
    auto one = std::make_unique<running>();
    one->easy = take_idle();
    one->request = std::move(request);
    one->when_done = std::move(when_done);
    auto* easy = one->easy.get();
    curl_easy_reset(easy);
    for (const auto& line : one->request.headers)
      http::curl::append(one->headers, line);
    // curl would ask first whether a large body is welcome, and wait a second for the answer.
    http::curl::append(one->headers, "Expect:");
    set(easy, CURLOPT_URL, one->request.url.c_str());
    set(easy, CURLOPT_HTTPHEADER, one->headers.get());
    set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout_.count()));
    set(easy, CURLOPT_NOSIGNAL, 1L);
    set(easy, CURLOPT_USERAGENT, "nova-simulator");
    set(easy, CURLOPT_WRITEFUNCTION, &receive_body);
    set(easy, CURLOPT_WRITEDATA, one.get());
    set(easy, CURLOPT_HEADERFUNCTION, &receive_header);
    set(easy, CURLOPT_HEADERDATA, one.get());
    if (!one->request.is_get) {
      set(easy, CURLOPT_POST, 1L);
      set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(one->request.body.size()));
      set(easy, CURLOPT_POSTFIELDS, one->request.body.data());
    }
    base::ensure(curl_multi_add_handle(multi_.get(), easy) == CURLM_OK, "curl takes a request");
    running_.emplace(easy, std::move(one));
  }

  void run_once(std::chrono::milliseconds wait) {
    // What ended may have made room for what the caller has waiting: it is asked before any wait.
    if (perform())
      return;
    curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(wait.count()), nullptr);
    perform();
  }

  void wake() {
    curl_multi_wakeup(multi_.get());
  }

private:
  /// True when something ended.
  bool perform() {
    bool ended = false;
    int still_running = 0;
    curl_multi_perform(multi_.get(), &still_running);
    int left = 0;
    while (auto* message = curl_multi_info_read(multi_.get(), &left))
      if (message->msg == CURLMSG_DONE) {
        end(message->easy_handle, message->data.result);
        ended = true;
      }
    return ended;
  }

  void end(CURL* easy, CURLcode result) {
    auto one = std::move(running_.extract(easy).mapped());
    if (result == CURLE_OK) {
      long status = 0;
      curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
      one->result.status = static_cast<int>(status);
    } else {
      one->result.failure = curl_easy_strerror(result);
    }
    curl_multi_remove_handle(multi_.get(), easy);
    if (idle_.size() < idle_max)
      idle_.push_back(std::move(one->easy));
    one->when_done(std::move(one->result));
  }

  http::curl::easy take_idle() {
    if (!idle_.empty()) {
      auto easy = std::move(idle_.back());
      idle_.pop_back();
      return easy;
    }
    http::curl::easy easy{curl_easy_init()};
    base::ensure(easy != nullptr, "curl has memory");
    return easy;
  }

  std::chrono::milliseconds timeout_;
  http::curl::multi multi_; // before the handles: they leave it first
  std::unordered_map<CURL*, std::unique_ptr<running>> running_;
  std::vector<http::curl::easy> idle_;
};

poster::poster(std::chrono::milliseconds timeout)
  : implementation_(std::make_unique<implementation>(timeout)) {}

poster::~poster() = default;

void poster::start(post_request request, done when_done) {
  implementation_->start(std::move(request), std::move(when_done));
}

void poster::run_once(std::chrono::milliseconds wait) {
  implementation_->run_once(wait);
}

void poster::wake() {
  implementation_->wake();
}

} // namespace nova::simulator
