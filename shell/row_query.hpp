#pragma once

#include "base/bad_input.hpp"

#include <rapidjson/document.h>
#include <tl/expected.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace nova::shell {

/// A value of a row; `std::monostate` where the row has none.
using cell = std::variant<std::monostate, double, std::string>;
/// The value of a column of one row.
using row_cells = std::function<cell(std::string_view column)>;

/// A condition over rows, as operators type it: `mailbox>100 and (kind=backfill or age>=30s)`.
/// Comparisons are `= != < <= > >=` and `~` (contains, whatever the case of letters; with a `*` in
/// it the whole is like that pattern); `and` binds more than `or`, `not` most. Values with spaces
/// are quoted with ' or ", which stands twice where the value has it. Numbers may end in a unit of
/// time (ms, s, m, h, d: seconds) or of size (k, M, G). A column that a row has not fulfils only
/// `!=`.
class row_filter {
public:
  /// Takes every row.
  row_filter() = default;

  /// Fails with the place and what is accepted there. At most 2,000 characters, 32 deep.
  static tl::expected<row_filter, base::bad_input> parse(std::string_view text);

  [[nodiscard]] bool takes(const row_cells& row) const;
  /// The columns that it names, for a check that they exist.
  [[nodiscard]] const std::vector<std::string>& columns() const noexcept {
    return columns_;
  }

  struct node;

private:
  std::shared_ptr<const node> root_;
  std::vector<std::string> columns_;
};

/// A value as a condition has it, whatever it is.
std::string quoted(std::string_view value);

/// The columns of a JSON object: `load.cpu` goes into objects.
row_cells cells_of(const rapidjson::Value& object);

/// Numbers before texts before nothing; texts byte by byte.
bool less(const cell& left, const cell& right);

/// `90s`, `10m`, `1.5h` or a number of seconds.
tl::expected<double, base::bad_input> parse_seconds(std::string_view text);

} // namespace nova::shell
