#include "base/uuid.hpp"

#include <cctype>

namespace nova::base {

bool is_uuid(std::string_view text) {
  bool good = text.size() == 36;
  for (size_t i = 0; good && i < text.size(); ++i) {
    bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    good = dash ? text[i] == '-' : std::isxdigit(static_cast<unsigned char>(text[i])) != 0;
  }
  return good;
}

} // namespace nova::base
