#include "alerts/smtp_server.hpp"

#include "base/ensure.hpp"
#include "base/printable.hpp"
#include "base/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace nova::alerts {
namespace {

constexpr size_t text_max = 500, answer_max = 300;
constexpr long permanent = 500, temporary = 400, none_after = 600;
// Of RFC 4954: the password, its mechanism, or that one is wanted at all.
constexpr std::array<long, 5> of_login = {530, 534, 535, 538, 432};

struct url_deleter {
  void operator()(CURLU* url) const {
    curl_url_cleanup(url);
  }
};
using parsed_url = std::unique_ptr<CURLU, url_deleter>;

/// A part of a URL; empty when it has none.
std::string part_of(CURLU* url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, flags) != CURLUE_OK)
    return {};
  std::string made{text};
  curl_free(text);
  return made;
}

tl::unexpected<base::bad_input> refuse(const std::string& why) {
  return tl::unexpected{base::bad_input{
    "url",
    why
      + "; it takes smtp://[USER[:PASSWORD]@]HOST[:PORT][?tls=required|offered|off&ca=FILE], "
        "or smtps://"}};
}

bool is_of_this_machine(const std::string& host) {
  return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

/// The rest of the URL after `?`, one `name=value` after the other.
std::string read_options(const std::string& query, smtp_settings& to) {
  std::string_view left{query};
  while (!left.empty()) {
    auto one = left.substr(0, left.find('&'));
    left.remove_prefix(std::min(one.size() + 1, left.size()));
    auto equals = one.find('=');
    auto name = one.substr(0, equals);
    auto value = equals == std::string_view::npos ? std::string_view{} : one.substr(equals + 1);
    if (name == "ca" && !value.empty())
      to.authority = value;
    else if (name == "tls" && value == "required")
      to.tls = smtp_tls::required;
    else if (name == "tls" && value == "offered")
      to.tls = smtp_tls::offered;
    else if (name == "tls" && value == "off")
      to.tls = smtp_tls::off;
    else
      return fmt::format("'{}' is no option of it", base::printable(name));
  }
  return {};
}

template <class T>
void set_option(CURL* easy, CURLoption option, T value) {
  base::ensure(curl_easy_setopt(easy, option, value) == CURLE_OK, "curl knows the option");
}

/// What a transfer reads, writes and hears.
struct transfer {
  std::string_view left;
  std::string answer; // the server's last refusal
  const std::atomic<bool>* stop = nullptr;
};

size_t give(char* to, size_t size, size_t count, void* user) {
  auto& one = *static_cast<transfer*>(user);
  auto length = std::min(size * count, one.left.size());
  std::memcpy(to, one.left.data(), length);
  one.left.remove_prefix(length);
  return length;
}

size_t ignore(char*, size_t size, size_t count, void*) {
  return size * count;
}

int hear(CURL*, curl_infotype kind, char* data, size_t length, void* user) {
  // After a refusal curl takes its leave, which a server answers too.
  if (kind == CURLINFO_HEADER_IN && length > 0 && (*data == '4' || *data == '5'))
    static_cast<transfer*>(user)->answer.assign(data, std::min(length, answer_max));
  return 0;
}

int look(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<transfer*>(user)->stop->load() ? 1 : 0;
}

std::string one_line(std::string_view text) {
  auto line = base::printable(text);
  while (line.ends_with(' '))
    line.pop_back();
  return std::string{base::start_of(line, text_max)};
}

letter_outcome refused_by_server(long code, const std::string& said, const std::string& answer) {
  auto text = one_line(said + ": " + answer);
  auto name = "smtp_" + std::to_string(code);
  if (said.starts_with("MAIL failed")) // our sender; no other recipient would do
    return {code >= permanent ? letter_verdict::stopped : letter_verdict::retry, name, text};
  if (code >= permanent)
    return {letter_verdict::failed, name, text};
  return {letter_verdict::retry, name, text};
}

letter_outcome outcome_of(CURLcode result, long code, const std::string& said,
                          const transfer& what) {
  auto is_answer = code >= temporary && code < none_after;
  // What a server says to a password may be the password.
  if (result == CURLE_LOGIN_DENIED || std::ranges::count(of_login, code) > 0) {
    auto text = fmt::format("the mail server refuses user or password{}",
                            is_answer ? fmt::format(" ({})", code) : std::string{});
    return {is_answer && code < permanent && code != of_login.back() ? letter_verdict::retry
                                                                     : letter_verdict::stopped,
            "login", text};
  }
  switch (result) {
    case CURLE_OK: return {};
    case CURLE_ABORTED_BY_CALLBACK: return {letter_verdict::later, "stopped", "the node ends"};
    case CURLE_USE_SSL_FAILED:
      return {letter_verdict::stopped, "tls",
              "the mail server has no STARTTLS; ?tls=offered or ?tls=off goes without"};
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CONNECT_ERROR: return {letter_verdict::stopped, "tls", one_line(said)};
    case CURLE_OPERATION_TIMEDOUT: return {letter_verdict::retry, "timeout", one_line(said)};
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT: return {letter_verdict::retry, "network", one_line(said)};
    default: break;
  }
  if (is_answer)
    return refused_by_server(code, said, what.answer);
  return {letter_verdict::retry, "network", one_line(said)};
}

} // namespace

std::string to_string(letter_verdict verdict) {
  switch (verdict) {
    case letter_verdict::sent: return "sent";
    case letter_verdict::retry: return "retry";
    case letter_verdict::later: return "later";
    case letter_verdict::failed: return "failed";
    case letter_verdict::refused: return "refused";
    case letter_verdict::stopped: return "stopped";
  }
  return "unknown";
}

