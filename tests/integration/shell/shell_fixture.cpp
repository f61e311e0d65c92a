#include "tests/integration/shell/shell_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidjson/document.h>

namespace nova::test {

shell_fixture::shell_fixture(const simulator::options& provider_options)
  : node_fixture(provider_options) {}

app::node_settings shell_fixture::inspected() {
  auto how = settings();
  how.name = "n1";
  how.inspect.enabled = true;
  how.inspect.socket = socket();
  return how;
}

void shell_fixture::start(app::node_settings how) {
  node = std::make_unique<app::node>(std::move(how), [](const std::string& reason) {
    BOOST_ERROR("the node gave up: " + reason);
  });
  // The tree starts by itself; its last role is there when everything is.
  BOOST_REQUIRE(eventually([&] { return !node->directory().find("webhook_reader").empty(); }));
}

shell_result shell_fixture::run(const std::string& text, const std::string& role,
                                shell::format as) {
  return run_at({socket(), role, {}, {}}, text, as);
}

shell_result shell_fixture::run_at(shell::client_settings at, const std::string& text,
                                   shell::format as) {
  shell::client asked{std::move(at)};
  shell::session_options how;
  how.as = as;
  std::ostringstream out, err;
  shell::session in{asked, std::move(how), out, err};
  auto result = in.run(text);
  return {result, out.str(), err.str()};
}

pretended_actor::pretended_actor(actor_directory& in, actor_name name)
  : slot(in.open(std::move(name))) {
  slot.adopt(activity, {});
}

bool is_json(const std::string& text) {
  rapidjson::Document parsed;
  parsed.Parse(text.c_str());
  return !parsed.HasParseError() && (parsed.IsObject() || parsed.IsArray());
}

} // namespace nova::test

std::ostream& nova::base::operator<<(std::ostream& out, exit_code how) {
  return out << static_cast<int>(how);
}
