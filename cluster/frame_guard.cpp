#include "cluster/frame_guard.hpp"

#include <algorithm>

namespace nova::cluster {
namespace {

// A header: operation, two bytes, flags, then the size of the payload in network byte order, then
// three numbers of 64 bits.
constexpr size_t header_size = 32;
constexpr size_t size_begin = 4, size_end = 8;

} // namespace

bool frame_guard::take(std::string_view bytes) {
  while (!bytes.empty()) {
    if (payload_left_ > 0) {
      auto skipped = std::min<size_t>(payload_left_, bytes.size());
      payload_left_ -= static_cast<uint32_t>(skipped);
      bytes.remove_prefix(skipped);
      continue;
    }
    if (of_header_ >= size_begin && of_header_ < size_end)
      announced_ = announced_ << 8U | static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    if (++of_header_ == size_end && announced_ > frame_max)
      return false;
    if (of_header_ == header_size) {
      payload_left_ = announced_;
      of_header_ = 0;
    }
  }
  return true;
}

} // namespace nova::cluster
