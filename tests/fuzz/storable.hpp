#pragma once

#include "json/json_reader.hpp"
#include "nylas/model.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

/// What must hold of everything that a parser lets through. A breach ends the process, which is
/// what a fuzzer looks for.
namespace nova::fuzz {

inline void require(bool condition, const char* what) {
  if (condition)
    return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

/// Length of the UTF-8 character at the start, 0 when there is none. Written apart from the one
/// under test, by decoding: what re-encodes to as many bytes is the shortest form.
inline size_t character_length(std::string_view text) {
  auto first = static_cast<unsigned char>(text[0]);
  size_t length = first < 0x80       ? 1
                  : first >> 5 == 6  ? 2
                  : first >> 4 == 14 ? 3
                  : first >> 3 == 30 ? 4
                                     : 0;
  if (length == 0 || length > text.size())
    return 0;
  uint32_t code = length == 1 ? first : first & (0xFFu >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    auto next = static_cast<unsigned char>(text[i]);
    if (next >> 6 != 2)
      return 0;
    code = code << 6 | (next & 0x3Fu);
  }
  size_t shortest = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  auto allowed = code != 0 && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
  return allowed && shortest == length ? length : 0;
}

/// PostgreSQL's `text`: UTF-8 without NUL.
inline void require_storable(std::string_view text) {
  while (!text.empty()) {
    auto length = character_length(text);
    require(length > 0, "a stored text is UTF-8 without NUL");
    text.remove_prefix(length);
  }
}

/// JSON, as any strict reader takes it: nothing raw below a blank, and it parses.
inline void require_json(const std::string& text) {
  require_storable(text);
  for (char c : text)
    require(static_cast<unsigned char>(c) >= 0x20, "no control character is printed raw");
  rapidjson::Document parsed;
  require(json::parse(parsed, text, {.depth_max = 80}).has_value(), "what is printed parses");
}

inline void require_storable(const email_message& message) {
  require(!message.id.value.empty() && message.id.value.size() <= 2048,
          "an id is there and fits an index");
  require(message.core_hash.size() == 16, "a message has a hash");
  require(message.extra_hash.empty() == ((message.carried & carries_extras) == 0),
          "the extra hash is there when an extra is");
  for (const auto* text :
       {&message.id.value, &message.grant.value, &message.thread.value, &message.subject,
        &message.snippet, &message.body, &message.from, &message.to, &message.cc, &message.bcc,
        &message.reply_to, &message.attachments, &message.folders, &message.metadata,
        &message.notes})
    require_storable(*text);
  for (const auto* list : {&message.from, &message.to, &message.cc, &message.bcc, &message.reply_to,
                           &message.attachments, &message.folders}) {
    require_json(*list);
    require(list->front() == '[' && list->back() == ']', "a list is a JSON array");
  }
  require_json(message.metadata);
  if (!message.notes.empty())
    require_json(message.notes);
}

} // namespace nova::fuzz
