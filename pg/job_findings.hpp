#pragma once

#include "pg/sentences.hpp"

#include <span>

namespace nova::pg {

/// How the kinds `upkeep/…` of findings_of_jobs and `alert/…` of findings_of_alerts are said.
std::span<const sentence> sentences_of_jobs();

} // namespace nova::pg
