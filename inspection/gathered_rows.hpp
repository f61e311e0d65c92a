#pragma once

#include "messages/wire.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace nova::inspection {

/// What several nodes answered to one question, and who did not: the API's answer to it. Its JSON
/// is made here, once. Belongs to one thread at a time.
class gathered_rows {
public:
  /// `node` is the one that was asked.
  explicit gathered_rows(std::string node) : node_(std::move(node)) {}

  /// A refusal of the node that was asked is the whole answer; another's makes it silent.
  void add(node_inspected answer, const std::string& from);
  void add_silent(const std::string& node, const std::string& why);
  /// Nothing else is the answer.
  void refuse(int status, std::string why);

  [[nodiscard]] bool any() const noexcept;
  /// As of HTTP.
  [[nodiscard]] int status() const noexcept {
    return status_;
  }
  /// `{"version":1,"node":…,"total":…,"silent":[{"node","reason"}],"rows":[…]}`, or `{"error":…}`.
  [[nodiscard]] std::string text() const;

private:
  std::string node_;
  std::vector<std::pair<std::string, node_inspected>> answers_;
  std::vector<std::pair<std::string, std::string>> silent_;
  std::string error_;
  int status_ = 200;
};

/// The same around rows that are JSON already, an array.
std::string api_answer(const std::string& node, uint64_t total, const std::string& rows);

} // namespace nova::inspection
