#include "simulator/answers.hpp"
#include "simulator/api_objects.hpp"

#include <algorithm>

namespace nova::simulator {
namespace {

constexpr int grants_page = 10, grants_page_max = 200;

void append_grant(std::string& out, grant_state& grant) {
  std::unique_lock lock{grant.guard};
  const bool valid = grant.condition.valid;
  const bool blocked = grant.condition.blocked;
  const int64_t updated_at = grant.condition.updated_at;
  lock.unlock();
  auto text = [&out](const char* name, std::string_view value) {
    out.append(",\"").append(name).append("\":");
    append_text(out, value);
  };
  out += "{\"id\":";
  append_text(out, grant.id);
  text("provider", to_string(grant.provider));
  text("grant_status", valid ? "valid" : "invalid");
  text("email", grant.email);
  text("external_id", grant.external_id);
  out += ",\"scope\":[\"Mail.Read\",\"User.Read\",\"offline_access\"]";
  out.append(",\"blocked\":").append(blocked ? "true" : "false");
  out.append(",\"created_at\":").append(std::to_string(grant.created_at));
  out.append(",\"updated_at\":").append(std::to_string(updated_at)).append("}");
}

http::response list_grants(call& call) {
  auto limit = number_value(call.from, "limit");
  auto offset = number_value(call.from, "offset");
  if (!limit || !offset)
    return refuse(call, !limit ? limit.error() : offset.error());
  const int64_t size = limit->value_or(grants_page);
  const int64_t skip = offset->value_or(0);
  if (size < 1 || size > grants_page_max || skip < 0)
    return refuse(call, {"limit", "must be from 1 to 200, offset 0 or more"});
  const auto email = call.from.value("email");
  const auto kind = call.from.value("provider");
  const auto status = call.from.value("grant_status");
  std::string data = "[";
  int64_t number = 0;
  for (const auto& grant : call.in.grants()) {
    std::unique_lock lock{grant->guard};
    const bool valid = grant->condition.valid;
    lock.unlock();
    if ((email && *email != grant->email) || (kind && *kind != to_string(grant->provider))
        || (status && *status != (valid ? "valid" : "invalid")))
      continue;
    if (number >= skip && number < skip + size) {
      data += data.size() > 1 ? "," : "";
      append_grant(data, *grant);
    }
    ++number;
  }
  http::response out;
  out.body = open_envelope(call, data.size());
  out.body.append(",\"data\":").append(data).append("],\"limit\":").append(std::to_string(size));
  out.body.append(",\"offset\":").append(std::to_string(skip)).append("}");
  return out;
}

} // namespace

http::response answer_grants(call& call) {
  if (call.from.path.size() == 2)
    return list_grants(call);
  std::string data;
  append_grant(data, *call.grant);
  return data_answer(call, data);
}

} // namespace nova::simulator
