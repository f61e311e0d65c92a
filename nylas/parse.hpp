#pragma once

#include "base/bad_input.hpp"
#include "nylas/model.hpp"

#include <tl/expected.hpp>

#include <string>

/// From JSON to models, as leniently as the meaning is plain (docs/nylas.md). Parsing is in situ,
/// so each function takes its text by value and destroys it.
///
/// What all of them do:
/// - Bytes that are not UTF-8, escaped NULs and halves of surrogate pairs become U+FFFD, so that
/// PostgreSQL takes every string. More than 64 MiB, 64 levels or 4 million values are refused.
/// - Null is as absent. Null elements of lists are skipped. Unknown members are ignored.
/// - A field of another form is converted or left out, and noted.
/// - An element of a page that is no object or has no id of at most 2,048 bytes goes to `rejected`;
/// the others are read.
/// - A message that stands twice in a page is one, with the folders of both (`unite_copies`).
namespace nova::nylas {

template <class T>
using parsed = tl::expected<T, base::bad_input>;

/// Bodies of list answers: `data` as array; `data.threads`, `data.items` and null are tolerated.
parsed<page<email_message>> parse_message_page(std::string body);
parsed<page<thread>> parse_thread_page(std::string body);
parsed<page<folder>> parse_folder_page(std::string body);
parsed<page<webhook_endpoint>> parse_webhook_page(std::string body);

/// Bodies of single answers: `{request_id, data}`.
parsed<email_message> parse_message(std::string body);
parsed<thread> parse_thread(std::string body);
parsed<grant> parse_grant(std::string body);

/// What an error answer says, for logs and rows; never fails: a body that is not JSON gives its
/// first line.
struct api_error {
  std::string type;
  std::string message;
  std::string request_id;
  /// Text of `provider_error` as compact JSON, at most 500 bytes, as the others are.
  std::string provider_error;
};
api_error parse_error(const std::string& body);

} // namespace nova::nylas
