#pragma once

#include "pg/error.hpp"

#include <string>

namespace nova::syncs {

/// How values of a type of PostgreSQL compare as watermarks: `timestamp`, `number` or `text`.
std::string watermark_type_of(const std::string& type);

/// Throws what the server of a source says as the `sync_failure` that a run ends with.
[[noreturn]] void fail_at_source(const pg::error& reason);

} // namespace nova::syncs
