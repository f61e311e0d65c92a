#include "simulator/paging.hpp"

#include "simulator/random.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace nova::simulator {
namespace {

constexpr size_t block_pages = 4;
constexpr size_t block_max = 2000; // places between a block's two ends, however many came since
constexpr size_t fields = 11;

uint64_t hash_text(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325ULL;
  for (char c : text)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return mix(hash);
}

uint64_t order_in_block(const position& place) {
  return draw(draw(static_cast<uint64_t>(place.date), place.rank), place.index);
}

uint64_t checksum(const std::array<uint64_t, fields>& numbers, uint64_t key) {
  for (size_t i = 0; i + 1 < fields; ++i)
    key = draw(key, numbers[i]);
  return key;
}

} // namespace

uint64_t list_key(const request& from) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : from.query)
    if (name != "page_token" && name != "limit" && name != "select")
      parts.emplace_back(name).append("=").append(value);
  std::sort(parts.begin(), parts.end());
  uint64_t key = 0;
  for (const auto& part : from.path)
    key = draw(key, hash_text(part));
  for (const auto& part : parts)
    key = draw(key, hash_text(part));
  return key;
}

std::string seal(const cursor& place, uint64_t key, int64_t now) {
  const auto end = place.block_end.value_or(position{});
  std::array<uint64_t, fields> numbers = {static_cast<uint64_t>(now),
                                          static_cast<uint64_t>(place.start.date),
                                          place.start.rank,
                                          uint64_t{place.start.index} << 1
                                            | (place.block_end ? 1U : 0U),
                                          static_cast<uint64_t>(end.date),
                                          end.rank,
                                          end.index,
                                          place.drawn,
                                          place.skip,
                                          place.number,
                                          0};
  numbers.back() = checksum(numbers, key);
  std::string text;
  for (uint64_t number : numbers) {
    std::array<char, 16> digits{};
    auto written = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16);
    text.append(digits.data(), written.ptr);
    text += ' ';
  }
  text.pop_back();
  return base64url(text);
}

std::optional<cursor> unseal(std::string_view token, uint64_t key, int64_t now, int64_t lifetime) {
  const auto decoded = base64url_decode(token);
  if (!decoded)
    return std::nullopt;
  const std::string_view text = *decoded;
  std::array<uint64_t, fields> numbers{};
  const char* at = text.data();
  const char* end = at + text.size();
  for (size_t i = 0; i < fields; ++i) {
    if (i > 0 && (at == end || *at++ != ' '))
      return std::nullopt;
    auto [next, error] = std::from_chars(at, end, numbers[i], 16);
    if (error != std::errc{})
      return std::nullopt;
    at = next;
  }
  if (at != end || numbers.back() != checksum(numbers, key)
      || now - static_cast<int64_t>(numbers[0]) > lifetime)
    return std::nullopt;
  cursor out;
  out.start = {static_cast<int64_t>(numbers[1]), numbers[2],
               static_cast<uint32_t>(numbers[3] >> 1)};
  if ((numbers[3] & 1) != 0)
    out.block_end =
      position{static_cast<int64_t>(numbers[4]), numbers[5], static_cast<uint32_t>(numbers[6])};
  out.drawn = numbers[7];
  out.skip = numbers[8];
  return out;
}

place_page take_page(const place_lister& list, const cursor& from, size_t limit) {
  place_page out;
  out.places = list(from.start, limit + 1);
  if (out.places.size() <= limit)
    return out;
  out.places.resize(limit);
  out.next = cursor{out.places.back(), std::nullopt, 0};
  return out;
}

place_page take_offset_page(const place_lister& list, const cursor& from, size_t limit) {
  place_page out;
  out.places = list(newest_position, from.skip + limit + 1);
  const auto before = std::min<size_t>(from.skip, out.places.size());
  out.places.erase(out.places.begin(), out.places.begin() + static_cast<ptrdiff_t>(before));
  if (out.places.size() <= limit)
    return out;
  out.places.resize(limit);
  out.next = cursor{};
  out.next->skip = from.skip + limit;
  return out;
}

place_page take_shuffled_page(const place_lister& list, const cursor& from, size_t limit) {
  place_page out;
  auto block = list(from.start, from.block_end ? block_max : block_pages * limit);
  if (from.block_end)
    std::erase_if(block, [&](const position& place) { return *from.block_end < place; });
  const auto end = from.block_end ? *from.block_end : block.empty() ? from.start : block.back();
  std::sort(block.begin(), block.end(), [](const position& a, const position& b) {
    return order_in_block(a) < order_in_block(b);
  });
  for (const auto& place : block) {
    if (from.block_end && order_in_block(place) <= from.drawn)
      continue;
    if (out.places.size() == limit) {
      out.next = cursor{from.start, end, order_in_block(out.places.back())};
      return out;
    }
    out.places.push_back(place);
  }
  if (!list(end, 1).empty())
    out.next = cursor{end, std::nullopt, 0};
  return out;
}

} // namespace nova::simulator
