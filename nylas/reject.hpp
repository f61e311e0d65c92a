#pragma once

#include "nylas/json.hpp"
#include "nylas/model.hpp"

#include <string_view>

namespace nova::nylas {

/// What is kept of an object of a `kind` (message, thread or folder) that cannot be read, and why.
email_reject reject(std::string_view kind, const json::value& item, const base::bad_input& why);

} // namespace nova::nylas
