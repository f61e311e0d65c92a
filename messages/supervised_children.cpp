#include "messages/supervised_children.hpp"

namespace nova {

std::string to_string(restart_policy policy) {
  switch (policy) {
    case restart_policy::permanent: return "permanent";
    case restart_policy::transient: return "transient";
    case restart_policy::temporary: return "temporary";
  }
  return "unknown";
}

} // namespace nova
