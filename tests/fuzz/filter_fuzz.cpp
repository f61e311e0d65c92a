// Conditions over rows as anyone with a view token may send them.

#include "shell/row_query.hpp"
#include "tests/fuzz/storable.hpp"

#include <cmath>

using namespace nova;

namespace {

shell::cell cell_of(std::string_view column) {
  if (column.size() % 3 == 0)
    return static_cast<double>(column.size());
  if (column.size() % 3 == 1)
    return std::string{column};
  return {};
}

} // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls this name
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text{reinterpret_cast<const char*>(data), size};
  auto filter = shell::row_filter::parse(text);
  if (!filter) {
    fuzz::require(!filter.error().reason.empty(), "a refusal says why");
  } else {
    auto taken = filter->takes(cell_of);
    if (auto opposite = shell::row_filter::parse("not (" + text + ")"); opposite && size < 1900) {
      fuzz::require(opposite->takes(cell_of) != taken, "not is the opposite");
      fuzz::require(opposite->columns() == filter->columns(), "not names the same columns");
    }
  }
  if (auto seconds = shell::parse_seconds(text))
    fuzz::require(std::isfinite(*seconds) && *seconds >= 0, "a duration is a number");
  return 0;
}
