#pragma once

#include "base/clock.hpp"
#include "simulator/faults.hpp"
#include "simulator/mailbox.hpp"
#include "simulator/options.hpp"
#include "simulator/rate_limits.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace nova::simulator {

/// Something that webhooks tell: everything of the notification but its id, time and attempt.
struct event {
  std::string type;
  /// For example `/google/emails/realtime`.
  std::string source;
  std::string grant_id;
  /// JSON of `data.object`.
  std::string object;
  /// Of messages.
  std::string object_id = {};
};

/// What happens to a grant besides mail; `guard` is held to read or write it.
struct grant_condition {
  bool valid = true;
  bool blocked = false;
  int64_t updated_at = 0; // of the last authorisation
  int64_t expired_at = 0;
  /// What happened while it was not valid, at most 10,000 events: told when it is authorised again
  /// in time.
  std::vector<event> held;
  grant_usage usage;
  grant_habits habits;
};

/// One connected mailbox.
struct grant_state {
  std::string id;
  std::string email;
  simulator::provider provider = simulator::provider::google;
  std::string external_id;
  /// For requests that name the grant `me`.
  std::string access_token;
  int64_t created_at = 0;
  /// Shared with the grant that it replaced.
  std::shared_ptr<mailbox> mail;
  std::mutex guard;
  grant_condition condition;

  [[nodiscard]] grant_habits habits() {
    std::lock_guard lock{guard};
    return condition.habits;
  }
  /// What `grant_habits::move_changes_id` comes to.
  [[nodiscard]] bool move_changes_id() {
    return habits().move_changes_id.value_or(provider == provider::microsoft);
  }
};

/// What was asked and answered so far.
class request_statistics {
public:
  void count(const std::string& route, int status, size_t bytes, bool fault,
             const provider_cost& cost);

  /// As a JSON object.
  [[nodiscard]] std::string to_json() const;
  [[nodiscard]] uint64_t total() const;

private:
  mutable std::mutex mutex_;
  std::map<std::string, std::map<int, uint64_t>> routes_; // as many as there are routes
  std::map<std::string, provider_cost> costs_;            // of routes that cost something
  uint64_t bytes_ = 0;
  uint64_t faults_ = 0;
};

/// Everything the simulated service knows, apart from webhooks. Any thread.
class world {
public:
  explicit world(options options, base::clock clock = base::wall_now);

  world(const world&) = delete;
  world& operator=(const world&) = delete;

  [[nodiscard]] const std::string& api_key() const {
    return options_.api_key;
  }
  [[nodiscard]] uint64_t seed() const {
    return options_.seed;
  }
  [[nodiscard]] const std::string& application_id() const {
    return application_id_;
  }
  /// Those that are there now.
  [[nodiscard]] std::vector<std::shared_ptr<grant_state>> grants() const;

  /// By id, `grant:<id>`, e-mail address, `email:<address>` or `external:<id>`; null when unknown.
  [[nodiscard]] grant_state* find_grant(const std::string& name) const;

  /// The same mailbox under another grant id, as after its owner connected it once more; the old id
  /// is unknown from now on. Null when the grant is replaced already.
  std::shared_ptr<grant_state> replace_grant(grant_state& old);

  [[nodiscard]] settings current() const;
  void change(const settings& next);

  /// Replaces the fault script; its time starts now.
  void set_faults(fault_script script);
  std::optional<fault> decide_fault(std::string_view method, std::string_view path);

  /// Seconds since 1970.
  [[nodiscard]] int64_t now() const;
  [[nodiscard]] int64_t now_ms() const;

  /// In the form of Nylas's: a UUID, another each time.
  std::string next_request_id();
  /// Numbers that are never the same twice.
  uint64_t next_number() {
    return ++numbers_;
  }

  /// Who is told of events; set before anything happens, called from any thread.
  void on_event(std::function<void(event)> sink);
  void tell(event what) const;

  request_statistics statistics;

private:
  void add_grant(const grant_options& from, size_t place);

  options options_;
  base::clock clock_;
  std::string application_id_;
  std::atomic<uint64_t> numbers_{0};
  std::function<void(event)> sink_;

  mutable std::mutex mutex_; // guards what follows
  std::vector<std::shared_ptr<grant_state>> grants_;
  std::vector<std::shared_ptr<grant_state>> replaced_; // a request may still be under way for one
  settings settings_;
  std::shared_ptr<fault_script> faults_;
  std::chrono::steady_clock::time_point faults_since_;
};

} // namespace nova::simulator
