#include "demo/demo_report.hpp"

#include "app/progress_line.hpp"
#include "base/json_text.hpp"
#include "base/printable.hpp"

#include <fmt/format.h>
#include <unistd.h>

namespace nova::demo {
namespace {

double a_second(uint64_t count, const demo_summary& result) {
  return result.seconds > 0 ? static_cast<double>(count) / result.seconds : 0.0;
}

} // namespace

demo_display::demo_display(bool json)
  : quiet_(json), moving_(!json && isatty(STDERR_FILENO) != 0) {}

void demo_display::say(const std::string& text) const {
  if (!quiet_)
    fmt::print(stderr, "{}\n", text);
}

void demo_display::draw(double share, const std::vector<std::string>& words) {
  if (!moving_)
    return;
  // What an earlier, longer line left on its right is cleared.
  fmt::print(stderr, "\r  {}\033[K",
             app::progress_line(share, words, app::terminal_width(STDERR_FILENO) - 2));
  drawn_ = true;
}

void demo_display::end_line() {
  if (drawn_)
    fmt::print(stderr, "\n");
  drawn_ = false;
}

void print_demo_json(const demo_summary& result) {
  rapidjson::StringBuffer buffer;
  base::json_writer out{buffer};
  auto whole = [&out](const char* name, uint64_t value) { out.Key(name), out.Uint64(value); };
  auto real = [&out](const char* name, double value) { out.Key(name), out.Double(value); };
  auto truth = [&out](const char* name, bool value) { out.Key(name), out.Bool(value); };
  out.SetMaxDecimalPlaces(3);
  out.StartObject();
  whole("threads", result.threads);
  whole("messages", result.messages);
  whole("api_calls", result.api_calls);
  real("seconds", result.seconds);
  real("threads_per_second", a_second(result.threads, result));
  real("messages_per_second", a_second(result.messages, result));
  truth("verified", result.verified());
  whole("threads_failed", result.failed);
  whole("kills", result.kills);
  truth("completed_once", result.completed_once);
  real("worker_cpu_seconds", result.worker.cpu_seconds);
  whole("worker_resident_bytes_max", result.worker.resident_bytes_max);
  whole("changes_meanwhile", result.changes_meanwhile);
  whole("changes", result.changes);
  whole("webhooks", result.webhooks);
  whole("notifications", result.notifications);
  whole("notifications_lost", result.notifications_lost);
  whole("notifications_pending", result.notifications_pending);
  whole("webhooks_given_up", result.webhooks_given_up);
  whole("webhooks_dropped", result.webhooks_dropped);
  real("webhook_p50_ms", result.webhook_p50_ms);
  real("webhook_p99_ms", result.webhook_p99_ms);
  whole("database_restarts", result.database_restarts);
  whole("missing", result.compared.missing);
  whole("stale", result.compared.stale);
  whole("extra", result.compared.extra);
  out.EndObject();
  fmt::print("{}\n", buffer.GetString());
}

void print_demo_text(const demo_summary& result) {
  const auto& compared = result.compared;
  fmt::print("\n  threads    {} ({:.0f} a second)\n  messages   {} ({:.0f} a second)\n"
             "  API calls  {}\n  seconds    {:.2f}\n"
             "  node       {:.2f} CPU seconds, at most {} MiB\n",
             result.threads, a_second(result.threads, result), result.messages,
             a_second(result.messages, result), result.api_calls, result.seconds,
             result.worker.cpu_seconds, result.worker.resident_bytes_max >> 20);
  if (result.kills > 0)
    fmt::print("  killed     {} times while it worked; completed {}\n", result.kills,
               result.completed_once ? "once, counts right" : "NOT exactly once");
  if (result.webhooks > 0)
    fmt::print(
      "  live       {} changes while it ran, {} afterwards, {} webhooks acknowledged, {} lost\n"
      "             POST to committed effect p50 {:.1f} ms, p99 {:.1f} ms\n",
      result.changes_meanwhile, result.changes, result.webhooks, result.notifications_lost,
      result.webhook_p50_ms, result.webhook_p99_ms);
  if (result.webhooks_dropped + result.webhooks_given_up > 0)
    fmt::print(
      "             {} webhooks dropped by the simulator, {} given up: what only they told of\n"
      "             is found by sweeps and audits alone\n",
      result.webhooks_dropped, result.webhooks_given_up);
  if (result.database_restarts > 0)
    fmt::print("  restarted  the database {} times meanwhile\n", result.database_restarts);
  fmt::print("  compared   {} messages in {} threads: {} missing, {} different, {} extra\n\n",
             compared.messages, compared.threads, compared.missing, compared.stale, compared.extra);
  for (const auto& difference : compared.differences)
    fmt::print("  {}\n", base::printable(difference));
  fmt::print("{}\n", result.verified() ? "verified" : "NOT verified");
}

} // namespace nova::demo
