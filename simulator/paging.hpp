#pragma once

#include "simulator/mailbox.hpp"
#include "simulator/request.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace nova::simulator {

/// Where the next page starts. Opaque outside: sealed, bound to the list and its filters, and
/// dated.
struct cursor {
  position start = newest_position;
  /// Lists that are not newest first are shuffled in blocks: the end of the current one, and the
  /// last draw that was handed out of it.
  std::optional<position> block_end;
  uint64_t drawn = 0;
  /// Of mailboxes whose cursors are offsets, instead of all the above: objects before the page.
  uint64_t skip = 0;
  /// Makes two cursors of one place differ.
  uint64_t number = 0;
};

/// What a cursor is bound to: path and filters, apart from `limit`, `select` and the cursor itself.
uint64_t list_key(const request& from);

std::string seal(const cursor& place, uint64_t key, int64_t now);

/// Nothing when it was not made by `seal` with that key, or is older than `lifetime` seconds.
std::optional<cursor> unseal(std::string_view token, uint64_t key, int64_t now, int64_t lifetime);

/// Places in a list after `start`, newest first, at most `count`.
using place_lister = std::function<std::vector<position>(position start, size_t count)>;

struct place_page {
  std::vector<position> places;
  std::optional<cursor> next;
};

/// Cuts one page out of a list.
place_page take_page(const place_lister& list, const cursor& from, size_t limit);

/// The same for a list that is not newest first: in blocks of four pages in an order of their own.
/// Nothing is lost when objects come and go in between.
place_page take_shuffled_page(const place_lister& list, const cursor& from, size_t limit);

/// The same for a mailbox whose cursors are offsets: what goes before the page moves it, so that
/// as many objects behind it are met by nobody.
place_page take_offset_page(const place_lister& list, const cursor& from, size_t limit);

} // namespace nova::simulator
