#pragma once

#include <string>
#include <string_view>

// Text from outside (mail, ids, reasons of a provider, names of nodes) may hold what a terminal
// takes for commands: escape sequences move the cursor, rename the window or write the clipboard, a
// line feed forges a row, an override of the direction shows another text than is there. Every
// writer to a terminal or a log passes its text through here last.
namespace nova::base {

/// One harmless line: each C0, DEL and C1 control becomes a space, each override of the direction
/// and separator of lines a visible escape (`\u202e`), and each byte that is not well-formed UTF-8
/// U+FFFD.
[[nodiscard]] std::string printable(std::string_view text);

/// The same for a JSON text, whose meaning stays: escapes are JSON's, and line feeds between values
/// are kept.
[[nodiscard]] std::string printable_json(std::string_view json);

/// Whether all of it is well-formed UTF-8.
[[nodiscard]] bool is_utf8(std::string_view text);

} // namespace nova::base
