#pragma once

#include "pg/explanation.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The shell's view `message`: how messages came, or why they are not there.
namespace nova::pg {

/// The messages with a header Message-ID, its brackets or not, each as a question: at most `limit`.
/// When none is stored, the one whose id it would be at IMAP.
std::vector<message_question> messages_of_rfc822(connection& conn, std::string_view rfc822_id,
                                                 std::string_view inbox, int64_t limit);

/// The steps as a JSON array of {next, text, inbox, message, step, at, state}; `argument` is
/// MESSAGE, or MESSAGE INBOX with a blank between them; MESSAGE an id, or rfc822: and a header
/// Message-ID. Of what nobody knows it has the step `unknown`.
std::string message_view(connection& conn, std::string_view argument, int64_t limit);

} // namespace nova::pg
