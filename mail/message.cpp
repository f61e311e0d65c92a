#include "mail/message.hpp"

namespace nova {

std::string_view bare_rfc822_id(std::string_view header) {
  constexpr std::string_view blank = " \t\r\n";
  constexpr size_t bytes_max = 998;
  if (auto open = header.find('<'); open != std::string_view::npos) {
    header.remove_prefix(open + 1);
    header = header.substr(0, header.find('>'));
  }
  auto first = header.find_first_not_of(blank);
  if (first == std::string_view::npos)
    return {};
  header = header.substr(first, header.find_last_not_of(blank) - first + 1);
  return header.size() <= bytes_max ? header : std::string_view{};
}

} // namespace nova
