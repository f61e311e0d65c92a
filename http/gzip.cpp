#include "http/gzip.hpp"

#include "base/ensure.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>

namespace nova::http {
namespace {

// zlib's window of 32 KB, plus 16 for a gzip header instead of zlib's own.
constexpr int gzip_window = 15 + 16;

/// zlib's interface is not const and counts in 32 bits: what we pass is far below.
Bytef* bytes_of(std::string_view text) {
  return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(text.data()));
}

class inflater {
public:
  inflater() {
    base::ensure(inflateInit2(&stream_, gzip_window) == Z_OK, "zlib begins to inflate");
  }
  ~inflater() {
    inflateEnd(&stream_);
  }
  inflater(const inflater&) = delete;
  inflater& operator=(const inflater&) = delete;

  z_stream* operator->() noexcept {
    return &stream_;
  }
  int inflate() {
    return ::inflate(&stream_, Z_NO_FLUSH);
  }
  void begin_next_member() {
    inflateReset(&stream_);
  }

private:
  z_stream stream_{};
};

tl::unexpected<gunzip_failure> fail(std::string reason, bool too_large = false) {
  return tl::make_unexpected(gunzip_failure{{"body", std::move(reason)}, too_large});
}

} // namespace

std::string gzip(std::string_view plain) {
  z_stream stream{};
  base::ensure(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window, 8,
                            Z_DEFAULT_STRATEGY)
                 == Z_OK,
               "zlib begins to deflate");
  std::string packed(deflateBound(&stream, plain.size()), '\0');
  stream.next_in = bytes_of(plain);
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = bytes_of(packed);
  stream.avail_out = static_cast<uInt>(packed.size());
  int result = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  base::ensure(result == Z_STREAM_END, "zlib's bound holds");
  return packed;
}

tl::expected<std::string, gunzip_failure> gunzip(std::string_view packed, size_t bytes_max) {
  inflater stream;
  stream->next_in = bytes_of(packed);
  stream->avail_in = static_cast<uInt>(packed.size());
  std::string plain;
  std::array<char, 65536> piece{};
  int result = Z_OK;
  while (result != Z_STREAM_END || stream->avail_in > 0) {
    if (result == Z_STREAM_END)
      stream.begin_next_member();
    stream->next_out = reinterpret_cast<Bytef*>(piece.data());
    stream->avail_out = piece.size();
    result = stream.inflate();
    if (result == Z_BUF_ERROR)
      return fail("the gzip data ends too early");
    if (result != Z_OK && result != Z_STREAM_END)
      return fail("this is not gzip");
    auto count = piece.size() - stream->avail_out;
    if (count > bytes_max - plain.size())
      return fail("unpacked, at most " + std::to_string(bytes_max) + " bytes are accepted", true);
    plain.append(piece.data(), count);
  }
  return plain;
}

} // namespace nova::http
