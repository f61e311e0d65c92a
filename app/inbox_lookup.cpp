#include "app/inbox_lookup.hpp"

#include "app/context.hpp"

namespace nova::app {

pg::inbox find_inbox_or_fail(pg::connection& conn, const std::string& key) {
  if (auto found = pg::find_inbox(conn, key))
    return *found;
  throw command_error(exit_code::failed, "no inbox has the id, grant or address '" + key
                                           + "'; `nova inbox list` shows those there are");
}

} // namespace nova::app
