#include "actors/observation.hpp"

#include "base/clock.hpp"
#include "nylas/parse.hpp"

#include <algorithm>

namespace nova {
namespace {

constexpr size_t description_max = 300;

} // namespace

std::string describe(const nylas::api_response& response) {
  if (response.status == 0)
    return "no answer: " + response.failure.substr(0, description_max);
  auto error = nylas::parse_error(response.body);
  auto text = "HTTP " + std::to_string(response.status) + ' ' + error.type
              + (error.type.empty() ? "" : ": ") + error.message;
  std::replace_if(
    text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  return text.substr(0, description_max);
}

std::chrono::milliseconds retry_after(const nylas::api_response& response,
                                      std::chrono::milliseconds otherwise) {
  return nylas::find_retry_after(response, base::wall_now()).value_or(otherwise);
}

} // namespace nova
