#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace nova::cluster {

/// Follows the frames of CAF's protocol between nodes (BASP) in the bytes of a peer. CAF makes room
/// for as many bytes as a header announces, up to 4 GiB, before the first of them is there: who
/// announces more than any of our messages has must not reach it.
class frame_guard {
public:
  static constexpr uint32_t frame_max = uint32_t{16} << 20;

  /// False when a header announces more than `frame_max`: none of these bytes may be passed on.
  [[nodiscard]] bool take(std::string_view bytes);

  /// What the last header announced.
  [[nodiscard]] uint32_t announced() const noexcept {
    return announced_;
  }

private:
  size_t of_header_ = 0; // bytes of the current header
  uint32_t announced_ = 0;
  uint32_t payload_left_ = 0;
};

} // namespace nova::cluster
