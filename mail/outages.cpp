#include "mail/outages.hpp"

namespace nova {

std::string to_string(outage_scope scope) {
  switch (scope) {
    case outage_scope::grant: return "grant";
    case outage_scope::application: return "application";
    case outage_scope::network: return "network";
  }
  return "unknown";
}

} // namespace nova
