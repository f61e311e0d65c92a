#pragma once

namespace nova::sql {

/// A query and the name under which each connection prepares it.
struct statement {
  const char* name;
  const char* text;
};

/// One step of a system's schema: plain SQL that also runs in any SQL editor.
struct migration {
  const char* system;
  const char* name;
  const char* up;
  const char* down;
  const char* verify;
  const char* names = ""; // what it gives nova.expect_names: elements of an array literal
  bool optional = false;  // of a system that a database has only when somebody chose it
};

} // namespace nova::sql
