#include "app/consent.hpp"

#include <istream>
#include <ostream>

namespace nova::app {

void expect_consent(const context& ctx, bool yes, const std::string& what) {
  if (yes)
    return;
  if (!ctx.answers)
    throw command_error(exit_code::usage, what + ": say so with --yes");
  ctx.err << what << ". Go on? [y/N] " << std::flush;
  std::string answer;
  std::getline(*ctx.answers, answer);
  if (answer != "y" && answer != "Y" && answer != "yes")
    throw command_error(exit_code::failed, "nothing was done");
}

} // namespace nova::app
