#pragma once

#include "pg/sentences.hpp"

#include <span>

namespace nova::pg {

/// How what schema/cluster/queries/findings_of_server.sql finds is said; kinds are `database/…`.
/// Statements of Nova are told by their names, those of others by their first words: what they
/// have in quotes may be anybody's secret.
std::span<const sentence> sentences_of_server();

} // namespace nova::pg
