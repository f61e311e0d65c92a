#include "app/inbox_lookup.hpp"

#include "app/context.hpp"
#include "pg/email/list_inboxes.hpp"

namespace nova::app {

inbox find_inbox_or_fail(pg::connection& conn, const std::string& key) {
  auto found = pg::list_inboxes{key}.run(conn); // those in use first
  if (found.empty())
    throw command_error(exit_code::failed, "no inbox has the id, grant or address '" + key
                                             + "'; `nova inbox list` shows those there are");
  if (found.size() > 1 && found[1].status == "active")
    throw command_error(exit_code::failed, "two inboxes in use have the address '" + key
                                             + "': name " + found[0].id.value + " or "
                                             + found[1].id.value);
  return found.front();
}

} // namespace nova::app
