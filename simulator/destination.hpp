#pragma once

#include "simulator/options.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What a webhook destination is, and Nylas's rules of delivery. Pure: time is an argument.
namespace nova::simulator {

enum class destination_status : uint8_t { active, pause, failing, failed };
std::string to_string(destination_status);

/// From `active` to `failing` (95 % not acknowledged over 15 minutes; still delivered to) to
/// `failed` (still so after 72 hours; delivery ends until someone sets it active again).
class destination_health {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// `time_scale` shortens both spans.
  explicit destination_health(double time_scale) : time_scale_(time_scale) {}

  void record(bool acknowledged, time_point now);
  void activate();
  void pause() {
    status_ = destination_status::pause;
  }

  [[nodiscard]] destination_status status() const {
    return status_;
  }

private:
  struct slot {
    int64_t number = -1;
    uint64_t attempts = 0;
    uint64_t failures = 0;
  };

  double time_scale_;
  destination_status status_ = destination_status::active;
  std::array<slot, 15> slots_{};    // one a minute, before scaling
  std::optional<time_point> since_; // the first attempt that counts
  std::optional<time_point> failing_since_;
};

/// True for the answers after which Nylas tries again; 0 stands for none.
bool is_retried(int status);

/// The pause before attempt `attempt` + 1, `drawn` spreads it: the second comes 2 to 4 minutes
/// after the first, the third 10 to 20 minutes after the first.
std::chrono::milliseconds retry_pause(int attempt, uint64_t drawn, double time_scale);

struct destination {
  std::string id;
  std::string url;
  std::string description;
  std::vector<std::string> triggers;
  std::vector<std::string> emails;
  std::string secret;
  bool compressed = false;
  int64_t created_at = 0;
  int64_t updated_at = 0;
  destination_health health{1};

  [[nodiscard]] bool wants(std::string_view type) const;
};

/// The destination as the API reports it; the secret only where it was just made.
std::string to_json(const destination& of, bool with_secret);

/// All triggers of mail and grants.
std::vector<std::string> mail_triggers();

/// `type` without `.truncated` and `.transformed`: what one subscribes to.
std::string_view subscribed_type(std::string_view type);

} // namespace nova::simulator
