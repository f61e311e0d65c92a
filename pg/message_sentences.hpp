#pragma once

#include "pg/sentences.hpp"

#include <span>

namespace nova::pg {

/// How what schema/cluster/queries/explain_message.sql finds is said.
std::span<const sentence> sentences_of_messages();

} // namespace nova::pg
