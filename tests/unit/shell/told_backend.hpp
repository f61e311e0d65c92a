#pragma once

#include "shell/backend.hpp"

#include <map>
#include <string>
#include <vector>

namespace nova::test {

/// Answers what begins with a text as it was told, all else with no rows; keeps what was asked.
struct told_backend : shell::backend {
  shell::reply get(const std::string& target) override {
    asked.push_back(target);
    for (const auto& [start, body] : answers)
      if (target.starts_with(start))
        return {200, body};
    return {200, "[]"};
  }
  shell::reply act(const std::string& order) override {
    asked.push_back(order);
    return {200, R"([{"action":"","target":"","will":"","outcome":"done"}])"};
  }
  shell::reply follow(const std::string& target,
                      const std::function<bool(std::string_view)>&) override {
    asked.push_back(target);
    return {200, ""};
  }
  [[nodiscard]] std::string name() const override {
    return "told";
  }

  std::map<std::string, std::string> answers;
  std::vector<std::string> asked;
};

} // namespace nova::test
