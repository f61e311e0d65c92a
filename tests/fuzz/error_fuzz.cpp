// Error answers and their headers: classification and texts for logs take any bytes. The first byte
// chooses the status.

#include "nylas/api.hpp"
#include "nylas/parse.hpp"
#include "tests/fuzz/storable.hpp"

#include <array>

using namespace nova;

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls this name
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr std::array<int, 12> statuses{0, 200, 302, 400, 401, 403, 404, 429, 500, 502, 503, 504};
  if (size == 0)
    return 0;
  nylas::api_response response;
  response.status = statuses[data[0] % statuses.size()];
  response.body.assign(reinterpret_cast<const char*>(data + 1), size - 1);
  response.retry_after = response.body.substr(0, 40);

  auto error = nylas::parse_error(response.body);
  fuzz::require(error.message.size() <= 600 && error.provider_error.size() <= 500,
                "texts of errors are short");
  fuzz::require_storable(error.type + error.message + error.request_id + error.provider_error);

  nylas::api_request request;
  request.target = "/v3/grants/g/messages?page_token=x";
  (void)nylas::classify(request, response);
  auto wait =
    nylas::find_retry_after(response, std::chrono::system_clock::from_time_t(1'763'640'000));
  fuzz::require(!wait || (*wait > std::chrono::milliseconds{0} && *wait <= std::chrono::hours{1}),
                "a wait is bounded");
  (void)nylas::percent_encode(response.body);
  return 0;
}
