// Bodies of API answers: every parser takes any bytes, and what it makes of them can be stored.

#include "nylas/parse.hpp"
#include "tests/fuzz/storable.hpp"

using namespace nova;

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls this name
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string body{reinterpret_cast<const char*>(data), size};
  if (auto page = nylas::parse_message_page(body)) {
    for (const auto& message : page->items)
      fuzz::require_storable(message);
    for (const auto& why : page->rejected) {
      fuzz::require_storable(why.id + why.reason);
      if (!why.raw.empty())
        fuzz::require_json(why.raw);
    }
  }
  if (auto message = nylas::parse_message(body))
    fuzz::require_storable(*message);
  if (auto page = nylas::parse_thread_page(body))
    for (const auto& thread : page->items)
      fuzz::require_storable(thread.id + thread.subject + thread.snippet);
  if (auto page = nylas::parse_folder_page(body))
    for (const auto& folder : page->items)
      fuzz::require_storable(folder.id + folder.name.value_or("") + folder.attributes.value_or(""));
  if (auto page = nylas::parse_webhook_page(body))
    for (const auto& endpoint : page->items)
      fuzz::require_storable(endpoint.id + endpoint.url + endpoint.status);
  (void)nylas::parse_grant(body);
  (void)nylas::parse_thread(body);
  return 0;
}
