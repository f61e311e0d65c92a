#pragma once

#include "messages/type_ids.hpp"

#include <caf/meta/type_name.hpp>

namespace nova {

/// Done, without more to say.
struct done {};

template <class Inspector>
auto inspect(Inspector& f, done&) {
  return f(caf::meta::type_name("done"));
}

} // namespace nova
