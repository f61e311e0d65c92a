#include "nylas/reject.hpp"

#include "base/utf8.hpp"
#include "nylas/digest.hpp"

namespace nova::nylas {

email_reject reject(std::string_view kind, const json::value& item, const base::bad_input& why) {
  constexpr size_t id_kept_max = 4096;
  constexpr size_t raw_kept_max = size_t{1} << 20;
  email_reject rejected;
  rejected.kind = kind;
  auto id = json::find_text(item, "id");
  rejected.id = base::start_of(id, id_kept_max);
  rejected.reason = why.where.empty() ? why.reason : to_string(why);
  rejected.raw = json::to_compact(item);
  digest identity;
  identity.add(id.empty() ? std::string_view{rejected.raw} : id);
  rejected.identity = identity.finish();
  if (rejected.raw.size() > raw_kept_max)
    rejected.raw.clear();
  return rejected;
}

} // namespace nova::nylas
