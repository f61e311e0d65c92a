#pragma once

#include "pg/sentences.hpp"

#include <span>

namespace nova::pg {

/// How the kinds `upkeep/…` and `key/…` of findings_of_jobs and `messages/…` of
/// findings_of_messenger are said.
std::span<const sentence> sentences_of_jobs();

} // namespace nova::pg
