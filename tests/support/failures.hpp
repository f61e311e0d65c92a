#pragma once

#include "pg/error.hpp"

#include <boost/test/unit_test.hpp>

#include <exception>
#include <string>

/// What BOOST_CHECK_EXCEPTION asks of an exception; a mismatch shows what was thrown instead.
namespace nova::test {

/// Its text has `part`.
inline auto says(std::string part) {
  return [part = std::move(part)](const std::exception& e) {
    auto found = std::string(e.what()).find(part) != std::string::npos;
    BOOST_TEST(found, "'" << part << "' is not in: " << e.what());
    return found;
  };
}

/// Of that kind, with `part` in its text.
inline auto fails_as(pg::failure kind, std::string part = {}) {
  return [kind, part = std::move(part)](const pg::error& e) {
    BOOST_TEST((e.kind() == kind), "it is " << to_string(e.kind()) << ": " << e.what());
    return says(part)(e);
  };
}

/// With that SQLSTATE, of that kind, with `part` in its text.
inline auto fails_with(std::string sqlstate, pg::failure kind, std::string part = {}) {
  return [=](const pg::error& e) {
    BOOST_TEST(e.sqlstate() == sqlstate);
    return fails_as(kind, part)(e);
  };
}

} // namespace nova::test
