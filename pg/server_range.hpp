#pragma once

#include <string>

namespace nova::pg {

/// The majors of PostgreSQL that Nova is made for. Older servers lack what the schema uses, as
/// views with the rights of their caller; `./dev soak majors` runs the tests of SQL on each.
constexpr int server_major_min = 15;
constexpr int server_major_tested = 18;

enum class server_support {
  refused, // older: migrations would stop half way
  tested,
  untested, // newer: likely to work, and said
};

/// Whether Nova works with a server whose `server_version_num` is `number`; 150018 is 15.18.
server_support support_of(int number);

/// What is accepted, for errors and advice: "PostgreSQL 15 or newer (tested: 15 to 18)".
std::string supported_servers();

} // namespace nova::pg
