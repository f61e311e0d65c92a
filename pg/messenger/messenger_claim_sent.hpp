#pragma once

#include "pg/connection.hpp"
#include "pg/messenger/messenger_claim.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace nova::pg {

/// The message that its sender has just sent by a transport of type `sync`, in the transaction that
/// sends it. Nothing: it is of another type, is delayed, or another has it.
struct messenger_claim_sent {
  static constexpr const char* name = "messenger_claim_sent";

  int64_t id = 0;
  std::string worker;
  std::chrono::milliseconds lease{60'000};

  std::optional<claimed_message> run(connection& conn) const;
};

} // namespace nova::pg
