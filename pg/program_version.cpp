#include "pg/program_version.hpp"

namespace nova::pg {

std::string_view program_version() {
  return NOVA_VERSION;
}

} // namespace nova::pg
