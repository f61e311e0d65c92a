#include "app/inbox_lookup.hpp"

#include "app/context.hpp"
#include "pg/email/list_inboxes.hpp"

namespace nova::app {

inbox find_inbox_or_fail(pg::connection& conn, const std::string& key) {
  if (auto found = pg::list_inboxes{key}.run(conn); !found.empty())
    return found.front();
  throw command_error(exit_code::failed, "no inbox has the id, grant or address '" + key
                                           + "'; `nova inbox list` shows those there are");
}

} // namespace nova::app
