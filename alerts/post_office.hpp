#pragma once

#include "alerts/alert_text.hpp"
#include "alerts/letter.hpp"
#include "alerts/mail.hpp"
#include "alerts/smtp_server.hpp"
#include "base/clock.hpp"
#include "base/secrets.hpp"
#include "jobs/http_calls.hpp"
#include "pg/jobs/claim_alert_deliveries.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nova::alerts {

struct post_office_settings {
  std::optional<smtp_settings> smtp = {}; // nothing: no mail goes out
  mail_sender from = {};
  told_by by = {};
  jobs::http_caller_limits http = {};
  std::chrono::milliseconds http_timeout{15'000};
  /// A batch that takes longer is not begun further.
  std::chrono::milliseconds batch_max{240'000};
  base::clock clock = base::wall_now; // of the date in a mail
};

/// Sends messages about alerts: mails one after the other, webhooks side by side. Blocks; belongs
/// to one thread. Never throws for what a message or its recipient is like.
class post_office {
public:
  post_office(post_office_settings settings, std::shared_ptr<const base::secrets> secrets,
              std::shared_ptr<const std::atomic<bool>> stop);
  ~post_office();

  post_office(const post_office&) = delete;
  post_office& operator=(const post_office&) = delete;

  /// What became of each, in their order. A server of mail that is out of reach, or refuses us, is
  /// asked once for all.
  std::vector<letter_outcome> send_mails(const std::vector<pg::claimed_delivery>& letters);
  std::vector<letter_outcome> send_webhooks(const std::vector<pg::claimed_delivery>& letters);

private:
  letter_outcome send_mail(const pg::claimed_delivery& letter);
  /// What is sent for one message: several for PagerDuty, none where there is nothing to say. An
  /// outcome when it cannot be.
  letter_outcome calls_of(const pg::claimed_delivery& letter, std::vector<jobs::call_url>& calls);

  post_office_settings settings_;
  std::shared_ptr<const base::secrets> secrets_;
  std::shared_ptr<const std::atomic<bool>> stop_;
  std::optional<smtp_server> smtp_;
  jobs::http_calls calls_;
};

/// What an answer to a webhook means: 2xx is sent; 401, 403, 404, 405 and 410, and an address that
/// may not be called, are refused; 400, 413, 422 and a redirect are given up; all else is tried
/// again. The text has nothing of the URL but its host.
[[nodiscard]] letter_outcome outcome_of_call(const jobs::url_called& answer);

} // namespace nova::alerts
