#include "pg/parameters.hpp"

#include "pg/error.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <limits>

// The binary form of an array (array_recv in PostgreSQL's arrayfuncs.c), all integers big-endian of
// 32 bits: dimensions (0 when it is empty, else 1), whether there are NULLs, the element type, and
// for each dimension its length and lower bound; then each element with its length in bytes in
// front, -1 for NULL.
namespace nova::pg {
namespace {

constexpr size_t nulls_at = 4; // in the header
constexpr auto null_length = std::numeric_limits<uint32_t>::max();

} // namespace

parameters::array_types parameters::types_of(const std::string_view*) {
  return {25, 1009};
}

parameters::array_types parameters::types_of(const bytes_view*) {
  return {17, 1001};
}

parameters::array_types parameters::types_of(const int32_t*) {
  return {23, 1007};
}

parameters::array_types parameters::types_of(const int64_t*) {
  return {20, 1016};
}

parameters::array_types parameters::types_of(const bool*) {
  return {16, 1000};
}

parameters::array_types parameters::types_of(const double*) {
  return {701, 1022};
}

void parameters::add_text(std::string_view value) {
  refuse_nul(value, std::nullopt);
  items_.push_back({.offset = buffer_.size(), .length = static_cast<int>(value.size())});
  buffer_ += value;
  buffer_ += '\0';
}

void parameters::add_double(double value) {
  std::array<char, 32> text{}; // the shortest text that reads back as the same number
  auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  add_text({text.data(), static_cast<size_t>(end - text.data())});
}

void parameters::add_bytes(std::string_view value) {
  items_.push_back({.offset = buffer_.size(),
                    .length = static_cast<int>(value.size()),
                    .binary = true,
                    .type = types_of(static_cast<const bytes_view*>(nullptr)).element});
  buffer_ += value;
}

void parameters::begin_array(array_types types, size_t count) {
  array_start_ = buffer_.size();
  elements_ = 0;
  items_.push_back({.offset = array_start_, .binary = true, .type = types.array});
  put(uint32_t{count == 0 ? 0U : 1U});
  put(uint32_t{0});
  put(types.element);
  if (count == 0)
    return;
  put(static_cast<uint32_t>(count));
  put(uint32_t{1});
}

void parameters::end_array() {
  auto length = buffer_.size() - array_start_;
  if (length > static_cast<size_t>(std::numeric_limits<int>::max()))
    throw error(failure::refused,
                std::string(statement_) + ": argument $" + std::to_string(items_.size())
                  + " has more than 2 GB; send fewer rows at once",
                "54000");
  items_.back().length = static_cast<int>(length);
}

void parameters::add_null_element() {
  put(null_length);
  overwrite(array_start_ + nulls_at, 1);
  ++elements_;
}

void parameters::add_element(std::string_view value) {
  refuse_nul(value, elements_);
  add_element(bytes_view{value});
}

void parameters::add_element(bytes_view value) {
  put(static_cast<uint32_t>(value.value.size()));
  buffer_ += value.value;
  ++elements_;
}

void parameters::add_element(int32_t value) {
  put(uint32_t{4});
  put(static_cast<uint32_t>(value));
  ++elements_;
}

void parameters::add_element(int64_t value) {
  put(uint32_t{8});
  put(static_cast<uint64_t>(value));
  ++elements_;
}

void parameters::add_element(bool value) {
  put(uint32_t{1});
  buffer_ += value ? '\1' : '\0';
  ++elements_;
}

void parameters::add_element(double value) {
  put(uint32_t{8});
  put(std::bit_cast<uint64_t>(value));
  ++elements_;
}

void parameters::put(uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8)
    buffer_ += static_cast<char>(value >> shift);
}

void parameters::put(uint64_t value) {
  put(static_cast<uint32_t>(value >> 32));
  put(static_cast<uint32_t>(value));
}

void parameters::overwrite(size_t offset, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8)
    buffer_[offset++] = static_cast<char>(value >> shift);
}

void parameters::refuse_nul(std::string_view value, std::optional<size_t> element) const {
  auto at = value.find('\0');
  if (at == std::string_view::npos)
    return;
  auto place = element ? "argument $" + std::to_string(items_.size()) + ", element "
                           + std::to_string(*element + 1)
                       : "argument $" + std::to_string(items_.size() + 1);
  throw error(failure::refused,
              std::string(statement_) + ": " + place + " has a NUL byte at " + std::to_string(at)
                + ", which PostgreSQL's text cannot hold",
              "22021");
}

} // namespace nova::pg
