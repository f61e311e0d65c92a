#pragma once

#include "base/process_usage.hpp"
#include "inspection/audit_journal.hpp"
#include "inspection/operator_api.hpp"
#include "pg/connection.hpp"
#include "pg/operations.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace nova::inspection {

/// The tables for the inspection API: a thread with a connection of its own, so that a look neither
/// waits for the pool nor takes from it. Each statement has three seconds; at most 64 questions
/// wait. Once a second it reads the live settings and takes back those that are due.
class inspection_tables {
public:
  using settings_map = std::map<std::string, std::string>;

  /// `changed` is called on the thread, at first with what holds at the start.
  inspection_tables(pg::connection_settings settings, std::string node,
                    std::function<void(const settings_map&)> changed);
  ~inspection_tables();

  inspection_tables(const inspection_tables&) = delete;
  inspection_tables& operator=(const inspection_tables&) = delete;

  /// Any thread; returns at once.
  void look(const table_question& question, table_told done);
  /// Plans, or does and records.
  void change(const operator_order& order, order_told done);
  /// Writes into the audit log what is to be done elsewhere; while the database is away into the
  /// journal. Says whether it is kept: what is not must not be done.
  void record(const operator_order& order, const std::string& outcome,
              std::function<void(bool kept)> kept);
  /// Where lines of the audit log wait for the database.
  void use_journal(std::string path);

  /// Whether the clocks of this machine and of the database are apart.
  [[nodiscard]] std::optional<base::finding> clock_finding() const;

  /// What this process takes of its machine: the thread looks once a second.
  [[nodiscard]] base::process_usage usage() const {
    return usage_.look();
  }

  /// The names of the nodes that are alive, as of the last second.
  [[nodiscard]] std::vector<std::string> living_nodes() const;

private:
  struct job {
    std::function<void(pg::connection&)> run; // answers as its last step
    std::function<void(uint16_t status, const std::string& why)> failed;
  };

  void post(job what);
  void run();
  void perform(job& what);
  void watch_settings();
  void look_at_clock();
  void connect();
  [[nodiscard]] std::shared_ptr<audit_journal> journal() const;
  [[nodiscard]] bool note(const pg::operator_action& line) const;

  pg::connection_settings settings_;
  std::string node_;
  std::function<void(const settings_map&)> changed_;
  std::unique_ptr<pg::connection> conn_; // of the thread
  settings_map known_;
  std::chrono::steady_clock::time_point clock_due_; // when the clocks are compared next
  bool told_ = false;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<job> waiting_;
  std::vector<std::string> living_;
  std::shared_ptr<audit_journal> journal_; // null before `use_journal`
  std::atomic<int64_t> clock_ahead_us_{0}; // of the database's
  base::usage_meter usage_{base::monotonic_now()};
  bool stopping_ = false;
  std::thread thread_; // last: it uses all of the above
};

} // namespace nova::inspection
