#pragma once

#include "base/bad_input.hpp"

#include <tl/expected.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace nova::simulator {

/// What can go wrong with one answer; `fault_names` has the words of the script.
enum class fault_kind : uint8_t {
  nylas_limit,
  provider_limit,
  quota_limit,
  server_error,
  bad_gateway,
  html,
  plain_text,
  unavailable,
  gateway_timeout,
  slow,
  cut,
  cut_body,
  truncated_json,
  malformed_json,
  truncated_gzip,
  unauthorized,
  expired_grant,
  forbidden,
  blocked,
  gone,
  gone_at_first,
  stale_cursor,
  null_data,
  nested_data,
  disorder,
  null_element,
  empty_page,
  short_page,
  repeated_cursor,
  missing_fields,
  id_change,
  lagging_index,
  long_page,
  endless_cursor,
};
tl::expected<fault_kind, base::bad_input> parse_fault_kind(std::string_view name);
std::string to_string(fault_kind);

/// One fault as it is to happen now.
struct fault {
  fault_kind kind = fault_kind::nylas_limit;
  /// Sent as `Retry-After` with 429 and 503, as seconds or as a date.
  std::optional<int> retry_after;
  bool retry_after_as_date = false;
  /// Of `slow`, and before any other.
  std::chrono::milliseconds delay{0};
  /// Of `cut-body`: bytes of the body that are sent.
  size_t bytes = 100;
};

/// What the value of `X-Sim-Fault` asks for: a kind with its defaults.
tl::expected<fault, base::bad_input> parse_fault_header(std::string_view value);

/// Which requests fail, how and when: a list of rules, the first that applies wins. Any thread.
class fault_script {
public:
  /// A script as docs/simulator.md describes it; unknown fields and values are refused by name.
  static tl::expected<fault_script, base::bad_input> parse(std::string_view json);

  fault_script();
  ~fault_script();
  fault_script(fault_script&&) noexcept;
  fault_script& operator=(fault_script&&) noexcept;

  /// `path` is raw; `elapsed` is time since the script was set.
  std::optional<fault> decide(std::string_view method, std::string_view path,
                              std::chrono::milliseconds elapsed);

private:
  struct implementation;
  std::unique_ptr<implementation> implementation_;
};

} // namespace nova::simulator
