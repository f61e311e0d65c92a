#include "nylas/copies.hpp"

#include "nylas/digest.hpp"
#include "nylas/message_reader.hpp"

#include <rapidjson/document.h>

#include <algorithm>
#include <limits>
#include <set>
#include <string_view>
#include <tuple>
#include <unordered_set>

namespace nova::nylas {
namespace {

/// What is smaller is older; of one date the hash decides, so that their order does not.
auto age_of(const email_message& message) {
  return std::tuple{message.date.value_or(std::numeric_limits<int64_t>::max()),
                    std::string_view{message.core_hash}};
}

/// Of two arrays of texts, as `read_folders` makes them.
std::string union_of(const std::string& one, const std::string& other) {
  rapidjson::Document lists[2];
  lists[0].Parse(one.c_str(), one.size());
  lists[1].Parse(other.c_str(), other.size());
  std::vector<std::string_view> ids;
  for (const auto& list : lists)
    for (const auto& id : list.GetArray())
      ids.emplace_back(id.GetString(), id.GetStringLength());
  return list_of_folders(std::move(ids));
}

/// No hash of its fields, but the same whenever these copies are seen.
void hash_again(email_message& united) {
  digest hash;
  hash.add(united.core_hash);
  hash.add(united.folders);
  united.core_hash = hash.finish();
}

bool all_are_different(const std::vector<email_message>& messages) {
  std::unordered_set<std::string_view> ids;
  ids.reserve(messages.size());
  return std::all_of(messages.begin(), messages.end(), [&](const email_message& message) {
    return ids.insert(message.id.value).second;
  });
}

} // namespace

void unite_copies(std::vector<email_message>& messages) {
  if (all_are_different(messages))
    return;
  std::vector<email_message> once;
  std::unordered_map<std::string, size_t> places;
  std::set<size_t> united;
  for (auto& message : messages) {
    auto [known, is_new] = places.emplace(message.id.value, once.size());
    if (is_new) {
      once.push_back(std::move(message));
      continue;
    }
    auto& kept = once[known->second];
    if (kept.core_hash != message.core_hash)
      united.insert(known->second);
    auto folders = union_of(kept.folders, message.folders);
    auto carried = (kept.carried | message.carried) & carries_folders;
    if (age_of(message) < age_of(kept))
      kept = std::move(message);
    kept.folders = std::move(folders);
    kept.carried |= carried;
  }
  for (auto place : united)
    hash_again(once[place]);
  messages = std::move(once);
}

void listed_copies::unite(std::vector<email_message>& page) {
  for (auto& message : page) {
    if ((message.carried & carries_folders) == 0)
      continue;
    auto [known, is_new] =
      folders_.emplace(std::hash<std::string>{}(message.id.value), message.folders);
    if (is_new || known->second == message.folders)
      continue;
    known->second = union_of(known->second, message.folders);
    if (known->second == message.folders)
      continue;
    message.folders = known->second;
    hash_again(message);
  }
}

} // namespace nova::nylas
