#pragma once

#include "pg/connection.hpp"
#include "simulator/simulator.hpp"

#include <set>
#include <string>
#include <vector>

namespace nova::test {

/// What must always hold, checked by every test that ran a node. Each entry says what is broken;
/// none is good.
std::vector<std::string> broken_invariants(pg::connection& conn);

/// Where the database differs from the simulator's mailbox: every message with every field, every
/// attachment row, every thread. At most twenty differences, each with the message's id.
std::vector<std::string> differences(pg::connection& conn, simulator::simulator& provider,
                                     const std::string& grant_id);

/// The ids of all messages that differ.
std::set<std::string> differing_messages(pg::connection& conn, simulator::simulator& provider,
                                         const std::string& grant_id);

} // namespace nova::test
