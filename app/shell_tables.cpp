#include "app/shell_tables.hpp"

#include "app/database_connection.hpp"
#include "app/operator_here.hpp"
#include "base/json_text.hpp"
#include "http/query_string.hpp"
#include "inspection/operator_api.hpp"
#include "json/json_reader.hpp"
#include "pg/operations.hpp"
#include "shell/row_query.hpp"

#include <fmt/format.h>

#include <charconv>
#include <stdexcept>

namespace nova::app {
namespace {

constexpr int not_there = 404, refused = 409, no_node = 501;
constexpr int64_t limit_default = 100;

std::string error_body(std::string_view text) {
  return "{\"error\":" + base::json_string(text) + "}";
}

class table_backend : public shell::backend {
public:
  explicit table_backend(pg::connection conn) : conn_(std::move(conn)) {}

  shell::reply get(const std::string& target) override {
    if (target.starts_with("whoami"))
      return {200, fmt::format(R"([{{"node":"","user":{},"role":"admin"}}])",
                               base::json_string(operator_here("pg").who))};
    if (target.starts_with("findings"))
      return {200, "[]"}; // what nodes see of themselves
    if (!target.starts_with("tables/"))
      return {no_node, error_body("only a living node knows its actors; --pg reads the tables")};
    auto view = target.substr(7, target.find('?') - 7);
    auto limit_text = http::query_parameter(target, "limit").value_or("");
    auto limit = limit_default;
    std::from_chars(limit_text.data(), limit_text.data() + limit_text.size(), limit);
    auto argument = http::query_parameter(target, "arg").value_or("");
    return guarded([&] { return pg::look(conn_, view, argument, limit); });
  }

  shell::reply act(const std::string& text) override {
    auto order = inspection::parse_order(text);
    if (!order)
      return {400, error_body(to_string(order.error()))};
    pg::operation what{order->action, order->target, order->value, order->reason, order->lasting};
    return guarded([&] {
      auto will = pg::plan(conn_, what);
      auto outcome =
        order->dry_run ? std::string{"dry run"} : pg::operate(conn_, what, operator_here("pg"));
      return inspection::order_text(*order, {200, {}, will, outcome});
    });
  }

  shell::reply follow(const std::string&, const std::function<bool(std::string_view)>&) override {
    return {no_node, error_body("only a living node can be followed")};
  }

  [[nodiscard]] std::string name() const override {
    return "tables";
  }

private:
  template <class Work>
  shell::reply guarded(Work work) {
    try {
      if (!conn_.alive())
        conn_.reconnect();
      return {200, work()};
    } catch (const std::invalid_argument& wrong) {
      return {not_there, error_body(wrong.what())};
    } catch (const pg::error& failure) {
      return {refused, error_body(explain(failure).what())};
    }
  }

  pg::connection conn_;
};

} // namespace

std::unique_ptr<shell::backend> make_table_backend(const context& ctx) {
  return std::make_unique<table_backend>(connect(ctx));
}

} // namespace nova::app
