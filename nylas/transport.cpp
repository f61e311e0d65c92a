#include "nylas/transport.hpp"

#include "base/ensure.hpp"
#include "http/curl.hpp"
#include "http/http_message.hpp"
#include "http/http_server.hpp"
#include "nylas/answer_budget.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <deque>
#include <utility>
#include <vector>

// A call goes through three places:
//
//   start ─▶ waiting_ ─▶ running_ ─▶ finished_ ─▶ when_done
//
// curl looks at every handle that it has at each turn, so it gets only as many as the connections
// can carry; the others wait here. An easy handle is set up once and serves many calls.

namespace nova::nylas {

namespace {

using steady = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr size_t idle_max = 256;
constexpr auto sweep_interval_max = 250ms;

std::optional<int> parse_count(std::string_view text) {
  int count = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  return error == std::errc{} && end == text.data() + text.size() && count >= 0
           ? std::optional{count}
           : std::nullopt;
}

bool is_loopback(std::string_view uri) {
  auto scheme = uri.find("://");
  auto host = scheme == std::string_view::npos ? uri : uri.substr(scheme + 3);
  return host.starts_with("127.") || host.starts_with("localhost") || host.starts_with("[::1]");
}

template <class T>
void set(CURL* easy, CURLoption option, T value) {
  base::ensure(curl_easy_setopt(easy, option, value) == CURLE_OK, "curl knows the option");
}

/// One call, with the handle and the buffers that the next call uses again.
struct call {
  explicit call(answer_budget& budget) : budget(budget) {}

