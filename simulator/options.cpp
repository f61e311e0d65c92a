#include "simulator/options.hpp"

#include "simulator/faults.hpp"

#include <set>

namespace nova::simulator {
namespace {

constexpr uint64_t threads_max = 1'000'000'000;
constexpr uint32_t messages_per_thread_max = 100'000;
constexpr size_t body_bytes_max = size_t{32} << 20;

using base::bad_input;

std::optional<bad_input> wrong_with(const mailbox_options& mailbox) {
  if (mailbox.threads > threads_max)
    return bad_input{"mailbox.threads", "must be at most 1,000,000,000"};
  if (mailbox.messages_per_thread > messages_per_thread_max)
    return bad_input{"mailbox.messages_per_thread", "must be at most 100,000"};
  if (mailbox.body_bytes > body_bytes_max)
    return bad_input{"mailbox.body_bytes", "must be at most 33,554,432"};
  if (mailbox.span < std::chrono::seconds{0} || mailbox.span > std::chrono::years{100})
    return bad_input{"mailbox.span", "must be from 0 to 100 years"};
  for (double rate : {mailbox.attachment_rate, mailbox.awkward_id_rate, mailbox.awkward_text_rate})
    if (rate < 0 || rate > 1)
      return bad_input{"mailbox", "rates must be from 0 to 1"};
  return std::nullopt;
}

} // namespace

std::string to_string(provider kind) {
  switch (kind) {
    case provider::google: return "google";
    case provider::microsoft: return "microsoft";
    case provider::imap: return "imap";
    case provider::nylas: return "nylas";
  }
  return "unknown";
}

tl::expected<provider, base::bad_input> parse_provider(std::string_view text) {
  for (auto kind : {provider::google, provider::microsoft, provider::imap, provider::nylas})
    if (to_string(kind) == text)
      return kind;
  return tl::unexpected(bad_input{"provider", "must be one of google, microsoft, imap, nylas"});
}

tl::expected<void, base::bad_input> validate(const options& options) {
  std::set<std::string> names;
  for (const auto& grant : options.grants) {
    if (auto wrong = wrong_with(grant.mailbox))
      return tl::unexpected(*wrong);
    for (const auto& name : {grant.id, grant.email})
      if (!name.empty() && !names.insert(name).second)
        return tl::unexpected(bad_input{"grants", "two have the same id or e-mail address"});
  }
  if (options.server_threads < 1)
    return tl::unexpected(bad_input{"server_threads", "must be at least 1"});
  if (!(options.webhooks.time_scale >= 0) || options.webhooks.attempts < 1
      || options.webhooks.concurrency < 1)
    return tl::unexpected(bad_input{
      "webhooks", "time_scale must not be negative, attempts and concurrency at least 1"});
  if (!(options.settings.webhooks_lost >= 0 && options.settings.webhooks_lost <= 1))
    return tl::unexpected(bad_input{"settings.webhooks_lost", "must be from 0 to 1"});
  if (options.faults.empty())
    return {};
  auto script = fault_script::parse(options.faults);
  if (!script)
    return tl::unexpected(script.error());
  return {};
}

} // namespace nova::simulator
