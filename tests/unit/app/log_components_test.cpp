#include "base/log_components.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

using namespace nova;

BOOST_AUTO_TEST_SUITE(log_components_test)

BOOST_AUTO_TEST_CASE(every_component_of_a_node_that_logs_is_listed) {
  namespace fs = std::filesystem;
  const std::regex logs{R"re(base::log \w+\{"(\w+)")re"};
  std::set<std::string> found;
  for (const char* folder :
       {"actors", "alerts", "app", "base", "cluster", "feed", "http", "inspection", "jobs", "json",
        "mail", "messages", "nylas", "pg", "syncs", "transports", "webhooks"})
    for (const auto& entry : fs::recursive_directory_iterator{fs::path{NOVA_SOURCE} / folder}) {
      if (!entry.is_regular_file())
        continue;
      std::ifstream file{entry.path()};
      const std::string text{std::istreambuf_iterator<char>{file}, {}};
      for (std::sregex_iterator at{text.begin(), text.end(), logs}, end; at != end; ++at)
        found.insert((*at)[1]);
    }

  const std::set<std::string> listed{base::log_components.begin(), base::log_components.end()};
  BOOST_TEST(listed == found, boost::test_tools::per_element());
  BOOST_TEST(std::ranges::is_sorted(base::log_components));
}

BOOST_AUTO_TEST_SUITE_END()
