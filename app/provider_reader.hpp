#pragma once

#include "nylas/api.hpp"
#include "nylas/model.hpp"
#include "nylas/parse.hpp"
#include "nylas/transport.hpp"
#include "pg/email/message_columns.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nova::app {

/// A message as the provider had it, with when it was read, in microseconds since 1970.
template <class T>
struct provider_answer {
  T value;
  int64_t lo = 0, hi = 0;
  size_t bytes = 0;              // of the answer
  std::optional<int> units = {}; // what Gmail billed, if it did
};

/// Reads a mailbox for a command, one call after the other; what passes is tried again. Blocks;
/// belongs to one thread. Throws `std::runtime_error` that says what is wrong, a refused key
/// included.
class provider_reader {
public:
  explicit provider_reader(const nylas::api_settings& api) : transport_(api, {}) {}

  provider_answer<nylas::page<email_message>> list(const nylas::message_query& query);
  provider_answer<nylas::page<nylas::thread>> list(const nylas::thread_query& query);
  /// Nothing in it: 404.
  provider_answer<std::optional<email_message>>
  get(std::string_view grant_id, std::string_view message_id, std::string_view provider);

  [[nodiscard]] uint64_t calls() const {
    return calls_;
  }

private:
  nylas::api_response call(const nylas::api_request& request);
  /// The page of a list, read by `parse`; `what` is in the text of an error.
  template <class Item>
  provider_answer<nylas::page<Item>>
  list_with(const nylas::api_request& request, const std::string& what,
            nylas::parsed<nylas::page<Item>> (*parse)(std::string));
  /// The answer when it is one, or nothing: 404.
  std::optional<nylas::api_response> answer_to(const nylas::api_request& request,
                                               const std::string& what);

  nylas::transport transport_;
  uint64_t calls_ = 0;
};

/// Views into `messages`, of one inbox, as observations of a reconciliation at [lo, hi].
pg::message_columns columns_of(const std::vector<email_message>& messages,
                               std::string_view inbox_id, int64_t lo, int64_t hi);

} // namespace nova::app
