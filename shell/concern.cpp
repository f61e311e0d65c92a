#include "shell/concern.hpp"

#include "shell/rows.hpp"

#include <string>
#include <string_view>

namespace nova::shell {
namespace {

struct viewed {
  std::string actor, kind, key, node, parent, now;
};

viewed view_of(const rapidjson::Value& row) {
  viewed seen;
  seen.actor = rows::text(row, "actor"); // NODE/KIND or NODE/KIND/KEY
  auto parts = split(seen.actor, '/');
  seen.node = parts.empty() ? std::string{} : parts[0];
  seen.kind = parts.size() > 1 ? parts[1] : std::string{};
  if (auto key = seen.node.size() + 1 + seen.kind.size() + 1; key < seen.actor.size())
    seen.key = seen.actor.substr(key);
  seen.parent = rows::text(row, "parent");
  seen.now = rows::text(row, "now");
  return seen;
}

bool has(std::string_view text, std::string_view part) {
  return !part.empty() && text.find(part) != std::string_view::npos;
}

/// What follows `KIND:` in the name of a finding; empty when it is of another kind.
std::string after(const std::string& what, std::string_view kind) {
  return what.starts_with(kind) && what.size() > kind.size() && what[kind.size()] == ':'
           ? what.substr(kind.size() + 1)
           : std::string{};
}

bool works_on_threads(const std::string& kind) {
  return kind == "thread_dispatcher" || kind == "thread_sync";
}

} // namespace

bool concerns(const base::finding& found, const rapidjson::Value& actor) {
  auto seen = view_of(actor);
  const auto& what = found.what;
  if (what == seen.actor || what == seen.node || what == seen.kind)
    return true;
  if (what == "database")
    return seen.kind.starts_with("database") || has(seen.now, "database");
  if (what == "threads" || what == "setting:threads.window")
    return works_on_threads(seen.kind);
  if (what == "setting:pace.pause")
    return seen.kind == "grant";
  if (auto role = after(what, "role"); !role.empty())
    return seen.key == role || has(seen.parent, "role/" + role);
  for (const char* kind : {"queue", "backfill"})
    if (auto name = after(what, kind); !name.empty())
      return has(seen.key, name) || has(seen.now, name);
  return false;
}

} // namespace nova::shell
