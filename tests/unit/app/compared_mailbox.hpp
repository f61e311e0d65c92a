#pragma once

#include "app/program.hpp"
#include "app/verification.hpp"
#include "simulator/faults.hpp"
#include "tests/support/node_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>
#include <string>
#include <vector>

namespace nova::test {

/// A database that holds what the mailbox of a simulator holds, brought in by a comparison that
/// repairs, and the commands that compare the two. No node runs.
struct compared_mailbox : node_fixture {
  explicit compared_mailbox(uint64_t threads) : node_fixture(a_mailbox(threads)) {
    inbox = add_inbox();
    app::verification_scope all{inbox_id{inbox}, grant(), {}, "test", true, {}};
    brought = app::verify_mailbox(conn, settings().api, all);
    BOOST_REQUIRE(brought.missing > 50);
    BOOST_REQUIRE(brought.repaired == brought.missing);
  }

  simulator::grant_state& mail() {
    return *provider.state().grants().front();
  }

  /// The newest message that is there.
  std::string some_message() {
    std::string id;
    provider.visit_truth(grant(), [&](const simulator::message_record& message) {
      if (id.empty() && !message.draft)
        id = message.id;
    });
    return id;
  }

  /// Rules of a fault script, in JSON.
  void fails(const std::string& rules) {
    provider.state().set_faults(*simulator::fault_script::parse(R"({"rules":[)" + rules + "]}"));
  }

  struct outcome {
    int code = 0;
    std::string out, err;
    [[nodiscard]] bool says(const std::string& text) const {
      return out.find(text) != std::string::npos;
    }
  };

  outcome run(const std::vector<std::string>& arguments) {
    std::ostringstream out, err;
    auto code = app::run_program(arguments,
                                 {{"DATABASE_URL", url()},
                                  {"NYLAS_API_URI", provider.url()},
                                  {"NYLAS_API_KEY", provider.api_key()},
                                  {"NOVA_STORE_ATTACHMENTS", kept},
                                  {"LOG_LEVEL", "off"}},
                                 out, err);
    return {code, out.str(), err.str()};
  }

  outcome certify(std::vector<std::string> arguments = {}) {
    arguments.insert(arguments.begin(), {"certify", "owner@example.com", "--json"});
    return run(arguments);
  }

  outcome audit(std::vector<std::string> arguments = {}) {
    arguments.insert(arguments.begin(), {"audit", "owner@example.com", "--json"});
    return run(arguments);
  }

  std::string inbox;
  app::verification brought;     // by the first comparison
  std::string kept = "metadata"; // NOVA_STORE_ATTACHMENTS of the commands
};

} // namespace nova::test
