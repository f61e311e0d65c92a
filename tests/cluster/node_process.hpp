#pragma once

#include "app/child_process.hpp"
#include "tests/support/node_fixture.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>

namespace nova::test {

/// `nova run` as a process of its own over the fixture's database and simulator.
class node_process {
public:
  node_process(const node_fixture& fixture, const std::string& name,
               std::map<std::string, std::string> environment = {},
               const std::string& roles = "webhooks,backfill,threads,completion")
    : log_(folder_.path() + "/log") {
    environment.try_emplace("DATABASE_URL", fixture.url());
    environment.try_emplace("NYLAS_API_KEY", fixture.provider.api_key());
    environment.try_emplace("NYLAS_API_URI", fixture.provider.url());
    environment.try_emplace("POLL_INTERVAL_MS", "200");
    // What these tests look at are threads that are claimed: with this strategy each of them is.
    environment.try_emplace("BACKFILL_STRATEGY", "threads");
    environment.try_emplace("COMPLETION_CHECK_INTERVAL_MS", "200");
    environment.try_emplace("LOG_LEVEL", "debug");
    process_ = std::make_unique<app::child_process>(
      std::vector<std::string>{"run", "--name", name, "--http", "off", "--roles", roles},
      environment, log_);
  }

  app::child_process& process() {
    return *process_;
  }

  void signal(int which) const {
    ::kill(process_->pid(), which);
  }

  /// Stops it as a debugger does, and waits until each of its threads stands still: one that runs
  /// when the signal comes may yet finish an answer.
  [[nodiscard]] bool freeze() const {
    signal(SIGSTOP);
    return eventually([&] {
      namespace fs = std::filesystem;
      const fs::path threads{"/proc/" + std::to_string(process_->pid()) + "/task"};
      return std::all_of(fs::directory_iterator{threads}, {}, [](const fs::directory_entry& one) {
        std::ifstream file{one.path() / "stat"};
        const std::string line{std::istreambuf_iterator<char>{file}, {}};
        // The state comes after the name, which may hold anything.
        return line.find(") T ", line.rfind(')')) != std::string::npos;
      });
    });
  }

  [[nodiscard]] std::string log() const {
    std::ifstream file{log_};
    return {std::istreambuf_iterator<char>{file}, {}};
  }

  [[nodiscard]] bool logged(const std::string& text,
                            std::chrono::milliseconds within = std::chrono::seconds{30}) const {
    return eventually([&] { return log().find(text) != std::string::npos; }, within);
  }

private:
  temporary_folder folder_;
  std::string log_;
  std::unique_ptr<app::child_process> process_;
};

} // namespace nova::test