tl::expected<smtp_settings, base::bad_input> parse_smtp_url(const std::string& text) {
  parsed_url url{curl_url()};
  base::ensure(url != nullptr, "curl has memory");
  if (curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK
      || !std::ranges::all_of(text, [](char one) { return one > ' ' && one <= '~'; }))
    return refuse("it is no URL");
  auto scheme = part_of(url.get(), CURLUPART_SCHEME);
  if (scheme != "smtp" && scheme != "smtps")
    return refuse("it begins with neither smtp:// nor smtps://");
  auto host = part_of(url.get(), CURLUPART_HOST);
  if (host.empty())
    return refuse("it has no host");
  smtp_settings made;
  made.tls = scheme == "smtp" && is_of_this_machine(host) ? smtp_tls::offered : smtp_tls::required;
  if (auto fault = read_options(part_of(url.get(), CURLUPART_QUERY), made); !fault.empty())
    return refuse(fault);
  made.user = part_of(url.get(), CURLUPART_USER, CURLU_URLDECODE);
  made.password = part_of(url.get(), CURLUPART_PASSWORD, CURLU_URLDECODE);
  if (!made.user.empty() && made.tls != smtp_tls::required && !is_of_this_machine(host))
    return refuse("with a user another machine must have TLS, or the password is sent in clear");
  for (auto which :
       {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_OPTIONS, CURLUPART_QUERY, CURLUPART_FRAGMENT})
    curl_url_set(url.get(), which, nullptr, 0);
  made.url = part_of(url.get(), CURLUPART_URL);
  return made;
}

smtp_server::smtp_server(smtp_settings settings, std::shared_ptr<const base::secrets> secrets,
                         std::shared_ptr<const std::atomic<bool>> stop)
  : settings_(std::move(settings)), secrets_(std::move(secrets)), stop_(std::move(stop)),
    easy_(curl_easy_init()) {
  base::ensure(easy_ != nullptr, "curl has memory");
}

letter_outcome smtp_server::send(const std::string& from, const std::string& to,
                                 const std::string& message) {
  auto password = settings_.password;
  if (!settings_.user.empty() && password.empty()) {
    auto found = secrets_->find(smtp_secret);
    if (!found)
      return {letter_verdict::stopped, "secret_missing",
              one_line("NOVA_SMTP_URL has a user and no password: " + to_string(found.error()))};
    password = std::move(*found);
  }
  auto* easy = easy_.get();
  curl_easy_reset(easy); // keeps the connection
  transfer one{message, {}, stop_.get()};
  std::array<char, CURL_ERROR_SIZE> said{};
  http::curl::header_list recipients;
  http::curl::append(recipients, '<' + to + '>');
  set_option(easy, CURLOPT_URL, settings_.url.c_str());
  set_option(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  set_option(easy, CURLOPT_PROXY, ""); // the environment's is for others
  if (!settings_.user.empty()) {
    set_option(easy, CURLOPT_USERNAME, settings_.user.c_str());
    set_option(easy, CURLOPT_PASSWORD, password.c_str());
  }
  set_option(easy, CURLOPT_USE_SSL,
             static_cast<long>(settings_.tls == smtp_tls::required  ? CURLUSESSL_ALL
                               : settings_.tls == smtp_tls::offered ? CURLUSESSL_TRY
                                                                    : CURLUSESSL_NONE));
  set_option(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  set_option(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!settings_.authority.empty())
    set_option(easy, CURLOPT_CAINFO, settings_.authority.c_str());
  auto sender = '<' + from + '>';
  set_option(easy, CURLOPT_MAIL_FROM, sender.c_str());
  set_option(easy, CURLOPT_MAIL_RCPT, recipients.get());
  set_option(easy, CURLOPT_UPLOAD, 1L);
  set_option(easy, CURLOPT_READFUNCTION, give);
  set_option(easy, CURLOPT_READDATA, &one);
  set_option(easy, CURLOPT_WRITEFUNCTION, ignore);
  set_option(easy, CURLOPT_VERBOSE, 1L);
  set_option(easy, CURLOPT_DEBUGFUNCTION, hear);
  set_option(easy, CURLOPT_DEBUGDATA, &one);
  set_option(easy, CURLOPT_NOPROGRESS, 0L);
  set_option(easy, CURLOPT_XFERINFOFUNCTION, look);
  set_option(easy, CURLOPT_XFERINFODATA, &one);
  set_option(easy, CURLOPT_ERRORBUFFER, said.data());
  set_option(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings_.connect_timeout.count()));
  set_option(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(settings_.timeout.count()));
  // curl takes its leave also where its time was over, and would wait two minutes for an answer.
  set_option(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT,
             static_cast<long>(std::chrono::ceil<std::chrono::seconds>(settings_.timeout).count()));
  set_option(easy, CURLOPT_NOSIGNAL, 1L); // several threads
  auto result = curl_easy_perform(easy);
  long code = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &code);
  std::string why = said[0] != '\0' ? said.data() : curl_easy_strerror(result);
  auto outcome = outcome_of(result, code, why, one);
  for (const auto& secret : {password, settings_.password})
    for (size_t at = 0; !secret.empty() && (at = outcome.text.find(secret)) != std::string::npos;)
      outcome.text.replace(at, secret.size(), "***");
  if (outcome.what != letter_verdict::sent)
    easy_.reset(curl_easy_init()); // nothing of a dialogue that went wrong is used again
  base::ensure(easy_ != nullptr, "curl has memory");
  return outcome;
}

} // namespace nova::alerts
