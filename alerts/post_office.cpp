#include "alerts/post_office.hpp"

#include "base/printable.hpp"
#include "base/utf8.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace nova::alerts {
namespace {

constexpr size_t text_max = 500;
constexpr std::chrono::milliseconds look{500};
constexpr int ok_first = 200, redirect_first = 300, client_first = 400;

std::string one_line(std::string_view text) {
  return std::string{base::start_of(base::printable(text), text_max)};
}

/// Whether the next mail would fare no better.
bool is_of_server(const letter_outcome& outcome) {
  return outcome.what == letter_verdict::stopped || outcome.error_class == "network"
         || outcome.error_class == "timeout";
}

} // namespace

post_office::post_office(post_office_settings settings,
                         std::shared_ptr<const base::secrets> secrets,
                         std::shared_ptr<const std::atomic<bool>> stop)
  : settings_(std::move(settings)), secrets_(std::move(secrets)), stop_(std::move(stop)),
    calls_(secrets_, settings_.http) {
  if (settings_.smtp)
    smtp_.emplace(*settings_.smtp, secrets_, stop_);
}

post_office::~post_office() = default;

letter_outcome post_office::send_mail(const pg::claimed_delivery& letter) {
  if (!smtp_)
    return {letter_verdict::stopped, "not_set", "NOVA_SMTP_URL is not set on this node"};
  if (!is_address(letter.address))
    return {letter_verdict::failed, "bad_address",
            one_line("'" + letter.address + "' is no address of email")};
  auto digest = read_digest(letter.items);
  if (!digest)
    return {letter_verdict::failed, "bad_items", one_line(to_string(digest.error()))};
  auto domain = settings_.from.address.substr(settings_.from.address.find('@'));
  mail what{settings_.from,
            letter.address,
            subject_of(*digest, settings_.by),
            letter.message_id + domain,
            letter.thread.empty() ? std::string{} : letter.thread + domain,
            settings_.clock(),
            text_of(*digest, settings_.by),
            html_of(*digest, settings_.by)};
  return smtp_->send(settings_.from.address, letter.address, mime_of(what));
}

std::vector<letter_outcome>
post_office::send_mails(const std::vector<pg::claimed_delivery>& letters) {
  std::vector<letter_outcome> all;
  auto end = base::monotonic_now() + settings_.batch_max;
  bool is_reached = true;
  for (const auto& letter : letters) {
    if (stop_->load() || base::monotonic_now() > end)
      all.push_back({letter_verdict::later, "busy", "its turn did not come"});
    else if (!is_reached)
      all.push_back({all.back().what == letter_verdict::stopped ? letter_verdict::stopped
                                                                : letter_verdict::retry,
                     all.back().error_class, all.back().text});
    else
      all.push_back(send_mail(letter));
    is_reached = is_reached && !is_of_server(all.back());
  }
  return all;
}

letter_outcome post_office::calls_of(const pg::claimed_delivery& letter,
                                     std::vector<jobs::call_url>& calls) {
  auto secret = [&](const std::string& name) { return secrets_->find(name); };
  jobs::call_url call;
  call.url = letter.url;
  call.timeout = settings_.http_timeout;
  call.allow_private = letter.allow_private;
  if (!letter.url_secret.empty()) {
    auto url = secret(letter.url_secret);
    if (!url)
      return {letter_verdict::refused, "secret_missing", one_line(to_string(url.error()))};
    call.url = std::move(*url);
  }
  auto digest = read_digest(letter.items);
  if (!digest)
    return {letter_verdict::failed, "bad_items", one_line(to_string(digest.error()))};
  if (letter.format == "pagerduty") {
    auto key = secret(letter.secret_name);
    if (!key)
      return {letter_verdict::refused, "secret_missing", one_line(to_string(key.error()))};
    for (auto& body : pagerduty_bodies(*digest, settings_.by, *key)) {
      calls.push_back(call);
      calls.back().body = std::move(body);
    }
    return {};
  }
  call.headers = {"Idempotency-Key: nova-alert-" + letter.message_id};
  call.secret_name = letter.secret_name;
  call.body = letter.format == "slack" ? slack_body(*digest, settings_.by)
                                       : nova_body(*digest, settings_.by, letter.message_id);
  calls.push_back(std::move(call));
  return {};
}

std::vector<letter_outcome>
post_office::send_webhooks(const std::vector<pg::claimed_delivery>& letters) {
  std::vector<letter_outcome> all(letters.size());
  for (size_t place = 0; place < letters.size(); ++place) {
    std::vector<jobs::call_url> calls;
    all[place] = calls_of(letters[place], calls);
    for (auto& call : calls)
      calls_.start(std::move(call), [&all, place](const jobs::url_called& answer) {
        auto outcome = outcome_of_call(answer);
        if (all[place].what == letter_verdict::sent)
          all[place] = std::move(outcome);
      });
  }
  while (calls_.in_flight() > 0) {
    if (stop_->load())
      calls_.cancel_all();
    else
      calls_.run_once(look);
  }
  return all;
}

letter_outcome outcome_of_call(const jobs::url_called& answer) {
  using jobs::call_failure;
  auto answered =
    answer.status >= ok_first
    && (answer.failure == call_failure::none || answer.failure == call_failure::too_large);
  if (!answered)
    switch (answer.failure) {
      case call_failure::bad_url:
        return {letter_verdict::refused, "bad_url", "its URL is not one of http or https"};
      case call_failure::secret_missing:
      case call_failure::address_refused:
        return {letter_verdict::refused, to_string(answer.failure), one_line(answer.text)};
      case call_failure::busy: return {letter_verdict::later, "busy", one_line(answer.text)};
      default: return {letter_verdict::retry, to_string(answer.failure), one_line(answer.text)};
    }
  if (answer.status < redirect_first)
    return {};
  auto name = "http_" + std::to_string(answer.status);
  auto text = "HTTP " + std::to_string(answer.status);
  if (answer.status < client_first)
    return {letter_verdict::failed, name, text + ", a redirect, which is not followed"};
  switch (answer.status) {
    case 401:
    case 403:
    case 404:
    case 405:
    case 410: return {letter_verdict::refused, name, text};
    case 400:
    case 413:
    case 422: return {letter_verdict::failed, name, text};
    default: return {letter_verdict::retry, name, text};
  }
}

} // namespace nova::alerts
