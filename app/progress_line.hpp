#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace nova::app {

/// Columns of the terminal behind that file descriptor; 80 when it does not say.
size_t terminal_width(int descriptor);

/// `██████░░░░  42 %  words  more words`, in fewer than `width` columns, so that a terminal does
/// not wrap it. When it gets narrow the bar shrinks first, then the last words are left out.
/// `share` is from 0 to 1.
std::string progress_line(double share, const std::vector<std::string>& words, size_t width);

} // namespace nova::app
