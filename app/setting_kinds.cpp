#include "app/setting_kinds.hpp"

#include "cluster/link_address.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <type_traits>

namespace nova::app {
namespace {

std::optional<uint64_t> number(std::string_view text, uint64_t least, uint64_t most) {
  uint64_t value = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size() || value < least || value > most)
    return std::nullopt;
  return value;
}

bool is_one_line(const std::string& text) {
  return text.find('\n') == std::string::npos;
}

std::string range(const char* of_what, uint64_t least, uint64_t most) {
  return std::string{of_what} + ", " + std::to_string(least) + " to " + std::to_string(most);
}

constexpr const char* of_ms = "a whole number of milliseconds";

/// `Field` is a duration, or an optional one.
template <class Unit, class Field>
setting_kind duration(Field settings::*field, std::string accepted, uint64_t least, uint64_t most) {
  return {std::move(accepted),
          [field, least, most](settings& to, const std::string& text) {
            auto value = number(text, least, most);
            if (value)
              to.*field = Unit{*value};
            return value.has_value();
          },
          [field](const settings& from) {
            if constexpr (std::is_same_v<Field, std::optional<Unit>>)
              return from.*field ? std::to_string((from.*field)->count()) : std::string{};
            else
              return std::to_string((from.*field).count());
          }};
}

/// A field of the log's settings, whose words another parser knows.
template <class Field, class Parser>
setting_kind parsed_word(Field base::log_settings::*field, const std::vector<std::string>& words,
                         Parser parse) {
  return {words_of(words),
          [field, parse](settings& to, const std::string& text) {
            auto parsed = parse(text);
            if (parsed)
              to.log.*field = *parsed;
            return parsed.has_value();
          },
          [field, words, parse](const settings& from) {
            auto meant = [&](const std::string& word) { return *parse(word) == from.log.*field; };
            return *std::ranges::find_if(words, meant);
          }};
}

struct size_unit {
  const char* name;
  uint64_t bytes;
};
// The largest first.
constexpr size_unit size_units[] = {{"MB", 1U << 20}, {"KB", 1U << 10}, {"B", 1}};

/// PostgreSQL takes a value of 1 GiB, and each connection keeps a buffer as large as its largest.
constexpr uint64_t attachment_bytes_max = uint64_t{256} << 20;

std::optional<uint64_t> parse_size(std::string_view text) {
  for (const auto& unit : size_units)
    if (text.ends_with(unit.name)) {
      text.remove_suffix(std::string_view{unit.name}.size());
      auto count = number(text, 1, attachment_bytes_max / unit.bytes);
      return count ? std::optional{*count * unit.bytes} : std::nullopt;
    }
  return std::nullopt;
}

std::string written_size(uint64_t bytes) {
  auto whole = [bytes](const size_unit& unit) { return bytes % unit.bytes == 0; };
  const auto& unit = *std::ranges::find_if(size_units, whole);
  return std::to_string(bytes / unit.bytes) + unit.name;
}

std::string written_place(const std::optional<address>& where) {
  return where ? to_string(*where) : "off";
}

} // namespace

std::string words_of(const std::vector<std::string>& words) {
  std::string all;
  for (const auto& word : words) {
    const char* between = &word == &words.back() ? " or " : ", ";
    all += (all.empty() ? "" : between) + word;
  }
  return all;
}

setting_kind whole_number(uint32_t settings::*field, uint64_t least, uint64_t most) {
  return {range("a whole number", least, most),
          [field, least, most](settings& to, const std::string& text) {
            auto value = number(text, least, most);
            if (value)
              to.*field = static_cast<uint32_t>(*value);
            return value.has_value();
          },
          [field](const settings& from) { return std::to_string(from.*field); }};
}

setting_kind duration_of(std::chrono::milliseconds settings::*field, uint64_t least,
                         uint64_t most) {
  return duration<std::chrono::milliseconds>(field, range(of_ms, least, most), least, most);
}

setting_kind duration_of(std::chrono::seconds settings::*field, uint64_t least, uint64_t most) {
  return duration<std::chrono::seconds>(field, range("a whole number of seconds", least, most),
                                        least, most);
}

setting_kind duration_of(std::optional<std::chrono::milliseconds> settings::*field, uint64_t most) {
  return duration<std::chrono::milliseconds>(field, range(of_ms, 0, most), 0, most);
}

setting_kind truth(bool settings::*field) {
  return {"true or false",
          [field](settings& to, const std::string& text) {
            bool yes = text == "true" || text == "on" || text == "1" || text == "yes";
            bool no = text == "false" || text == "off" || text == "0" || text == "no";
            if (yes || no)
              to.*field = yes;
            return yes || no;
          },
          [field](const settings& from) { return std::string{from.*field ? "true" : "false"}; }};
}

setting_kind line_of_text(std::string settings::*field) {
  return line_of_text(field, 0, std::string::npos, "a text of one line");
}

setting_kind line_of_text(std::string settings::*field, size_t least, size_t most,
                          std::string accepted) {
  return {std::move(accepted),
          [field, least, most](settings& to, const std::string& text) {
            to.*field = text;
            return is_one_line(text) && text.size() >= least && text.size() <= most;
          },
          [field](const settings& from) { return from.*field; }};
}

