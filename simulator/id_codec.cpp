#include "simulator/id_codec.hpp"

#include "simulator/random.hpp"

#include <array>

namespace nova::simulator {
namespace {

/// What stands around the sixteen digits that say which object it is.
struct form {
  std::string_view before;
  std::string_view after;
};

constexpr form google_form{"", ""};
constexpr form microsoft_message_form{"AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A", "AAA="};
constexpr form microsoft_thread_form{"AAQkADAwATM0MDAAMS1", "EAA="};
constexpr form imap_message_form{"<", "+n/1=a@mail.example.com>"};
constexpr form nylas_form{"nm-", ""};

/// What breaks clients that paste ids into a path: each of these was seen on the real API, which
/// says that ids must be percent-encoded.
constexpr std::array<form, 5> awkward_forms = {{
  {"<CAO9+", "#x@mail.example.com>"},
  {"", "+/=="},
  {"<!&!", "?q=1&r=2@example.com>"},
  {"a/b/../", ";v=1"},
  {"%2B", "-100%@example.com"},
}};

constexpr unsigned index_bits = 20; // messages of a thread

form usual_form(provider kind, bool of_message) {
  switch (kind) {
    case provider::google: return google_form;
    case provider::microsoft: return of_message ? microsoft_message_form : microsoft_thread_form;
    case provider::imap: return of_message ? imap_message_form : google_form;
    case provider::nylas: return nylas_form;
  }
  return google_form;
}

std::optional<uint64_t> read_hex(std::string_view digits) {
  uint64_t number = 0;
  for (char c : digits) {
    uint64_t digit = 0;
    if (c >= '0' && c <= '9')
      digit = static_cast<uint64_t>(c) - '0';
    else if (c >= 'a' && c <= 'f')
      digit = static_cast<uint64_t>(c) - 'a' + 10;
    else
      return std::nullopt;
    number = number << 4 | digit;
  }
  return number;
}

} // namespace

std::string hex16(uint64_t number) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out(16, '0');
  for (size_t i = 16; i-- > 0; number >>= 4)
    out[i] = digits[number & 15];
  return out;
}

std::string uuid_of(uint64_t seed) {
  std::string out = hex16(draw(seed, 1)) + hex16(draw(seed, 2));
  out[12] = '4';
  out[16] = "89ab"[seed & 3];
  for (size_t place : {8, 13, 18, 23})
    out.insert(place, 1, '-');
  return out;
}

id_codec::id_codec(uint64_t seed, provider kind, double awkward_rate)
  : thread_key_(draw(seed, 101)),
    // The lowest bit tells the two kinds of keys apart in `write`.
    message_key_(draw(seed, 102) | 1), kind_(kind), awkward_rate_(awkward_rate) {
  thread_key_ &= ~uint64_t{1};
}

std::string id_codec::thread_id(uint64_t thread) const {
  // A thread of Google has the id of its first message.
  return kind_ == provider::google ? message_id({thread, 0}) : write(thread_key_, thread);
}

std::string id_codec::message_id(message_place place) const {
  return write(message_key_, place.thread << index_bits | place.index);
}

std::optional<uint64_t> id_codec::find_thread(std::string_view id) const {
  if (kind_ != provider::google)
    return read(thread_key_, id);
  auto first = find_message(id);
  return first && first->index == 0 ? std::optional{first->thread} : std::nullopt;
}

std::optional<message_place> id_codec::find_message(std::string_view id) const {
  auto number = read(message_key_, id);
  if (!number)
    return std::nullopt;
  return message_place{*number >> index_bits,
                       static_cast<uint32_t>(*number & ((uint32_t{1} << index_bits) - 1))};
}

std::string id_codec::write(uint64_t key, uint64_t number) const {
  const uint64_t scrambled = mix(number ^ key);
  form around = usual_form(kind_, key == message_key_);
  const uint64_t drawn = draw(scrambled, 3);
  if (chance(drawn, awkward_rate_))
    around = awkward_forms[drawn % awkward_forms.size()];
  std::string out;
  out.reserve(around.before.size() + 16 + around.after.size());
  out.append(around.before).append(hex16(scrambled)).append(around.after);
  return out;
}

std::optional<uint64_t> id_codec::read(uint64_t key, std::string_view id) const {
  auto try_form = [&](form around) -> std::optional<uint64_t> {
    if (id.size() != around.before.size() + 16 + around.after.size()
        || !id.starts_with(around.before) || !id.ends_with(around.after))
      return std::nullopt;
    auto scrambled = read_hex(id.substr(around.before.size(), 16));
    if (!scrambled)
      return std::nullopt;
    const uint64_t number = unmix(*scrambled) ^ key;
    // The digits fit but this object has its id in another form.
    if (write(key, number) != id)
      return std::nullopt;
    return number;
  };
  if (auto number = try_form(usual_form(kind_, key == message_key_)))
    return number;
  for (form around : awkward_forms)
    if (auto number = try_form(around))
      return number;
  return std::nullopt;
}

} // namespace nova::simulator
