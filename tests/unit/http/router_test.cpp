#include "http/router.hpp"

#include "base/ensure.hpp"

#include <boost/test/unit_test.hpp>

using namespace nova;

namespace {

struct fixture {
  void add(const std::string& method, const std::string& path) {
    routes.add(method, path, [path](const http::request&, const http::server::reply& reply) {
      http::response response;
      response.body = path;
      reply(std::move(response));
    });
  }

  http::response ask(const std::string& method, const std::string& target) {
    http::request request;
    request.method = method;
    request.target = target;
    http::response answer;
    routes.handle(std::move(request), [&](http::response x) { answer = std::move(x); });
    return answer;
  }

  http::router routes;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(router_test, fixture)

BOOST_AUTO_TEST_CASE(a_query_does_not_change_the_route) {
  add("GET", "/a");
  BOOST_TEST(ask("GET", "/a?b=/c").body == "/a");
}

BOOST_AUTO_TEST_CASE(an_unknown_path_is_404) {
  add("GET", "/a");
  for (auto target : {"/", "/b", "/a/b", "/ab", "a", "*"})
    BOOST_TEST(ask("GET", target).status == 404);
}

BOOST_AUTO_TEST_CASE(another_method_is_405_and_names_those_that_are_taken) {
  add("GET", "/a");
  add("POST", "/a");
  auto answer = ask("DELETE", "/a");
  BOOST_TEST(answer.status == 405);
  BOOST_REQUIRE(answer.headers.size() == 1u);
  BOOST_TEST(answer.headers[0].second == "GET, POST");
}

BOOST_AUTO_TEST_CASE(head_is_answered_by_get) {
  add("GET", "/a");
  BOOST_TEST(ask("HEAD", "/a").status == 200);
}

BOOST_AUTO_TEST_CASE(the_longest_folder_takes_what_is_below_it) {
  add("GET", "/");
  add("GET", "/api/");
  add("GET", "/api/nodes");
  BOOST_TEST(ask("GET", "/api/nodes").body == "/api/nodes");
  BOOST_TEST(ask("GET", "/api/nodes/1").body == "/api/");
  BOOST_TEST(ask("GET", "/api").body == "/");
  BOOST_TEST(ask("GET", "/x/y/z").body == "/");
}

BOOST_AUTO_TEST_CASE(a_route_cannot_be_added_twice) {
  add("GET", "/a");
  BOOST_CHECK_THROW(add("GET", "/a"), base::broken_promise);
}

BOOST_AUTO_TEST_SUITE_END()
