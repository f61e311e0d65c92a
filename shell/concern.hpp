#pragma once

#include "base/finding.hpp"

#include <rapidjson/document.h>

namespace nova::shell {

/// Whether what is wrong, held back or changed has to do with an actor, a row of `actors`: the
/// actor itself, its node, its role, its queue, its backfill, or the database that it asks.
bool concerns(const base::finding& found, const rapidjson::Value& actor);

} // namespace nova::shell
