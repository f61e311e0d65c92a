#include "nylas/gzip.hpp"

#include "base/ensure.hpp"

#include <zlib.h>

#include <algorithm>
#include <limits>

namespace nova::nylas {

namespace {

constexpr int gzip_window = 15 + 16; // zlib: the largest window, with gzip's header and trailer
constexpr size_t step = size_t{64} << 10;

Bytef* bytes(const char* text) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(text)); // zlib does not write to its input
}

/// Owns zlib's state for one direction.
class inflater {
public:
  inflater() {
    base::ensure(inflateInit2(&stream, gzip_window) == Z_OK, "zlib has memory to inflate");
  }
  ~inflater() {
    inflateEnd(&stream);
  }
  inflater(const inflater&) = delete;
  inflater& operator=(const inflater&) = delete;

  z_stream stream{};
};

} // namespace

tl::expected<std::string, base::bad_input> gunzip(std::string_view packed, size_t bytes_max) {
  auto refused = [](std::string reason) {
    return tl::unexpected(base::bad_input{"gzip", std::move(reason)});
  };
  if (packed.size() > std::numeric_limits<uInt>::max())
    return refused("larger than 4 GiB");
  inflater unpacker;
  auto& stream = unpacker.stream;
  stream.next_in = bytes(packed.data());
  stream.avail_in = static_cast<uInt>(packed.size());

  std::string text;
  for (;;) {
    // One byte more than allowed tells a text that ends at the bound from one that goes on.
    auto room = std::min(step, bytes_max + 1 - text.size());
    auto filled = text.size();
    text.resize(filled + room);
    stream.next_out = bytes(text.data() + filled);
    stream.avail_out = static_cast<uInt>(room);
    auto result = inflate(&stream, Z_NO_FLUSH);
    text.resize(text.size() - stream.avail_out);
    if (text.size() > bytes_max)
      return refused("larger than " + std::to_string(bytes_max) + " bytes when unpacked");
    if (result == Z_STREAM_END) {
      if (stream.avail_in == 0)
        return text;
      if (inflateReset(&stream) != Z_OK)
        return refused("damaged");
      continue;
    }
    if (result != Z_OK)
      return refused(result == Z_BUF_ERROR ? "cut off" : "damaged");
  }
}

std::string gzip(std::string_view text) {
  base::ensure(text.size() <= std::numeric_limits<uInt>::max() / 2,
               "what is packed is below 2 GiB");
  z_stream stream{};
  base::ensure(deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY)
                 == Z_OK,
               "zlib has memory to deflate");
  std::string packed(deflateBound(&stream, text.size()), '\0');
  stream.next_in = bytes(text.data());
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = bytes(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  auto result = deflate(&stream, Z_FINISH);
  packed.resize(packed.size() - stream.avail_out);
  deflateEnd(&stream);
  base::ensure(result == Z_STREAM_END, "the bound of deflate holds");
  return packed;
}

} // namespace nova::nylas
