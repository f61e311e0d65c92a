#pragma once

#include "base/bad_input.hpp"
#include "nylas/model.hpp"

#include <tl/expected.hpp>

#include <string>

/// From JSON to models: lenient where the reference says that fields vary, strict on types. Parsing is in
/// situ, so each function takes its text by value and destroys it.
namespace nova::nylas {

template <class T>
using parsed = tl::expected<T, base::bad_input>;

/// Bodies of list answers: `data` as array; `data.threads`, `data.items` and null are tolerated.
parsed<page<message>> parse_message_page(std::string body);
parsed<page<thread>> parse_thread_page(std::string body);
parsed<page<folder>> parse_folder_page(std::string body);

/// Bodies of single answers: `{request_id, data}`.
parsed<message> parse_message(std::string body);
parsed<thread> parse_thread(std::string body);
parsed<grant> parse_grant(std::string body);

/// What an error answer says, for logs and rows; never fails: a body that is not JSON gives its first line.
struct api_error {
  std::string type;
  std::string message;
  std::string request_id;
  /// Text of `provider_error` as compact JSON, at most 500 bytes.
  std::string provider_error;
};
api_error parse_error(const std::string& body);

} // namespace nova::nylas
