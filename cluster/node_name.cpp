#include "cluster/node_name.hpp"

#include "base/log.hpp"
#include "cluster/try_connect.hpp"
#include "pg/cluster/find_namesake.hpp"
#include "pg/cluster/register_node.hpp"

#include <string>
#include <thread>

namespace nova::cluster {
namespace {

constexpr base::log node_name_log{"Membership"};

using namespace std::chrono_literals;

constexpr auto connect_limit = 300ms;
constexpr auto namesake_look = 50ms;

/// `3 h`, `12 min`, `40 s`.
std::string in_words(std::chrono::seconds time) {
  if (time >= 72h)
    return std::to_string(time / 24h) + " d";
  if (time >= 1h)
    return std::to_string(time / 1h) + " h";
  if (time >= 1min)
    return std::to_string(time / 1min) + " min";
  return std::to_string(time.count()) + " s";
}

std::string describe(const pg::namesake& other, const std::string& name) {
  return "a living node is called " + name + " (incarnation " + std::to_string(other.id) + ", "
         + (other.address.empty() ? "without links" : other.address) + ", up " + in_words(other.up)
         + "); choose --name, or --replace";
}

/// Only of this machine a refused connection is proof: between machines something may stand that
/// refuses for the node. Where this node listens nobody else does.
bool is_gone(const pg::namesake& other, const pg::node_start& start) {
  return !other.address.empty() && !other.machine.empty() && other.machine == start.machine
         && (other.address == start.address
             || try_connect(other.address, connect_limit) == connect_result::refused);
}

} // namespace

int64_t whom_to_replace(pg::connection& conn, const pg::node_start& start, bool insist) {
  auto first = pg::find_namesake{start.name}.run(conn);
  if (!first)
    return 0;
  if (insist || is_gone(*first, start))
    return first->id;
  node_name_log.info(
    "waits for the end of its namesake, or a sign of life",
    {{"node", start.name}, {"incarnation", first->id}, {"address", first->address}});
  for (;;) {
    std::this_thread::sleep_for(namesake_look);
    auto now = pg::find_namesake{start.name}.run(conn);
    if (!now)
      return 0;
    if (now->id != first->id || now->heartbeat_at != first->heartbeat_at)
      throw name_taken{describe(*now, start.name)};
  }
}

} // namespace nova::cluster
