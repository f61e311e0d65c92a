#include "shell/node_rows.hpp"

#include <algorithm>
#include <string_view>

namespace nova::shell {
namespace {

/// `arg` of a target, decoded by nobody: names need no encoding but for odd ones, which match
/// nothing.
bool asks_for(const std::string& target, const std::string& node) {
  auto at = target.find("arg=");
  auto only = at == std::string::npos ? std::string{} : target.substr(at + 4);
  only.resize(std::min(only.find('&'), only.size()));
  return only.empty() || only == encode(node);
}

void take_over(rapidjson::Value& row, const rapidjson::Value& from, rows& of) {
  auto& memory = of.document.GetAllocator();
  for (const auto& member : from.GetObject())
    if (std::string_view{member.name.GetString()} != "node")
      row.AddMember(rapidjson::Value{member.name, memory}, rapidjson::Value{member.value, memory},
                    memory);
}

} // namespace

rows ask_nodes(backend& asked, const std::string& target) {
  auto nodes = read_rows(asked.get(target));
  if (nodes.result != exit_code::done)
    return nodes;
  // Who does not answer has a lease that says so; through --pg nobody is asked.
  auto live = read_rows(asked.get("processes"));
  for (const auto& one : live.document.GetArray()) {
    auto name = rows::text(one, "node");
    auto all = nodes.document.GetArray();
    auto is_it = [&](const auto& row) {
      return rows::text(row, "node") == name && !row.HasMember("cpu")
             && rows::text(row, "ended_at").empty();
    };
    auto row = std::find_if(all.begin(), all.end(), is_it);
    if (row != all.end()) {
      take_over(*row, one, nodes);
    } else if (asks_for(target, name)) {
      nodes.add({{"node", name}, {"state", "alone"}});
      take_over(nodes.document[nodes.document.Size() - 1], one, nodes);
    }
  }
  return nodes;
}

} // namespace nova::shell
