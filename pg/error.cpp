#include "pg/error.hpp"

namespace nova::pg {
namespace {

struct meaning {
  std::string_view prefix; // of the SQLSTATE; the longest that fits counts
  failure kind;
};

// https://www.postgresql.org/docs/15/errcodes-appendix.html. What is not here is `refused`.
constexpr meaning meanings[] = {
  {"08",
   failure::lost}, // connection exceptions; 08P01 is also what PgBouncer says when it drops us
  {"57P", failure::lost},   // shutdown, crash of another backend, still starting, database dropped,
                            // idle too long
  {"25P03", failure::lost}, // idle in transaction too long: the server ends the connection
  {"25006",
   failure::lost}, // read-only: after a failover we still talk to the old server; connect anew
  {"40", failure::retry},       // serialization failure, deadlock
  {"40002", failure::refused},  // a deferred constraint said no
  {"40003", failure::in_doubt}, // "statement completion unknown"
  {"53", failure::retry},       // disk, memory, connections: gone until somebody frees some
  {"55P03", failure::retry},    // lock_timeout or NOWAIT
  {"55006", failure::retry},    // object in use
  {"57014", failure::retry},    // statement_timeout, or our own cancel
  {"58", failure::retry},       // the server's own disk or files
};

} // namespace

std::string_view to_string(failure kind) {
  switch (kind) {
    case failure::refused: return "refused";
    case failure::retry: return "retry";
    case failure::lost: return "lost";
    case failure::in_doubt: return "in_doubt";
    case failure::decoding: return "decoding";
  }
  return "refused";
}

failure classify(std::string_view sqlstate) {
  if (sqlstate.empty())
    return failure::lost;
  const meaning* best = nullptr;
  for (const auto& candidate : meanings)
    if (sqlstate.starts_with(candidate.prefix)
        && (best == nullptr || candidate.prefix.size() > best->prefix.size()))
      best = &candidate;
  return best != nullptr ? best->kind : failure::refused;
}

} // namespace nova::pg