  answer_budget& budget;
  http::curl::easy easy;
  http::curl::header_list own_headers;
  std::array<char, CURL_ERROR_SIZE> error_text{};
  api_response response;
  transport::done when_done;
  std::string url;
  size_t body_max = 0;
  size_t place = 0; // in running_
  steady::time_point deadline;
  steady::time_point last_byte;
  uint64_t number = 0; // the order in which curl got them
  size_t counted = 0;  // bytes of the body in the budget
  bool answer_begun = false;
  bool may_exceed = false; // the budget, because nothing else could make room
  bool paused = false;
};

size_t receive_header(char* data, size_t, size_t length, void* user) {
  auto& response = static_cast<call*>(user)->response;
  std::string_view line{data, length};
  auto colon = line.find(':');
  if (colon == std::string_view::npos)
    return length;
  auto name = line.substr(0, colon);
  auto value = http::trimmed(line.substr(colon + 1));
  if (http::equal_ignoring_case(name, "x-request-id"))
    response.request_id = value.substr(0, 200);
  else if (http::equal_ignoring_case(name, "retry-after"))
    response.retry_after = value.substr(0, 200);
  else if (http::equal_ignoring_case(name, "nylas-gmail-quota-usage"))
    response.gmail_quota_usage = parse_count(value);
  else if (http::equal_ignoring_case(name, "nylas-provider-request-count"))
    response.provider_requests = parse_count(value);
  return length;
}

/// Takes bytes of the body, unpacked already. Taking fewer than there are ends the transfer.
size_t receive_body(char* data, size_t, size_t length, void* user) {
  auto& call = *static_cast<struct call*>(user);
  call.last_byte = steady::now();
  auto& body = call.response.body;
  if (!call.answer_begun) {
    call.answer_begun = true;
    curl_off_t announced = -1;
    curl_easy_getinfo(call.easy.get(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
    // 16 more, because the JSON reader wants room behind the text.
    if (announced > 0)
      body.reserve(std::min(static_cast<size_t>(announced), call.body_max) + 16);
  }
  if (length > call.body_max - body.size()) {
    call.response.too_large = true;
    return 0;
  }
  if (!call.may_exceed && !call.budget.has_room(length)) {
    call.paused = true;
    call.budget.want();
    return CURL_WRITEFUNC_PAUSE;
  }
  call.budget.take(length);
  call.counted += length;
  body.append(data, length);
  return length;
}

} // namespace

class transport::implementation {
public:
  implementation(api_settings settings, transport_limits limits)
    : uri_(std::move(settings.uri)), limits_(limits),
      budget_(std::make_shared<answer_budget>(limits.answer_bytes_max)) {
    static const auto ready = curl_global_init(CURL_GLOBAL_DEFAULT);
    base::ensure(ready == CURLE_OK, "curl starts");
    while (uri_.ends_with('/'))
      uri_.pop_back();
    auto has_control = std::any_of(settings.key.begin(), settings.key.end(),
                                   [](unsigned char c) { return c < 0x20 || c == 0x7F; });
    base::ensure(!has_control, "the API key has no control characters");
    multi_.reset(curl_multi_init());
    base::ensure(multi_ != nullptr, "curl has memory");
    curl_multi_setopt(multi_.get(), CURLMOPT_MAX_HOST_CONNECTIONS, limits_.connections_per_host);
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, limits_.connections_per_host);
    budget_->on_room([this] { wake(); });
    http::curl::append(headers_, "Authorization: Bearer " + settings.key);
    http::curl::append(headers_, "Accept: application/json");
    multiplexed_ = limits_.http2 && uri_.starts_with("https:");
    running_max_ =
      static_cast<size_t>(multiplexed_ ? limits_.in_flight_max : limits_.connections_per_host);
  }

  ~implementation() {
    budget_->on_room({});
    for (auto& call : running_)
      curl_multi_remove_handle(multi_.get(), call->easy.get());
  }

  implementation(const implementation&) = delete;
  implementation& operator=(const implementation&) = delete;

  void start(const api_request& request, done when_done) {
    if (waiting_.size() + running_.size() >= static_cast<size_t>(limits_.in_flight_max)) {
      finish(std::move(when_done),
             "more than " + std::to_string(limits_.in_flight_max) + " calls in flight");
      return;
    }
    auto call = take_idle();
    call->when_done = std::move(when_done);
    call->url = uri_ + request.target;
    call->body_max = request.body_max;
    call->deadline = steady::now() + request.timeout;
    if (!request.headers.empty()) {
      for (auto line = headers_.get(); line != nullptr; line = line->next)
        http::curl::append(call->own_headers, line->data);
      for (const auto& line : request.headers)
        http::curl::append(call->own_headers, line);
    }
    waiting_.push_back(std::move(call));
  }

  void run_once(std::chrono::milliseconds wait) {
    perform();
    if (!finished_.empty()) {
      deliver();
      return;
    }
    // Nothing in curl knows when a stalled or a waiting call is due.
    if (in_flight() > 0)
      wait = std::min(wait, sweep_interval());
    curl_multi_poll(multi_.get(), nullptr, 0,
                    static_cast<int>(std::clamp(wait, 0ms, 60'000ms).count()), nullptr);
    perform();
    deliver();
  }

  void wake() {
    curl_multi_wakeup(multi_.get());
  }

  [[nodiscard]] size_t in_flight() const {
    return waiting_.size() + running_.size() + finished_.size();
  }

  void cancel_all() {
    while (!running_.empty())
      end(*running_.back(), "cancelled");
    for (auto& call : std::exchange(waiting_, {}))
      give_up(std::move(call), "cancelled");
    deliver();
  }

private:
  struct outcome {
    done when_done;
    api_response response;
  };

  void perform() {
    admit();
    resume();
    int still_running = 0;
    curl_multi_perform(multi_.get(), &still_running);
    int left = 0;
    while (auto message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE)
        continue;
      struct call* call = nullptr;
      auto result = message->data.result;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &call);
      end(*call, failure_of(*call, result));
    }
    sweep();
    // What became free is used now, not after the next wait.
    if (!waiting_.empty() && running_.size() < running_max_) {
      admit();
      curl_multi_perform(multi_.get(), &still_running);
    }
  }

  /// Gives waiting calls to curl, as far as there is room.
  void admit() {
    while (!waiting_.empty() && running_.size() < running_max_ && affordable()) {
      auto call = std::move(waiting_.front());
      waiting_.pop_front();
      auto left = std::chrono::ceil<std::chrono::milliseconds>(call->deadline - steady::now());
      if (left <= 0ms) {
        give_up(std::move(call), "timed out while it waited for a connection");
        continue;
      }
      auto easy = call->easy.get();
      set(easy, CURLOPT_URL, call->url.c_str());
      set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(left.count()));
      set(easy, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(call->body_max));
      set(easy, CURLOPT_HTTPHEADER, call->own_headers ? call->own_headers.get() : headers_.get());
      call->place = running_.size();
      call->number = ++admitted_;
      running_.push_back(std::move(call));
      base::ensure(curl_multi_add_handle(multi_.get(), easy) == CURLM_OK, "curl takes a call");
    }
  }

  /// Whether there is room for one more answer of the size that was seen lately, beside those that
  /// have not come yet.
  bool affordable() {
    auto coming = std::count_if(running_.begin(), running_.end(),
                                [](const auto& one) { return !one->answer_begun; });
    if (running_.empty() || budget_->has_room(expected_ * static_cast<size_t>(coming + 1)))
      return true;
    budget_->want();
    return false;
  }

  /// Reads on what was paused, when there is room, or when the oldest alone can make some.
  void resume() {
    std::vector<call*> paused;
    bool one_exceeds = false; // and will make room when it ends
    for (const auto& one : running_) {
      one_exceeds = one_exceeds || one->may_exceed;
      if (one->paused)
        paused.push_back(one.get());
    }
    std::sort(paused.begin(), paused.end(),
              [](const call* left, const call* right) { return left->number < right->number; });
    for (auto* one : paused) {
      one->may_exceed = one == paused.front() && !one_exceeds && budget_->nothing_given();
      if (!one->may_exceed && !budget_->has_room(CURL_MAX_WRITE_SIZE))
        return budget_->want();
      one->paused = false;
      one->last_byte = steady::now();
      curl_easy_pause(one->easy.get(), CURLPAUSE_CONT);
    }
  }

  /// Ends calls whose answer stopped half-way, and those that waited too long for a connection.
  void sweep() {
    auto now = steady::now();
    if (now < next_sweep_)
      return;
    next_sweep_ = now + sweep_interval();
    for (size_t i = running_.size(); i-- > 0;)
      if (running_[i]->answer_begun && !running_[i]->paused
          && now - running_[i]->last_byte > limits_.stall_max)
        end(*running_[i], "the answer stalled");
    for (size_t left = waiting_.size(); left > 0; --left) {
      auto call = std::move(waiting_.front());
      waiting_.pop_front();
      if (call->deadline <= now)
        give_up(std::move(call), "timed out while it waited for a connection");
      else
        waiting_.push_back(std::move(call));
    }
  }

  [[nodiscard]] std::chrono::milliseconds sweep_interval() const {
    return std::clamp<std::chrono::milliseconds>(limits_.stall_max / 4, 1ms, sweep_interval_max);
  }

  /// Empty when the call has an answer.
  static std::string failure_of(call& call, CURLcode result) {
    if (result == CURLE_FILESIZE_EXCEEDED)
      call.response.too_large = true;
    if (call.response.too_large)
      return "the answer is larger than " + std::to_string(call.body_max) + " bytes";
    if (result == CURLE_OK) {
      long status = 0;
      curl_easy_getinfo(call.easy.get(), CURLINFO_RESPONSE_CODE, &status);
      call.response.status = static_cast<int>(status);
      return {};
    }
    std::string failure =
      call.error_text[0] != '\0' ? call.error_text.data() : curl_easy_strerror(result);
    return result == CURLE_OPERATION_TIMEDOUT ? "timed out: " + failure : failure;
  }

  /// Takes a running call from curl, and its outcome to `finished_`.
  void end(call& ended, std::string failure) {
    curl_multi_remove_handle(multi_.get(), ended.easy.get());
    auto place = ended.place;
    std::swap(running_[place], running_.back());
    running_[place]->place = place;
    auto call = std::move(running_.back());
    running_.pop_back();
    give_up(std::move(call), std::move(failure));
  }

  void give_up(std::unique_ptr<call> call, std::string failure) {
    auto& response = call->response;
    if (!failure.empty()) {
      response.failure = std::move(failure);
      response.body = {};
      budget_->put_back(std::exchange(call->counted, 0));
    } else {
      // What was large is followed by more of its kind.
      expected_ = std::max(call->counted, expected_ - expected_ / 8);
      response.share = budget_->give(std::exchange(call->counted, 0));
    }
    finished_.push_back({std::move(call->when_done), std::move(response)});
    keep_idle(std::move(call));
  }

  void finish(done when_done, std::string failure) {
    api_response response;
    response.failure = std::move(failure);
    finished_.push_back({std::move(when_done), std::move(response)});
  }

  /// Delivers what is finished now; what a callback adds comes with the next turn.
  void deliver() {
    for (auto left = finished_.size(); left > 0 && !finished_.empty(); --left) {
      auto one = std::move(finished_.front());
      finished_.pop_front();
      one.when_done(std::move(one.response));
    }
  }

  std::unique_ptr<call> take_idle() {
    if (idle_.empty())
      return make_call();
    auto call = std::move(idle_.back());
    idle_.pop_back();
    return call;
  }

  void keep_idle(std::unique_ptr<call> call) {
    call->response = {};
    call->when_done = {};
    call->own_headers.reset();
    call->error_text[0] = '\0';
    call->answer_begun = call->may_exceed = call->paused = false;
    if (idle_.size() < idle_max)
      idle_.push_back(std::move(call));
  }

  std::unique_ptr<call> make_call() {
    auto made = std::make_unique<call>(*budget_);
    made->easy.reset(curl_easy_init());
    auto easy = made->easy.get();
    base::ensure(easy != nullptr, "curl has memory");
    set(easy, CURLOPT_PRIVATE, made.get());
    set(easy, CURLOPT_ERRORBUFFER, made->error_text.data());
    set(easy, CURLOPT_HEADERFUNCTION, receive_header);
    set(easy, CURLOPT_HEADERDATA, made.get());
    set(easy, CURLOPT_WRITEFUNCTION, receive_body);
    set(easy, CURLOPT_WRITEDATA, made.get());
    set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    set(easy, CURLOPT_FOLLOWLOCATION, 0L);
    set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    set(easy, CURLOPT_HTTP_VERSION,
        static_cast<long>(multiplexed_ ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
    set(easy, CURLOPT_PIPEWAIT, multiplexed_ ? 1L : 0L);
    set(easy, CURLOPT_USERAGENT, "nova/" NOVA_VERSION);
    set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits_.connect_timeout.count()));
    set(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    set(easy, CURLOPT_NOSIGNAL, 1L);   // several threads
    set(easy, CURLOPT_PATH_AS_IS, 1L); // ids are opaque, dots too
    if (limits_.compressed)
      set(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
    if (is_loopback(uri_))
      set(easy, CURLOPT_PROXY, "");
    return made;
  }

  std::string uri_;
  transport_limits limits_;
  std::shared_ptr<answer_budget> budget_; // outlives this: shares of it are with others
  size_t expected_ = 0;                   // bytes of an answer
  uint64_t admitted_ = 0;
  bool multiplexed_ = false;
  size_t running_max_ = 0;
  http::curl::multi multi_;
  http::curl::header_list headers_; // holds the key
  std::deque<std::unique_ptr<call>> waiting_;
  std::vector<std::unique_ptr<call>> running_;
  std::vector<std::unique_ptr<call>> idle_;
  std::deque<outcome> finished_;
  steady::time_point next_sweep_{};
};

transport::transport(api_settings settings, transport_limits limits)
  : implementation_(std::make_unique<implementation>(std::move(settings), limits)) {}

transport::~transport() = default;

void transport::start(const api_request& request, done when_done) {
  implementation_->start(request, std::move(when_done));
}

void transport::run_once(std::chrono::milliseconds wait) {
  implementation_->run_once(wait);
}

void transport::wake() {
  implementation_->wake();
}

size_t transport::in_flight() const {
  return implementation_->in_flight();
}

void transport::cancel_all() {
  implementation_->cancel_all();
}

} // namespace nova::nylas
