#pragma once

#include "simulator/notification_payloads.hpp"
#include "tests/support/certifier_fixture.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>

/// What people reported of other programs that collect mail, done to Nova. docs/reported-cases.md
/// has them in a table.
namespace nova {

/// A mailbox, a database and a node over them that may be stopped and started.
struct reported_fixture : test::certifier_fixture {
  explicit reported_fixture(const simulator::options& mailbox);

  void start();
  void stop();
  /// The node runs and has brought in a year of the mailbox.
  void begin();
  /// The same, and it is told of every change from now on.
  void begin_told();
  /// Until each notification was delivered and handled.
  void handled(std::chrono::seconds within = std::chrono::seconds{60});

  /// Nobody is told of what is done by these.
  [[nodiscard]] simulator::changes quiet();
  simulator::message_record put(int64_t date, const std::string& subject = "put there");
  /// Changes what the mailbox has of a message in any way.
  void alter(const std::string& id, const std::function<void(simulator::message_record&)>& how);
  void tell(const simulator::event& what);
  void faults(const std::string& script);

  /// The mailbox is in the database, with what is in doubt decided.
  void expect_equal();
  /// Also, every day has a certificate that says so; what was wrong may be mended on the way.
  void expect_proven(std::chrono::seconds patience = std::chrono::seconds{40});

  app::node_settings how;
  std::unique_ptr<app::node> node;
};

struct reported_case {
  const char* name;   // what must hold
  const char* report; // project#number
  simulator::options mailbox;
  void (*happens)(reported_fixture& f);
};
std::ostream& operator<<(std::ostream& out, const reported_case& one);

/// Does what happened, and then expects every day to be proven.
void prove(const reported_case& one);

/// Seconds since 1970, a second of the UTC day that many days ago.
int64_t days_ago(int64_t days, int64_t second = 43'200);

simulator::options small_mailbox(uint64_t threads = 12, uint32_t messages = 2,
                                 simulator::provider kind = simulator::provider::nylas);
/// Its answers fail as the script says.
simulator::options failing_mailbox(const char* script);

} // namespace nova
