#include "pg/job_explanation.hpp"

#include "pg/sentences.hpp"
#include "schema/queries.hpp"

#include <fmt/format.h>

#include <optional>

namespace nova::pg {
namespace {

std::string no_messenger(const facts&) {
  return "the messenger is not installed in this database";
}

std::string job_unknown(const facts&) {
  return "no message waits, runs or was given up under this id; what is done leaves no row";
}

std::string job_sent(const facts& known) {
  return fmt::format("{} for queue {} of transport {}, priority {}", known.text("type"),
                     known.text("queue"), known.text("transport"), known.text("priority"));
}

std::string job_tried(const facts& known) {
  return fmt::format("attempt {} failed{}: {}: {}", known.text("attempt"),
                     known.after(" on ", "worker"), known.text("class"), known.text("message"));
}

std::string job_given_up(const facts& known) {
  return fmt::format("given up with class {}, as failure {}", known.text("class"),
                     known.text("id"));
}

std::string job_sent_again(const facts& known) {
  return fmt::format("sent again as message {}{}", known.text("as"), known.after(" by ", "by"));
}

std::string job_done(const facts&) {
  return "it is done; its row stays for its idempotency key";
}

std::string job_works(const facts& known) {
  return fmt::format("{} works at it, attempt {}", known.text("worker"), known.text("attempt"));
}

std::string claim_over(const facts& known) {
  return fmt::format("the lease of {} has run out: the next look takes it back",
                     known.text("worker"));
}

std::string due_now(const facts&) {
  return "it may be done now";
}

std::string due_later(const facts&) {
  return "it is not to be done before this time";
}

std::string transport_open(const facts& known) {
  return fmt::format("transport {} gives messages out", known.text("transport"));
}

std::string transport_paused(const facts& known) {
  return fmt::format("transport {} is paused", known.text("transport"));
}

std::string handler_set(const facts& known) {
  return fmt::format("a handler of kind {} does type {}", known.text("kind"), known.text("type"));
}

std::string handler_none(const facts& known) {
  return fmt::format("no handler is set for type {}, so it fails with class no_handler",
                     known.text("type"));
}

std::string handler_elsewhere(const facts& known) {
  return fmt::format("no handler names transport {}: workers of your own claim it",
                     known.text("transport"));
}

std::string job_nodes(const facts& known) {
  return fmt::format("{} living nodes have the role jobs", known.text("count"));
}

std::string job_key_stopped(const facts& known) {
  return fmt::format("its key '{}' is stopped for {} s more, after {} failures in a row",
                     known.text("key"), known.text("seconds"), known.text("failures"));
}

std::string key_full(const facts& known) {
  return fmt::format("{} jobs of its key '{}' run: that is its limit", known.text("running"),
                     known.text("key"));
}

std::string line_place(const facts& known) {
  return fmt::format("{} messages go before it, of those that share the lane of queue {}",
                     known.text("ahead"), known.text("queue"));
}

constexpr sentence steps_of_jobs[] = {
  {"unknown/no_messenger", no_messenger, {"nova migrate up --system messenger"}},
  {"unknown/gone", job_unknown, {"nova messenger failed list"}},
  {"sent/message", job_sent, {""}},
  {"tried/failed", job_tried, {""}},
  {"ended/given_up", job_given_up, {"nova messenger failed retry ", "id"}},
  {"ended/sent_again", job_sent_again, {""}},
  {"ended/done", job_done, {""}},
  {"claimed/works", job_works, {""}},
  {"claimed/over", claim_over, {"nothing: a node with the role jobs does it within seconds"}},
  {"due/now", due_now, {""}},
  {"due/later", due_later, {"nothing: it comes by itself"}},
  {"transport/open", transport_open, {""}},
  {"transport/paused", transport_paused, {"nova messenger transports --resume ", "transport"}},
  {"handler/set", handler_set, {""}},
  {"handler/none",
   handler_none,
   {"nova messenger handlers set --type ", "type", " (--http URL | --sql FUNCTION --as ROLE)"}},
  {"handler/elsewhere", handler_elsewhere, {""}},
  {"nodes/living", job_nodes, {""}},
  {"nodes/none", job_nodes, {"nova run --roles ", "role"}},
  {"key/stopped", job_key_stopped, {"keys"}},
  {"key/full", key_full, {"keys"}},
  {"line/place", line_place, {"jobs"}},
};

const sentence& said_of_job(std::string_view kind) {
  return sentence_of(steps_of_jobs, kind);
}

} // namespace

std::string explain_job(connection& conn, std::string_view id, int64_t limit) {
  return chain_text(conn.exec(sql::explain_job, id, limit)
                      .rows<std::string, bool, std::optional<std::string>, std::string>(),
                    said_of_job);
}

} // namespace nova::pg
