#pragma once

#include <string>

namespace nova::pg {

/// The folder with `postgres` and `initdb`: that of the major version that made the cluster in
/// `data` when there is one, else the newest. Looks into `NOVA_POSTGRES_BIN`, where distributions
/// put them, and `PATH`. Throws `std::runtime_error` that says how to install it.
std::string find_server_programs(const std::string& data);

} // namespace nova::pg
