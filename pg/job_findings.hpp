#pragma once

#include "pg/sentences.hpp"

#include <span>

namespace nova::pg {

/// How the kinds of findings_of_jobs, _alerts, _messenger and _integrations are said.
std::span<const sentence> sentences_of_jobs();

} // namespace nova::pg
