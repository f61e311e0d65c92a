#include "shell/client.hpp"

#include "base/json_text.hpp"
#include "http/listen_socket.hpp"
#include "shell/row_query.hpp"

#include <curl/curl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace nova::shell {
namespace {

constexpr long connect_timeout_ms = 2000;
constexpr std::chrono::milliseconds probe_timeout{500};
constexpr long follow_timeout_ms = 3'600'000;
constexpr size_t answer_max = size_t{256} << 20;

struct list_deleter {
  void operator()(curl_slist* list) const noexcept {
    curl_slist_free_all(list);
  }
};

bool trusted(uint32_t uid) {
  return uid == 0 || uid == ::geteuid();
}

std::string owned_by(const std::string& path, uint32_t uid) {
  return path + " belongs to the user with the id " + std::to_string(uid)
         + ", neither to you nor to root: nothing is sent to it (`sudo -u` that user asks a node "
           "of "
           "theirs)";
}

/// Looks who is at a Unix socket: whose the file is before libcurl connects, and whose the process
/// before the request is sent.
struct unix_watch {
  std::string path;
  std::string refusal; // why nothing was sent
  int socket = -1;     // libcurl's; it is kept for several requests

  static curl_socket_t open(void* self, curlsocktype, curl_sockaddr* to) {
    auto& watch = *static_cast<unix_watch*>(self);
    struct stat is {};
    if (::lstat(watch.path.c_str(), &is) == 0 && !trusted(is.st_uid)) {
      watch.refusal = owned_by(watch.path, is.st_uid);
      return CURL_SOCKET_BAD;
    }
    watch.socket = ::socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
    return watch.socket;
  }

  static int before_request(void* self, char*, char*, int, int) {
    auto& watch = *static_cast<unix_watch*>(self);
    auto uid = http::peer_uid_of(watch.socket);
    if (uid && trusted(*uid))
      return CURL_PREREQFUNC_OK;
    watch.refusal = owned_by(watch.path, uid.value_or(~0U));
    return CURL_PREREQFUNC_ABORT;
  }
};

/// What libcurl says of this failure, or of its kind.
std::string said(const std::array<char, CURL_ERROR_SIZE>& error, CURLcode kind) {
  return error.front() != '\0' ? std::string{error.data()} : std::string{curl_easy_strerror(kind)};
}

std::string error_body(std::string_view text) {
  return "{\"error\":" + base::json_string(text) + "}";
}

} // namespace

std::string encode(std::string_view text) {
  constexpr std::string_view plain =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string made;
  for (char c : text) {
    if (plain.find(c) != std::string_view::npos) {
      made.push_back(c);
      continue;
    }
    auto byte = static_cast<unsigned char>(c);
    made.append({'%', digits[byte >> 4U], digits[byte & 15U]});
  }
  return made;
}

struct client::handle {
  struct deleter {
    void operator()(CURL* easy) const noexcept {
      curl_easy_cleanup(easy);
    }
  };
  unix_watch watch;
  std::unique_ptr<CURL, deleter> easy{curl_easy_init()}; // last: it uses the above
};

/// Where the bytes of an answer go: whole, or event by event.
struct client::transfer {
  const std::function<bool(std::string_view)>* event = nullptr;
  std::string body;
  bool stopped = false;

  static size_t write(char* data, size_t size, size_t count, void* self) {
    auto& into = *static_cast<transfer*>(self);
    into.body.append(data, size * count);
    if (into.body.size() > answer_max)
      return 0;
    if (into.event != nullptr && !into.take_events()) {
      into.stopped = true;
      return 0;
    }
    return size * count;
  }

  /// Without a body of events there is an error, which stays in `body`.
  bool take_events() {
    for (auto end = body.find("\n\n"); end != std::string::npos; end = body.find("\n\n")) {
      auto block = body.substr(0, end);
      body.erase(0, end + 2);
      auto data = block.find("data: ");
      auto line = data == std::string::npos ? std::string{} : block.substr(data + 6);
      if (!(*event)(line)) // also for a sign of life: time may be over
        return false;
    }
    return true;
  }
};

client::client(client_settings settings)
  : settings_(std::move(settings)), handle_(std::make_unique<handle>()) {
  if (!handle_->easy)
    throw std::runtime_error("libcurl does not start");
}

client::~client() = default;

std::string client::name() const {
  return settings_.address;
}

reply client::perform(const std::string& target, const std::string* body, transfer& into) {
  auto* easy = handle_->easy.get();
  curl_easy_reset(easy);
  bool network = settings_.address.starts_with("https://");
  auto url = (network ? settings_.address : std::string{"http://node"}) + "/inspect/v1/" + target;
  std::unique_ptr<curl_slist, list_deleter> headers{
    curl_slist_append(nullptr, ("X-Nova-Role: " + settings_.role).c_str())};
  auto& watch = handle_->watch;
  watch.path = settings_.address;
  watch.refusal.clear();
  if (network && !settings_.token.empty()) // on a Unix socket the kernel says who asks
    curl_slist_append(headers.get(), ("Authorization: Bearer " + settings_.token).c_str());
  if (!network) {
    curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, settings_.address.c_str());
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &unix_watch::open);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &watch);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, &unix_watch::before_request);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, &watch);
  }
  if (!settings_.authority.empty())
    curl_easy_setopt(easy, CURLOPT_CAINFO, settings_.authority.c_str());
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, network ? "https" : "http");
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, connect_timeout_ms);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                   into.event != nullptr ? follow_timeout_ms : long{settings_.patience.count()});
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &transfer::write);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &into);
  if (body != nullptr) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(body->size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body->c_str());
  }
  std::array<char, CURL_ERROR_SIZE> error{};
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error.data());
  auto result = curl_easy_perform(easy);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, nullptr);
  if (into.stopped)
    return {200, {}};
  if (!watch.refusal.empty())
    return {reply::unreachable, error_body(watch.refusal)};
  if (result == CURLE_OPERATION_TIMEDOUT)
    return {reply::timed_out, error_body(settings_.address + " does not answer in time")};
  if (result == CURLE_PEER_FAILED_VERIFICATION || result == CURLE_SSL_CACERT_BADFILE
      || result == CURLE_SSL_CONNECT_ERROR)
    return {reply::unreachable,
            error_body(settings_.address
                       + " is not believed, or speaks no TLS: " + said(error, result)
                       + " (--ca or NOVA_TLS_CA names the authority that signed its certificate)")};
  if (result != CURLE_OK)
    return {reply::unreachable,
            error_body(settings_.address + " cannot be reached: " + said(error, result)
                       + " (is the node running? `--pg` reads the tables alone)")};
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  return {static_cast<int>(status), std::move(into.body)};
}

bool client::move_on() {
  if (!settings_.others)
    return false;
  for (auto& address : settings_.others())
    if (address != settings_.address && answers_at(address)) {
      settings_.address = std::move(address);
      handle_ = std::make_unique<handle>(); // its connection is to the other one
      return true;
    }
  return false;
}

bool answers_at(const std::string& address) {
  client_settings to;
  to.address = address;
  to.patience = probe_timeout;
  return client{std::move(to)}.get("whoami").status == 200;
}

reply client::get(const std::string& target) {
  transfer into;
  return perform(target, nullptr, into);
}

reply client::act(const std::string& order) {
  transfer into;
  return perform("act", &order, into);
}

reply client::follow(const std::string& target,
                     const std::function<bool(std::string_view)>& event) {
  transfer into;
  into.event = &event;
  return perform(target, nullptr, into);
}

} // namespace nova::shell
