#include "actors/listing_progress.hpp"

namespace nova {
namespace {

constexpr uint32_t idle_max = 3;   // pages that show nothing new
constexpr uint32_t empty_max = 50; // pages that show nothing at all; some providers send a few

} // namespace

std::string listing_progress::judge(const std::string& at, const discovered_page& page) {
  if (page.page_token.empty())
    return {};
  auto [origin, is_new] = origins_.emplace(page.page_token, at);
  if (page.page_token == at || origin->second != at)
    return "the provider gives a cursor that it gave before";
  auto again = !is_new && at == last_; // the same page after a failure
  last_ = at;
  auto fresh = false;
  for (auto key : page.keys)
    fresh = keys_.insert(key).second || fresh;
  if (again)
    return {};
  idle_ = fresh ? 0 : idle_ + 1;
  if (idle_ < (page.keys.empty() ? empty_max : idle_max))
    return {};
  return std::to_string(idle_) + " pages in a row show nothing new";
}

} // namespace nova
