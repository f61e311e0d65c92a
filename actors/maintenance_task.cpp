#include "actors/maintenance_task.hpp"

#include "actors/rejects.hpp"
#include "pg/cluster/prune_cluster_history.hpp"
#include "pg/email/fill_search.hpp"
#include "pg/email/prune_mail_journal.hpp"
#include "pg/email/sweep_attachment_contents.hpp"
#include "pg/integrations/close_lost_syncs.hpp"
#include "pg/integrations/prune_syncs.hpp"
#include "pg/messenger/messenger_prune.hpp"
#include "pg/messenger/messenger_rescue.hpp"
#include "pg/systems.hpp"

namespace nova {

std::string to_string(maintenance_task task) {
  switch (task) {
    case maintenance_task::fill_search: return "fill_search";
    case maintenance_task::prune: return "prune";
    case maintenance_task::reread: return "reread";
    case maintenance_task::messenger_rescue: return "messenger_rescue";
    case maintenance_task::messenger_prune: return "messenger_prune";
    case maintenance_task::close_lost_syncs: return "close_lost_syncs";
  }
  return "unknown";
}

std::optional<maintenance_task> maintenance_task_of(std::string_view name) {
  using enum maintenance_task;
  for (auto task :
       {fill_search, prune, reread, messenger_rescue, messenger_prune, close_lost_syncs})
    if (to_string(task) == name)
      return task;
  return std::nullopt;
}

uint64_t run_maintenance::run(pg::connection& conn) const {
  switch (task) {
    case maintenance_task::fill_search: return pg::fill_search{limit}.run(conn);
    case maintenance_task::prune: {
      auto gone = pg::prune_cluster_history{}.run(conn);
      return static_cast<uint64_t>(gone.failures + gone.nodes) + pg::prune_mail_journal{}.run(conn)
             + pg::sweep_attachment_contents{}.run(conn)
             + (pg::has_system(conn, "integrations") ? pg::prune_syncs{}.run(conn) : 0);
    }
    case maintenance_task::reread: return reread_rejects(conn, limit);
    case maintenance_task::messenger_rescue:
      return pg::has_system(conn, "messenger") ? pg::messenger_rescue{}.run(conn) : 0;
    case maintenance_task::messenger_prune:
      return pg::has_system(conn, "messenger") ? pg::messenger_prune{}.run(conn) : 0;
    case maintenance_task::close_lost_syncs:
      return pg::has_system(conn, "integrations") ? pg::close_lost_syncs{}.run(conn) : 0;
  }
  return 0;
}

} // namespace nova
