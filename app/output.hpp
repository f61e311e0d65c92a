#pragma once

#include "app/context.hpp"
#include "mail/day_range.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace nova::base {
class json_writer;
}

namespace nova::app {

using cell = std::variant<std::string, int64_t, uint64_t, double, bool>;

/// What a command found, as rows under names. JSON keys are the names.
struct table {
  std::vector<std::string> columns;
  std::vector<std::vector<cell>> rows;
};

/// Aligned columns under headings, or with --json one array of objects.
void print(context& ctx, const table& what);

/// `name  value` lines, or with --json one object.
void print(context& ctx, const std::vector<std::pair<std::string, cell>>& what);

/// The same in an object of JSON that is open.
void write_fields(base::json_writer& out, const std::vector<std::pair<std::string, cell>>& fields);

/// `2026-11-20T23:15:00Z`; empty for 0.
std::string utc(int64_t seconds);

/// Seconds since 1970 of `2026-01-31` (its first second, UTC) or `2026-01-31T12:00:00Z`. Throws
/// `command_error` that names the flag.
int64_t parse_time(const std::string& flag, const std::string& text);

/// The same for the end of a range, which the range does not reach: of a day the first second of
/// the next one, so that the day is in it.
int64_t parse_end(const std::string& flag, const std::string& text);

/// The whole days of UTC that reach from --from to --to, either of which may be empty. Throws
/// `command_error` that names the flag, also for a range that has no day.
day_range parse_days(const std::string& from, const std::string& to);

/// Of each address of the web its scheme and host: what follows, or stands before an `@`, is the
/// secret of a webhook.
std::string masked_urls(std::string_view text);

/// Throws `command_error` that names the argument unless the text is a UUID.
void expect_uuid(const std::string& what, const std::string& text);

} // namespace nova::app