setting_kind address_or_off(std::optional<address> settings::*field) {
  return {"HOST:PORT or off",
          [field](settings& to, const std::string& text) {
            auto where = parse_address(text);
            to.*field = where ? std::optional{*where} : std::nullopt;
            return where.has_value() || text == "off";
          },
          [field](const settings& from) { return written_place(from.*field); }};
}

setting_kind list_of(std::vector<std::string> settings::*field, size_t most, std::string accepted,
                     std::function<bool(const std::string&)> is_good) {
  return {std::move(accepted),
          [field, most, is_good = std::move(is_good)](settings& to, const std::string& text) {
            to.*field = split_list(text);
            for (const auto& one : to.*field)
              if (one.empty() || one.find_first_of(" \t\r\n") != std::string::npos || !is_good(one))
                return false;
            return (to.*field).size() <= most;
          },
          [field](const settings& from) { return join_list(from.*field); }};
}

setting_kind attachments_kind() {
  return {
    "none, metadata, or a size such as 10MB (B, KB or MB, each 1,024 of the one before), at most "
    "256MB",
    [](settings& to, const std::string& text) {
      to.attachments = {};
      to.attachments.listed = text != "none";
      if (text == "none" || text == "metadata")
        return true;
      auto bytes = parse_size(text);
      to.attachments.bytes_max = bytes.value_or(0);
      return bytes.has_value();
    },
    [](const settings& from) {
      if (from.attachments.bytes_max > 0)
        return written_size(from.attachments.bytes_max);
      return std::string{from.attachments.listed ? "metadata" : "none"};
    }};
}

setting_kind log_level_kind() {
  return parsed_word(&base::log_settings::level, {"debug", "info", "warn", "error", "off"},
                     base::parse_log_level);
}

setting_kind log_format_kind() {
  return parsed_word(&base::log_settings::format, {"text", "json"}, base::parse_log_format);
}

setting_kind inspect_kind() {
  return {"off, a path of a Unix socket (with a '/'), or HOST:PORT",
          [](settings& to, const std::string& text) {
            to.inspect = {};
            to.inspect.enabled = text != "off";
            if (!to.inspect.enabled)
              return true;
            if (text.find('/') != std::string::npos) {
              to.inspect.socket = text;
              return is_one_line(text);
            }
            auto where = parse_address(text);
            if (where)
              to.inspect.network = *where;
            return where.has_value();
          },
          [](const settings& from) {
            if (!from.inspect.enabled)
              return std::string{"off"};
            return from.inspect.network ? to_string(*from.inspect.network) : from.inspect.socket;
          }};
}

setting_kind inspect_tokens_kind() {
  return {"ROLE:TOKEN or ROLE:NAME:TOKEN with commas between, tokens of at least 16 characters",
          [](settings& to, const std::string& text) {
            auto parsed = parse_inspect_tokens(text);
            to.inspect_tokens = parsed.value_or(std::vector<inspect_token>{});
            return parsed.has_value();
          },
          [](const settings& from) {
            std::vector<std::string> all;
            for (const auto& [role, name, token] : from.inspect_tokens)
              all.push_back(role + ':' + (name.empty() ? "" : name + ':') + token);
            return join_list(all);
          }};
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  for (size_t at = 0; at <= text.size();) {
    auto end = std::min(text.find(',', at), text.size());
    parts.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

std::string join_list(const std::vector<std::string>& parts) {
  std::string all;
  for (const auto& part : parts)
    all += (all.empty() ? "" : ",") + part;
  return all;
}

std::optional<std::vector<inspect_token>> parse_inspect_tokens(std::string_view text) {
  constexpr size_t token_min = 16;
  constexpr size_t name_max = 64;
  constexpr std::string_view of_names =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  std::vector<inspect_token> all;
  auto parts = split_list(text);
  if (parts.back().empty())
    parts.pop_back(); // a comma at the end
  for (const auto& one : parts) {
    auto colon = one.find(':');
    inspect_token made{one.substr(0, colon), "", colon == one.npos ? "" : one.substr(colon + 1)};
    auto second = made.token.find(':');
    if (second != one.npos && second > 0 && made.token.find_first_not_of(of_names) == second) {
      made.name = made.token.substr(0, second);
      made.token.erase(0, second + 1);
    }
    bool role = made.role == "view" || made.role == "operate" || made.role == "admin";
    if (!role || made.token.size() < token_min || made.name.size() > name_max)
      return {};
    all.push_back(std::move(made));
  }
  return all;
}

tl::expected<address, base::bad_input> parse_address(std::string_view text) {
  constexpr uint64_t port_max = 65'535;
  auto colon = text.rfind(':');
  auto port =
    colon == std::string_view::npos ? std::nullopt : number(text.substr(colon + 1), 0, port_max);
  auto host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  if (!port || host.empty())
    return tl::unexpected(
      base::bad_input{"address", "'" + std::string(text) + "' is not HOST:PORT, port 0 to 65535"});
  return address{std::string(host), static_cast<uint16_t>(*port)};
}

std::string to_string(const address& where) {
  return cluster::join_address(where.host, where.port);
}

} // namespace nova::app
