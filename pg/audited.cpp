#include "pg/audited.hpp"

#include "base/log.hpp"
#include "pg/error.hpp"

namespace nova::pg {
namespace {

constexpr base::log audited_log{"Audit"};

} // namespace

void record_failure(connection& conn, operator_action line, const std::exception& failure) {
  if (!conn.alive())
    return;
  line.outcome = std::string{"failed: "} + failure.what();
  try {
    transaction all{conn, transaction::access::read_write};
    record_operator_action{line}.run(conn);
    all.commit();
  } catch (const error& e) {
    audited_log.warn("an act that failed is not in the audit log", {{"reason", e.what()}});
  }
}

} // namespace nova::pg
