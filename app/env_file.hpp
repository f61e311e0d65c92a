#pragma once

#include "base/bad_input.hpp"

#include <tl/expected.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nova::app {

/// `NAME=value` lines in the order of the file. Blank lines and `#` comments are skipped, `export `
/// before a name is allowed; a value may stand in single quotes (as it is) or double quotes (with
/// \n, \", \\ and \$); without quotes it ends at ` #` and trailing blanks are cut. Nothing is
/// substituted. Both `.env` and `--config` files are read so. Fails with the line's number; a file
/// over 1 MiB is refused.
tl::expected<std::vector<std::pair<std::string, std::string>>, base::bad_input>
parse_env_file(std::string_view text);

} // namespace nova::app
