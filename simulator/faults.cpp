#include "simulator/faults.hpp"

#include "simulator/json_read.hpp"
#include "simulator/random.hpp"

#include <regex.h>

#include <array>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace nova::simulator {
namespace {

struct fault_name {
  fault_kind kind;
  std::string_view name;
};

constexpr std::array<fault_name, 34> fault_names = {{
  {fault_kind::nylas_limit, "429"},
  {fault_kind::provider_limit, "429-provider"},
  {fault_kind::quota_limit, "403-quota"},
  {fault_kind::server_error, "500"},
  {fault_kind::bad_gateway, "502"},
  {fault_kind::html, "502-html"},
  {fault_kind::plain_text, "non-json"},
  {fault_kind::unavailable, "503"},
  {fault_kind::gateway_timeout, "504"},
  {fault_kind::slow, "slow"},
  {fault_kind::cut, "cut"},
  {fault_kind::cut_body, "cut-body"},
  {fault_kind::truncated_json, "truncated-json"},
  {fault_kind::malformed_json, "malformed-json"},
  {fault_kind::truncated_gzip, "truncated-gzip"},
  {fault_kind::unauthorized, "401"},
  {fault_kind::expired_grant, "401-expired"},
  {fault_kind::forbidden, "403"},
  {fault_kind::blocked, "423"},
  {fault_kind::gone, "404"},
  {fault_kind::gone_at_first, "404-then-ok"},
  {fault_kind::stale_cursor, "stale-cursor"},
  {fault_kind::null_data, "data-null"},
  {fault_kind::nested_data, "data-nested"},
  {fault_kind::disorder, "disorder"},
  {fault_kind::null_element, "null-element"},
  {fault_kind::empty_page, "empty-page"},
  {fault_kind::short_page, "short-page"},
  {fault_kind::repeated_cursor, "repeated-cursor"},
  {fault_kind::missing_fields, "missing-fields"},
  {fault_kind::id_change, "id-change"},
  {fault_kind::lagging_index, "lagging-index"},
  {fault_kind::long_page, "long-page"},
  {fault_kind::endless_cursor, "endless-cursor"},
}};

/// Paths remembered for 404-then-ok; beyond it all are forgotten and fail once more.
constexpr size_t seen_max = 100'000;

/// A POSIX extended regular expression. Those of the standard library recurse once for each
/// character.
class path_pattern {
public:
  explicit path_pattern(const char* text)
    : compiled_(regcomp(&raw_, text, REG_EXTENDED | REG_NOSUB) == 0) {}
  ~path_pattern() {
    if (compiled_)
      regfree(&raw_);
  }
  path_pattern(const path_pattern&) = delete;
  path_pattern& operator=(const path_pattern&) = delete;

  [[nodiscard]] bool compiled() const {
    return compiled_;
  }
  [[nodiscard]] bool found_in(const std::string& path) const {
    return regexec(&raw_, path.c_str(), 0, nullptr, 0) == 0;
  }

private:
  regex_t raw_{};
  bool compiled_;
};

struct fault_rule {
  std::string method; // empty: any
  std::string path;   // a prefix; a segment `*` matches any one
  std::unique_ptr<path_pattern> path_regex;
  fault what;
  double rate = 1.0;
  uint64_t every = 0; // 0: each
  uint64_t count = 0; // 0: without end
  std::chrono::duration<double> from{0};
  std::optional<std::chrono::duration<double>> until;
  uint64_t times = 1; // of 404-then-ok: how often a path fails

  uint64_t matched = 0;
  uint64_t applied = 0;
  std::unordered_map<std::string, uint64_t> seen = {};
};

bool prefix_matches(std::string_view pattern, std::string_view path) {
  while (!pattern.empty()) {
    if (pattern.front() == '*') {
      pattern.remove_prefix(1);
      if (path.empty() || path.front() == '/')
        return false;
      path.remove_prefix(std::min(path.find('/'), path.size()));
    } else {
      if (path.empty() || path.front() != pattern.front())
        return false;
      pattern.remove_prefix(1);
      path.remove_prefix(1);
    }
  }
  return true;
}

using base::bad_input;

tl::expected<void, bad_input> read_retry_after(const rapidjson::Value& value, fault_rule& rule,
                                               const std::string& where) {
  if (value.IsInt() && value.GetInt() >= 0) {
    rule.what.retry_after = value.GetInt();
    return {};
  }
  if (value.IsString() && std::string_view(value.GetString()).starts_with("date:")) {
    const int seconds = std::atoi(value.GetString() + 5);
    if (seconds > 0) {
      rule.what.retry_after = seconds;
      rule.what.retry_after_as_date = true;
      return {};
    }
  }
  return tl::unexpected(
    bad_input{where, "must be seconds, or \"date:<seconds>\" for an HTTP date"});
}

tl::expected<void, bad_input> read_regex(const rapidjson::Value& value, fault_rule& rule,
                                         const std::string& where) {
  auto pattern = std::make_unique<path_pattern>(value.IsString() ? value.GetString() : "");
  if (value.IsString() && pattern->compiled()) {
    rule.path_regex = std::move(pattern);
    return {};
  }
  return tl::unexpected(bad_input{where, "must be a POSIX extended regular expression"});
}

tl::expected<fault_rule, bad_input> read_rule(const rapidjson::Value& from,
                                              const std::string& where) {
  object_reader in{from, where};
  fault_rule rule;
  std::string kind;
  double until = -1;
  double first = 0;
  uint64_t delay_ms = 0;
  uint64_t bytes = rule.what.bytes;
  in.text("fault", kind);
  in.text("method", rule.method);
  in.text("path", rule.path);
  in.number("rate", rule.rate, 0, 1);
  in.whole("every", rule.every);
  in.whole("count", rule.count);
  in.whole("times", rule.times);
  in.number("from", first, 0, 1e9);
  in.number("until", until, 0, 1e9);
  in.whole("delay_ms", delay_ms);
  in.whole("bytes", bytes);
  in.other("retry_after", [&](const auto& value, const std::string& place) {
    return read_retry_after(value, rule, place);
  });
  in.other("path_regex", [&](const auto& value, const std::string& place) {
    return read_regex(value, rule, place);
  });
  if (auto bad = in.finish())
    return tl::unexpected(*bad);
  auto parsed = parse_fault_kind(kind);
  if (!parsed)
    return tl::unexpected(bad_input{where + ".fault", parsed.error().reason});
  if (!rule.path.empty() && rule.path_regex)
    return tl::unexpected(bad_input{where, "has both path and path_regex; give one"});
  rule.what.kind = *parsed;
  rule.what.delay = std::chrono::milliseconds{delay_ms};
  if (*parsed == fault_kind::slow && delay_ms == 0)
    return tl::unexpected(bad_input{where + ".delay_ms", "is required with the fault slow"});
  rule.what.bytes = bytes;
  rule.from = std::chrono::duration<double>{first};
  if (until >= 0)
    rule.until = std::chrono::duration<double>{until};
  return rule;
}

} // namespace

