#pragma once

#include "http/http_server.hpp"

#include <ctime>
#include <string>
#include <string_view>

namespace nova::http {

/// Without the blanks and line breaks at both ends.
std::string_view trimmed(std::string_view text);

/// The reason phrase, for example `Not Found`; `Status` for a number that has none here.
std::string_view status_text(int status);

/// Whether an answer with this status may have a body and a length at all.
bool status_has_body(int status);

/// `Sun, 06 Nov 1994 08:49:37 GMT`.
std::string http_date(std::time_t seconds);

/// Appends the status line and all header fields of `response`, with the empty line that ends them.
/// Line breaks in a field's value become spaces.
void render_head(std::string& out, const response& response, std::string_view date,
                 bool keep_alive);

} // namespace nova::http
