#pragma once

#include "base/id.hpp"
#include "pg/value.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace nova::pg {

/// A `bytea` argument without a copy of its own.
struct bytes_view {
  std::string_view value;
};

/// The arguments of one statement, packed once into one buffer in the form in which they are sent.
///
/// Scalars go as text and the server infers their type from the statement (`$1::uuid` takes a
/// text). Arrays go in the binary array format and are declared as `text[]`, `bigint[]`,
/// `integer[]`, `boolean[]`, `double precision[]` or `bytea[]`; for another type the statement
/// casts: `$1::text[]::uuid[]`. `uint32_t` travels as `bigint`, so that no value is refused.
/// `std::optional` without a value is NULL.
///
/// Text with a NUL byte throws `failure::refused`, SQLSTATE 22021, as the server does for text that
/// is not UTF-8: what comes from outside goes through `nylas::json::mend_text` before.
class parameters {
public:
  /// `statement` is named in errors and lives as long as the object.
  template <class... Ts>
  explicit parameters(const char* statement, const Ts&... arguments) : statement_(statement) {
    items_.reserve(sizeof...(Ts));
    (add(arguments), ...);
  }

  /// One argument where it lies; valid while the object is.
  struct item {
    size_t offset = 0;
    int length = 0;
    bool null = false;
    bool binary = false;
    uint32_t type = 0; // OID; 0: the server infers it
  };

  [[nodiscard]] const std::vector<item>& items() const noexcept {
    return items_;
  }

  /// Null for NULL; text ends with a NUL byte.
  [[nodiscard]] const char* data(const item& which) const noexcept {
    return which.null ? nullptr : buffer_.data() + which.offset;
  }

private:
  template <class T>
  void add(const T& value) {
    if constexpr (std::is_convertible_v<const T&, std::string_view>)
      add_text(value);
    else if constexpr (std::same_as<T, bool>)
      add_text(value ? "t" : "f");
    else if constexpr (std::integral<T>)
      add_text(std::to_string(value));
    else if constexpr (std::floating_point<T>)
      add_double(static_cast<double>(value));
    else
      add_other(value);
  }

  template <class Tag>
  void add_other(const id<Tag>& value) {
    add_text(value.value);
  }

  void add_other(const bytes& value) {
    add_bytes(value.value);
  }

  void add_other(const bytes_view& value) {
    add_bytes(value.value);
  }

  template <class T>
  void add_other(const std::optional<T>& value) {
    if (value)
      add(*value);
    else
      items_.push_back({.null = true});
  }

  void add_other(std::nullopt_t) {
    items_.push_back({.null = true});
  }

  template <class T>
  void add_other(const std::vector<T>& values) {
    using element = std::remove_cvref_t<decltype(unwrap(std::declval<const T&>()))>;
    begin_array(types_of(static_cast<const element*>(nullptr)), values.size());
    for (const auto& value : values) {
      if constexpr (requires { T{}.has_value(); }) {
        if (!value) {
          add_null_element();
          continue;
        }
      }
      add_element(unwrap(value));
    }
    end_array();
  }

  struct array_types {
    uint32_t element, array;
  };

  // OIDs of pg_type, which never change.
  static array_types types_of(const std::string_view*);
  static array_types types_of(const bytes_view*);
  static array_types types_of(const int32_t*);
  static array_types types_of(const int64_t*);
  static array_types types_of(const bool*);
  static array_types types_of(const double*);

  // An element as one of the six types above; declared for all before the templates use them.
  static std::string_view unwrap(std::string_view value) {
    return value;
  }

  static std::string_view unwrap(const std::string& value) {
    return value;
  }

  static bytes_view unwrap(bytes_view value) {
    return value;
  }

  static bytes_view unwrap(const bytes& value) {
    return {value.value};
  }

  template <class Tag>
  static std::string_view unwrap(const id<Tag>& value) {
    return value.value;
  }

  static double unwrap(double value) {
    return value;
  }

  template <std::integral T>
  static auto unwrap(T value) {
    static_assert(sizeof(T) < 8 || std::signed_integral<T>, "bigint does not hold an uint64_t");
    if constexpr (std::same_as<T, bool>)
      return value;
    else if constexpr (sizeof(T) < 4 || std::same_as<T, int32_t>)
      return static_cast<int32_t>(value);
    else
      return static_cast<int64_t>(value);
  }

  template <class T>
  static auto unwrap(const std::optional<T>& value) {
    return unwrap(*value);
  }

  void add_text(std::string_view value);
  void add_double(double value);
  void add_bytes(std::string_view value);
  void begin_array(array_types types, size_t count);
  void end_array();
  void add_null_element();
  void add_element(std::string_view value);
  void add_element(bytes_view value);
  void add_element(int32_t value);
  void add_element(int64_t value);
  void add_element(bool value);
  void add_element(double value);
  void put(uint32_t value);
  void put(uint64_t value);
  void overwrite(size_t offset, uint32_t value);
  void refuse_nul(std::string_view value, std::optional<size_t> element) const;

  const char* statement_;
  std::string buffer_;
  std::vector<item> items_;
  size_t array_start_ = 0;
  size_t elements_ = 0; // written to the array so far
};

} // namespace nova::pg
