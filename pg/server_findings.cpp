#include "pg/server_findings.hpp"

#include "schema/queries.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace nova::pg {
namespace {

constexpr size_t words_max = 60;

/// The name of a statement of Nova by the beginning of its text; of others the words before the
/// first value.
std::string statement_called(std::string_view text) {
  for (const auto* known : sql::all)
    if (!text.empty() && std::string_view{known->text}.starts_with(text))
      return known->name;
  auto words = text.substr(0, std::min({text.find_first_of("'$("), text.size(), words_max}));
  while (!words.empty() && (words.back() == ' ' || words.back() == ';'))
    words.remove_suffix(1);
  std::string said{words};
  for (auto& letter : said)
    if (letter == '\n' || letter == '\t')
      letter = ' ';
  return said.empty() ? std::string{"a statement that is not shown"} : said;
}

std::string session_of(const facts& known) {
  return fmt::format("pid {} ({} of {})", known.text("pid"), known.text("application"),
                     known.text("user"));
}

std::string blocked(const facts& known) {
  return fmt::format("{}, {} for {} s, last: {}, holds a lock for which {} sessions wait: {} of {} "
                     "for {} s",
                     session_of(known), known.text("state"), known.text("age"),
                     statement_called(known.text("query")), known.text("waiters"),
                     statement_called(known.text("waiting")), known.text("waiter"),
                     known.text("seconds"));
}

std::string connections(const facts& known) {
  return fmt::format("{} of {} connections are used, {} of them by {} of {}", known.text("used"),
                     known.text("most"), known.text("its"), known.text("application"),
                     known.text("user"));
}

std::string idle_transaction(const facts& known) {
  return fmt::format("{} has had a transaction open for {} s and does nothing in it, last: {}; "
                     "vacuum removes nothing that is newer",
                     session_of(known), known.text("age"), statement_called(known.text("query")));
}

std::string long_transaction(const facts& known) {
  return fmt::format("{} has had a transaction open for {} s: {}; vacuum removes nothing that is "
                     "newer",
                     session_of(known), known.text("age"), statement_called(known.text("query")));
}

std::string prepared(const facts& known) {
  return fmt::format("{} has had the prepared transaction {} open for {} s; vacuum removes nothing "
                     "that is newer",
                     known.text("user"), known.text("gid"), known.text("age"));
}

std::string slot(const facts& known) {
  return fmt::format("nobody reads the replication slot {}, for which {} of WAL are kept: the disk "
                     "fills up",
                     known.text("slot"), known.text("held"));
}

std::string slot_behind(const facts& known) {
  return fmt::format("who reads the replication slot {} (pid {}) is {} of WAL behind",
                     known.text("slot"), known.text("pid"), known.text("held"));
}

std::string vacuum(const facts& known) {
  return fmt::format("autovacuum does not keep up with {}: {} dead rows, {} living ones",
                     known.text("table"), known.text("dead"), known.text("live"));
}

std::string wraparound(const facts& known) {
  return fmt::format("its oldest transaction id is {} transactions old; at two billion the server "
                     "takes no more writes",
                     known.text("age"));
}

std::string blind(const facts& known) {
  return known.text("user")
         + " may not see the sessions of others, so who holds up whom is not known";
}

std::string hides(const facts& known) {
  return fmt::format("{} cannot be looked at: {}", known.text("part"), known.text("reason"));
}

std::string restored(const facts& known) {
  return fmt::format("it was restored, copied or went back in time: its rows are of {}. Stop all "
                     "nodes before what is to be run, and start them after it; a copy must not do "
                     "the work of the database that it was made from",
                     known.text("what"));
}

std::string restoring(const facts& known) {
  return fmt::format("a restore of data has not ended: {} triggers are off, so what is written is "
                     "neither queued nor counted",
                     known.text("triggers"));
}

constexpr auto terminate = "psql \"$DATABASE_URL\" -c 'select pg_terminate_backend(";

constexpr sentence of_server[] = {
  {"database/blocked", blocked, {terminate, "pid", ")'"}},
  {"database/connections",
   connections,
   {"raise max_connections of the server, or put a pooler before it"}},
  {"database/idle_connections",
   connections,
   {"psql \"$DATABASE_URL\" -c 'select pg_terminate_backend(pid) from unnest(array[", "pids",
    "]) as pid'"}},
  {"database/idle_transaction", idle_transaction, {terminate, "pid", ")'"}},
  {"database/long_transaction", long_transaction, {terminate, "pid", ")'"}},
  {"database/prepared",
   prepared,
   {"psql \"$DATABASE_URL\" -c \"rollback prepared '", "gid", "'\""}},
  {"database/oddly_prepared", prepared, {"look into pg_prepared_xacts, and roll it back"}},
  {"database/slot",
   slot,
   {"psql \"$DATABASE_URL\" -c \"select pg_drop_replication_slot('", "slot", "')\""}},
  {"database/slot_behind", slot_behind, {"look at who reads it, or drop the slot"}},
  {"database/vacuum", vacuum, {"psql \"$DATABASE_URL\" -c 'vacuum (analyze) ", "table", "'"}},
  {"database/wraparound", wraparound, {"psql \"$DATABASE_URL\" -c 'vacuum (freeze)'"}},
  {"database/restored", restored, {"nova maintenance after-restore"}},
  {"database/restoring", restoring, {"nova maintenance after-restore"}},
  {"database/hides", hides, {"nova migrate verify"}},
  {"database/blind",
   blind,
   {"psql \"$DATABASE_URL\" -c 'grant pg_read_all_stats to ", "user", "'"}},
};

} // namespace

std::span<const sentence> sentences_of_server() {
  return of_server;
}

} // namespace nova::pg
