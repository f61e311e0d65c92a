#include "nylas/simulator/gzip.hpp"

#include "base/ensure.hpp"

#include <zlib.h>

namespace nova::nylas::simulator {

std::string gzip(std::string_view bytes) {
  constexpr int window_bits = 15 + 16; // the largest, with gzip's header and end
  constexpr int memory_level = 8;      // zlib's default
  z_stream stream{};
  base::ensure(deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, window_bits, memory_level,
                            Z_DEFAULT_STRATEGY)
                 == Z_OK,
               "zlib starts");
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  // zlib's interface takes what it only reads without const.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int ended = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  base::ensure(ended == Z_STREAM_END, "deflateBound bounds what deflate writes");
  return out;
}

} // namespace nova::nylas::simulator
