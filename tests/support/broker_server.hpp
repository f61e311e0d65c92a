#pragma once

#include "tests/support/database_fixture.hpp"

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace nova::test {

/// A real broker of the tests of an executable: a process of its own with its own folder and ports,
/// which ends with the program. Each case has a queue of its own there. What it was sent is still
/// there after `kill` and `start`.
class broker_server {
public:
  virtual ~broker_server();

  /// Waits until it answers.
  void start();
  /// At once, but not before it has noted that there is the queue of this case.
  void kill();
  [[nodiscard]] bool runs() const {
    return process_ > 0;
  }

  /// The config of a transport that leads to it. `password` is what its secret must be.
  [[nodiscard]] virtual std::map<std::string, std::string> config() const = 0;
  [[nodiscard]] virtual std::string password() const = 0;
  [[nodiscard]] virtual std::string type() const = 0;
  /// The same as JSON text.
  [[nodiscard]] std::string config_text() const;

protected:
  struct program {
    std::vector<std::string> command;
    std::map<std::string, std::string> variables = {};
  };

  broker_server();
  [[nodiscard]] virtual program how() const = 0;
  [[nodiscard]] virtual bool answers() const = 0;
  [[nodiscard]] virtual bool knows_queue() const {
    return true;
  }
  void end();

  /// A port that nobody has, for now.
  static uint16_t free_port();
  /// Of the queue of this case.
  [[nodiscard]] std::string queue() const {
    return "nova-" + std::to_string(case_);
  }

  temporary_folder folder_;

private:
  friend std::shared_ptr<broker_server> start_broker_server(const std::string& type);

  pid_t process_ = -1;
  int case_ = 0;
};

/// Those that this program can be built for.
const std::vector<std::string>& broker_types();
/// Whether the server of the tests still has its messages after `kill`, and refuses a wrong
/// password: the emulator of SQS does neither.
bool keeps_messages(const std::string& type);
bool checks_passwords(const std::string& type);

/// Of that type, running, with a queue that nobody has used; null where its program or its client
/// is missing, which is told as a warning of the case.
std::shared_ptr<broker_server> start_broker_server(const std::string& type);

} // namespace nova::test
