#include "simulator/prose.hpp"

#include "simulator/random.hpp"

#include <array>
#include <vector>

namespace nova::simulator {
namespace {

constexpr std::array<std::string_view, 96> words = {
  "the",      "invoice",  "for",         "our",      "meeting",  "next",     "week",    "is",
  "attached", "please",   "review",      "it",       "before",   "Friday",   "and",     "tell",
  "me",       "whether",  "numbers",     "look",     "right",    "to",       "you",     "we",
  "moved",    "delivery", "date",        "because",  "supplier", "was",      "late",    "again",
  "budget",   "approved", "by",          "finance",  "so",       "order",    "can",     "go",
  "out",      "today",    "draft",       "contract", "has",      "two",      "open",    "points",
  "about",    "payment",  "terms",       "support",  "team",     "found",    "cause",   "of",
  "outage",   "a",        "certificate", "expired",  "on",       "Sunday",   "night",   "fixed",
  "now",      "customer", "asked",       "another",  "demo",     "with",     "their",   "own",
  "data",     "could",    "prepare",     "that",     "until",    "Tuesday",  "morning", "thanks",
  "everyone", "who",      "helped",      "release",  "went",     "smoothly", "only",    "one",
  "small",    "issue",    "remains",     "in",       "report",   "view",     "travel",  "plan"};

constexpr std::array<std::string_view, 32> first_names = {
  "Ada",  "Bela",  "Carla", "Dario", "Edda",  "Femi",  "Greta", "Hugo", "Ines",  "Jonas", "Kira",
  "Liam", "Mara",  "Nils",  "Olga",  "Pavel", "Quinn", "Rosa",  "Sami", "Tilda", "Umar",  "Vera",
  "Wim",  "Xenia", "Yusuf", "Zoe",   "Alma",  "Boris", "Celia", "Dina", "Emil",  "Fatma"};

constexpr std::array<std::string_view, 32> last_names = {
  "Abel",   "Brandt", "Costa",  "Dahl",   "Egede",  "Fischer", "Garcia", "Holm",
  "Ivanov", "Jensen", "Kowal",  "Lopez",  "Meyer",  "Novak",   "Okafor", "Petit",
  "Quist",  "Rossi",  "Santos", "Tanaka", "Ulrich", "Varga",   "Weber",  "Xu",
  "Yilmaz", "Zeman",  "Amari",  "Bauer",  "Chen",   "Duarte",  "Ek",     "Ferri"};

constexpr std::array<std::string_view, 8> domains = {"example.com",       "example.org",
                                                     "example.net",       "mail.example.com",
                                                     "north.example.org", "studio.example.net",
                                                     "works.example.com", "shop.example.org"};

constexpr std::array<std::string_view, 4> awkward_texts = {
  "Re: \"quoted\" and \\slashed\\ r\xc3\xa9sum\xc3\xa9 \xf0\x9f\x93\x8e <b>&amp;</b>",
  "\xe4\xbc\x9a\xe8\xad\xb0\xe3\x81\xae\xe4\xbb\xb6\tTab & \"both\"",
  "\xc3\x84rger\xc3\xbc\xc3\x9f"
  "e \xe2\x80\x94 it's 100% 'done'; drop table x;--",
  "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \xd8\xb3\xd9\x84\xd8\xa7\xd9\x85 "
  "\xf0\x9f\xa4\xb7\xf0\x9f\x8f\xbd line\r\nbreak"};

constexpr size_t sentence_count = 1024; // a power of two: picked by a mask
constexpr size_t snippet_max = 100;

/// Made once; every body is a row of these.
const std::vector<std::string>& sentences() {
  static const std::vector<std::string> made = [] {
    std::vector<std::string> out(sentence_count);
    for (size_t i = 0; i < out.size(); ++i) {
      const size_t length = 8 + draw(7, i) % 14;
      for (size_t w = 0; w < length; ++w) {
        if (w > 0)
          out[i] += ' ';
        out[i] += words[draw(11, i, w) % words.size()];
      }
      if (out[i][0] >= 'a' && out[i][0] <= 'z')
        out[i][0] = static_cast<char>(out[i][0] - 'a' + 'A');
      out[i] += ". ";
    }
    return out;
  }();
  return made;
}

const std::string& sentence(uint64_t seed, uint64_t place) {
  return sentences()[mix(seed + place) & (sentence_count - 1)];
}

} // namespace

std::string subject_of(uint64_t seed) {
  std::string out;
  const size_t length = 4 + seed % 5;
  for (size_t w = 0; w < length; ++w) {
    if (w > 0)
      out += ' ';
    out += words[draw(seed, w) % words.size()];
  }
  return out;
}

address correspondent(uint64_t seed) {
  const uint64_t drawn = mix(seed);
  const auto& first = first_names[drawn % first_names.size()];
  const auto& last = last_names[(drawn >> 8) % last_names.size()];
  address out;
  // Some senders have no name, as on the real API.
  if ((drawn >> 40) % 8 != 0)
    out.name.append(first).append(" ").append(last);
  out.email.append(first).append(".").append(last).append("@");
  for (char& c : out.email)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  out.email.append(domains[(drawn >> 16) % domains.size()]);
  return out;
}

void append_prose(std::string& out, uint64_t seed, size_t bytes) {
  const size_t end = out.size() + bytes;
  for (uint64_t place = 0; out.size() < end; ++place) {
    if (place % 6 == 0)
      out += place == 0 ? "<div><p>" : "</p><p>";
    out += sentence(seed, place);
  }
  out += "</p></div>";
}

std::string snippet_of(uint64_t seed) {
  std::string out;
  for (uint64_t place = 0; place < 6 && out.size() < snippet_max; ++place)
    out += sentence(seed, place);
  out.resize(std::min(out.size(), snippet_max));
  return out;
}

std::string_view awkward_text(uint64_t seed) {
  return awkward_texts[seed % awkward_texts.size()];
}

} // namespace nova::simulator
