#pragma once

#include "mail/certificates.hpp"
#include "mail/inboxes.hpp"
#include "pg/connection.hpp"

#include <string>
#include <vector>

namespace nova::app {

/// The certificates of an inbox as one JSON document, with the head of its log: what
/// `tools/check_certificate.py` and `check_certificate` take. docs/certificates.md has its form.
std::string certificate_file(pg::connection& conn, const inbox& of,
                             const std::vector<mail_certificate>& days);

/// What such a document says that is not so in the database, a sentence each; none when all is.
/// Throws `command_error` that says what in it cannot be read, and when its inbox is not there.
struct certificate_check {
  std::string inbox;
  uint64_t days = 0;
  std::vector<std::string> differences;
};
certificate_check check_certificate(pg::connection& conn, const std::string& document);

} // namespace nova::app
