#pragma once

#include "nylas/json.hpp"
#include "nylas/model.hpp"

namespace nova::nylas {

/// What is kept of an object that cannot be read, and why.
rejected_item reject(const json::value& item, const base::bad_input& why);

} // namespace nova::nylas
