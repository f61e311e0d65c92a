#pragma once

#include <caf/type_id.hpp>
