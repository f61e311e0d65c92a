#pragma once

#include <chrono>
#include <thread>

namespace nova::test {

/// Polls until `holds` or the time is over; says whether it held. For what other processes and
/// threads do.
template <class Condition>
bool eventually(Condition holds, std::chrono::milliseconds within = std::chrono::seconds{60}) {
  auto deadline = std::chrono::steady_clock::now() + within;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline)
      return false;
    std::this_thread::sleep_for(
      std::chrono::milliseconds{10}); // the poll's pause, not a wait for a condition
  }
  return true;
}

} // namespace nova::test
