#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nova::pg {

/// A `COPY … FROM STDIN`. The connection does nothing else until its end, and outlives it.
class copy_in {
public:
  copy_in(connection& conn, const char* sql);
  /// Ends a copy that was not finished; nothing of it is kept then.
  ~copy_in();

  copy_in(const copy_in&) = delete;
  copy_in& operator=(const copy_in&) = delete;

  /// Any piece of the data, in the format of the statement. Blocks while the server takes no more.
  void put(std::string_view data);

  /// Returns how many rows were written. What the server refuses of them is told here.
  uint64_t finish();

private:
  connection& conn_;
  bool open_ = true;
};

/// Appends a value to a row of COPY's text format, escaped; the caller puts the tabs.
void append_copy_text(std::string& row, std::string_view value);

/// The first fields of a row of COPY's text format, without their escapes; NULL is nothing. False
/// when there are fewer.
bool first_copy_fields(std::string_view row, size_t count,
                       std::vector<std::optional<std::string>>& out);

} // namespace nova::pg