tl::expected<fault_kind, base::bad_input> parse_fault_kind(std::string_view name) {
  std::string accepted;
  for (const auto& known : fault_names) {
    if (known.name == name)
      return known.kind;
    accepted.append(accepted.empty() ? "" : ", ").append(known.name);
  }
  return tl::unexpected(base::bad_input{"fault", "must be one of " + accepted});
}

std::string to_string(fault_kind kind) {
  for (const auto& known : fault_names)
    if (known.kind == kind)
      return std::string(known.name);
  return "unknown";
}

tl::expected<fault, base::bad_input> parse_fault_header(std::string_view value) {
  auto kind = parse_fault_kind(value);
  if (!kind)
    return tl::unexpected(base::bad_input{"X-Sim-Fault", kind.error().reason});
  fault out;
  out.kind = *kind;
  if (*kind == fault_kind::slow)
    out.delay = std::chrono::seconds{1};
  return out;
}

struct fault_script::implementation {
  std::mutex mutex;
  uint64_t seed = 1;
  std::vector<fault_rule> rules;

  bool applies(fault_rule& rule, size_t number, const std::string& path,
               std::chrono::milliseconds elapsed) {
    if (elapsed < rule.from || (rule.until && elapsed >= *rule.until)
        || (rule.count > 0 && rule.applied >= rule.count))
      return false;
    ++rule.matched;
    if (rule.what.kind == fault_kind::gone_at_first) {
      if (rule.seen.size() >= seen_max)
        rule.seen.clear();
      if (rule.seen[path]++ >= rule.times)
        return false;
    }
    if (rule.every > 0 && rule.matched % rule.every != 0)
      return false;
    return chance(draw(draw(seed, number), rule.matched), rule.rate);
  }
};

fault_script::fault_script() : implementation_(std::make_unique<implementation>()) {}
fault_script::~fault_script() = default;
fault_script::fault_script(fault_script&&) noexcept = default;
fault_script& fault_script::operator=(fault_script&&) noexcept = default;

tl::expected<fault_script, base::bad_input> fault_script::parse(std::string_view json) {
  auto document = read_json(json);
  if (!document)
    return tl::unexpected(document.error());
  fault_script out;
  object_reader in{*document, "faults"};
  in.whole("seed", out.implementation_->seed);
  in.other("rules",
           [&](const rapidjson::Value& value,
               const std::string& where) -> tl::expected<void, base::bad_input> {
             if (!value.IsArray())
               return tl::unexpected(base::bad_input{where, "must be a list of rules"});
             for (rapidjson::SizeType i = 0; i < value.Size(); ++i) {
               auto rule = read_rule(value[i], where + "[" + std::to_string(i) + "]");
               if (!rule)
                 return tl::unexpected(rule.error());
               out.implementation_->rules.push_back(std::move(*rule));
             }
             return {};
           });
  if (auto bad = in.finish())
    return tl::unexpected(*bad);
  return out;
}

std::optional<fault> fault_script::decide(std::string_view method, std::string_view path,
                                          std::chrono::milliseconds elapsed) {
  auto& own = *implementation_;
  if (own.rules.empty())
    return std::nullopt;
  const std::string whole{path};
  std::lock_guard lock{own.mutex};
  for (size_t i = 0; i < own.rules.size(); ++i) {
    auto& rule = own.rules[i];
    if ((!rule.method.empty() && rule.method != method)
        || (rule.path_regex ? !rule.path_regex->found_in(whole) : !prefix_matches(rule.path, path))
        || !own.applies(rule, i, whole, elapsed))
      continue;
    ++rule.applied;
    return rule.what;
  }
  return std::nullopt;
}

} // namespace nova::simulator
