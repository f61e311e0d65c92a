#pragma once

#include "base/bad_input.hpp"
#include "base/clock.hpp"

#include <tl/expected.hpp>

#include <string>
#include <string_view>

namespace nova::alerts {

/// Whether a text is an address of email, `local@domain`, that may stand in a header and in the
/// dialogue with a server: printable ASCII without blanks, quotes, brackets, commas and such, at
/// most 254 bytes, one `@`.
[[nodiscard]] bool is_address(std::string_view text);

/// Who a mail is from: `nova@example.com`, or `Nova of Acme <nova@example.com>`.
struct mail_sender {
  std::string name = {};
  std::string address;
};
/// Fails with what is accepted.
tl::expected<mail_sender, base::bad_input> parse_sender(std::string_view text);

/// A mail to one address, as text and as HTML.
struct mail {
  mail_sender from;
  std::string to;
  std::string subject;      // whatever it holds becomes one line
  std::string message_id;   // `local@domain`, without brackets
  std::string answers = {}; // the id of the first mail of its thread; empty: it is the first
  base::wall_time date;
  std::string text, html; // lines end with LF
};

/// The mail as it is sent (RFC 5322, MIME): lines of at most 78 bytes of ASCII that end with CRLF;
/// a subject or name with other letters is encoded (RFC 2047), bodies are quoted-printable. No text
/// makes a header of its own, ends a part or the mail. Pure. Breaks its promise (`base::ensure`)
/// for an address or id that `is_address` refuses.
[[nodiscard]] std::string mime_of(const mail& what);

/// `Tue, 01 Dec 2026 14:00:00 +0000`.
[[nodiscard]] std::string mail_date(base::wall_time at);

} // namespace nova::alerts
