#pragma once

#include "pg/connection.hpp"
#include "schema/statement.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

// The parts of the schema, a folder of schema/ each. Every database has platform, queue, cluster,
// email and jobs; the others are installed where somebody chose them.
namespace nova::pg {

/// What stands for all of them where systems are chosen.
inline constexpr std::string_view every_system = "all";

/// The systems of these migrations, in the order in which they stand on each other.
std::vector<std::string> systems_of(std::span<const sql::migration> migrations);

/// Those that the program brings.
const std::vector<std::string>& systems();

/// "platform, queue, … or all": what is accepted where systems are chosen.
std::string accepted_systems(const std::vector<std::string>& known = systems());

/// Whether the database has a system that not every one has (messenger, integrations, assistant):
/// `nova migrate` installed it, or its files were pasted by hand.
bool has_system(connection& conn, std::string_view system);

} // namespace nova::pg
