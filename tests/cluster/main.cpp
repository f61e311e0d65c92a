// A test that is also the program: a `child_process` starts this executable as `nova …`, so that
// nodes are real processes of the code under test.

#include "app/program.hpp"

#define BOOST_TEST_NO_MAIN
#define BOOST_TEST_ALTERNATIVE_INIT_API
#include <boost/test/unit_test.hpp>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace {

std::map<std::string, std::string> environment() {
  std::map<std::string, std::string> all;
  for (auto* entry = environ; *entry; ++entry) {
    std::string text{*entry};
    if (auto at = text.find('='); at != std::string::npos)
      all[text.substr(0, at)] = text.substr(at + 1);
  }
  return all;
}

} // namespace

int main(int argc, char** argv) {
  if (std::string_view{argv[0]} == "nova")
    return nova::app::run_program({argv + 1, argv + argc}, environment(), std::cout, std::cerr);
  return boost::unit_test::unit_test_main([] { return true; }, argc, argv);
}
