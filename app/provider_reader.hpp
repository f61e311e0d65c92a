#pragma once

#include "nylas/api.hpp"
#include "nylas/model.hpp"
#include "nylas/parse.hpp"
#include "nylas/transport.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace nova::app {

/// A page as the provider had it, with when it was read, in microseconds since 1970.
template <class T>
struct provider_answer {
  T value;
  int64_t lo = 0, hi = 0;
  size_t bytes = 0;              // of the answer
  std::optional<int> units = {}; // what Gmail billed, if it did
};

/// Reads samples of a mailbox for a command, one call after the other; what passes is tried again.
/// Blocks; belongs to one thread. Throws `std::runtime_error` that says what is wrong, a refused
/// key included. A whole mailbox is listed by actors: `verify_mailbox`.
class provider_reader {
public:
  explicit provider_reader(const nylas::api_settings& api) : transport_(api, {}) {}

  provider_answer<nylas::page<email_message>> list(const nylas::message_query& query);
  provider_answer<nylas::page<nylas::thread>> list(const nylas::thread_query& query);

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
  nylas::api_response answer_to(const nylas::api_request& request, const std::string& what);

  nylas::transport transport_;
  uint64_t calls_ = 0;
};

/// Why the provider refused, and of a 401 what to do about it.
std::string with_advice(const std::string& reason);

} // namespace nova::app
