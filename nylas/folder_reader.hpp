#pragma once

#include "nylas/json.hpp"
#include "nylas/model.hpp"

namespace nova::nylas {

/// A folder as lists and notifications show it. Fails on one without an id.
tl::expected<folder, base::bad_input> read_folder(const json::value& object);

} // namespace nova::nylas
