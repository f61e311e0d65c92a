#include "app/program.hpp"
#include "pg/messenger/messenger_claim.hpp"
#include "pg/messenger/messenger_fail.hpp"
#include "pg/messenger/messenger_send.hpp"
#include "tests/support/database_fixture.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <rapidjson/document.h>

#include <algorithm>
#include <cctype>
#include <sstream>

// What mail, providers and other nodes put into rows, and what of it reaches a terminal: every
// command that prints rows, over rows that hold all code points below U+0100 and those that turn
// text around.
using namespace nova;

namespace {

using words = std::vector<std::string>;

/// PostgreSQL's text holds all of them but U+0000.
constexpr const char* all_characters =
  "(select string_agg(chr(c), '') || 'end' from (select generate_series(1, 255) union all select "
  "unnest(array[1564, 8206, 8207, 8232, 8233, 8234, 8235, 8236, 8237, 8238, 8294, 8295, 8296, "
  "8297, 65279])) of (c))";

constexpr const char* hostile_rows = R"(
insert into flux_inboxes (id, email, grant_id, status_reason)
  values ('00000000-0000-0000-0000-0000000000aa', $h, $h, $h);
insert into flux_inbox_configurations (id, inbox_id, backfill_start, backfill_end)
  values ('00000000-0000-0000-0000-0000000000cc', '00000000-0000-0000-0000-0000000000aa', now() - interval '1 day', now());
insert into queued_threads (config_id, thread_id, status, attempts, processed_at, error_message)
  values ('00000000-0000-0000-0000-0000000000cc', $h, 'failed', 5, now(), $h);
insert into flux_webhook_notifications (notification_id, notification_type, grant_id, status, error_message, payload)
  values ($h, $h, $h, 'error', $h, '{}');
insert into integration_configs (id, name, provider) values ('00000000-0000-0000-0000-00000000000a', $h, 'acme');
insert into integration_sync_configs (id, integration_id, stream)
  values ('00000000-0000-0000-0000-0000000000a1', '00000000-0000-0000-0000-00000000000a', $h);
insert into integration_sync_history (id, sync_config_id, status, finished_at, error_message)
  values ('00000000-0000-0000-0000-0000000000b1', '00000000-0000-0000-0000-0000000000a1', 'failed', now(), $h);
insert into integration_alert_history (integration_id, alert_type, channel, recipient, outage_key, message, delivery_status, error_message)
  values ('00000000-0000-0000-0000-00000000000a', 'failure', 'email', $h, 'k', 'm', 'failed', $h);
select nova.set_alert_channel('ops', 'email', array[$h::text], '', '', '', 'nova', false, '{}', '0', true);
select nova.raise_alert('disk', $h, 'critical', $h, jsonb_build_object('next', $h::text));
select nova.gather_alerts('0', '0', clock_timestamp() + interval '1 hour');
update nova.alert_deliveries set error_class = $h, error = $h;
insert into tenants (id, name, slug) values ('t1', $h, 'one');
insert into users (id, tenant_id, email) values ('u1', 't1', 'a');
insert into usage_metrics (tenant_id, user_id, date, total_messages, total_tokens, estimated_cost)
  values ('t1', 'u1', current_date, 1, 10, 0.5);
insert into nova.actor_failures (node_name, kind, key, reason, fingerprint, message_type, doing)
  values ($h, $h, $h, $h, 'f', $h, $h);
insert into nova.operator_actions (who, role, via, action, target, reason, outcome)
  values ($h, 'admin', $h, $h, $h, $h, $h);
)";

const words printing[] = {
  {"inbox", "list"},
  {"inbox", "show", "00000000-0000-0000-0000-0000000000aa"},
  {"backfill", "status"},
  {"progress"},
  {"progress", "--watch"},
  {"threads", "failed"},
  {"webhooks", "list"},
  {"webhooks", "failed"},
  {"sync", "history"},
  {"sync", "retries"},
  {"sync", "alerts"},
  {"alerts", "list", "--all"},
  {"alerts", "history"},
  {"alerts", "channels", "list"},
  {"assistant", "report", "usage"},
  {"queue", "list"},
  {"messenger", "stats"},
  {"messenger", "failed", "list"},
  {"messenger", "schedules"},
  {"messenger", "transports"},
  {"migrate", "status"},
  {"config"},
  {"doctor"},
  {"shell", "--pg", "-c", "status; doctor; progress; dead-letters; grants"},
  {"shell", "--pg", "-c", "crashes; crashes --group reason; audit"},
  {"shell", "--pg", "-o", "tsv", "-c", "progress; dead-letters; crashes; audit; grants"},
  {"shell", "--pg", "-o", "jsonl", "-c", "progress; dead-letters; crashes; audit; grants"},
  {"shell", "--pg", "-c", "explain 00000000-0000-0000-0000-0000000000cc"},
  {"why", "no\x1b[2Jsuch"},
  {"shell", "--pg", "-c", "why m1"},
  {"shell", "--pg", "-c", "no\x1b[2Jsuch"},
  {"inbox", "show", "no\x1b[2J\xe2\x80\xaesuch\x9b"},
  {"conjure\x1b[2J\nnova: done"},
  {"queue", "peek", "no\x1b[2Jsuch"},
};

std::string line_of(const words& arguments) {
  std::string line;
  for (const auto& word : arguments)
    line += word + ' ';
  return line;
}

struct outcome {
  std::string out, err;
};

outcome run(const words& arguments, const std::string& url) {
  std::ostringstream out, err;
  app::run_program(arguments,
                   {{"DATABASE_URL", url}, {"LOG_LEVEL", "off"}, {"NOVA_NODE_NAME", "n\x1b[2J"}},
                   out, err);
  return {out.str(), err.str()};
}

/// The first place that a terminal would obey; npos when there is none.
size_t harm_in(const std::string& text) {
  constexpr std::string_view turns[] = {"\xd8\x9c",     "\xe2\x80\x8e", "\xe2\x80\x8f",
                                        "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaa",
                                        "\xe2\x80\xab", "\xe2\x80\xac", "\xe2\x80\xad",
                                        "\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x81\xa7",
                                        "\xe2\x81\xa8", "\xe2\x81\xa9", "\xef\xbb\xbf"};
  for (size_t i = 0; i < text.size(); ++i) {
    auto byte = [&](size_t at) {
      return static_cast<unsigned char>(at < text.size() ? text[at] : 0);
    };
    bool ends_line = text[i] == '\n' || text[i] == '\t';
    if ((byte(i) < 0x20 && !ends_line) || byte(i) == 0x7f)
      return i;
    if (byte(i) == 0xc2 && byte(i + 1) < 0xa0) // C1
      return i;
    for (auto turn : turns)
      if (std::string_view{text}.substr(i).starts_with(turn))
        return i;
  }
  return std::string::npos;
}

struct fixture : test::database_fixture {
  fixture() {
    std::string script = hostile_rows;
    for (auto at = script.find("$h"); at != std::string::npos; at = script.find("$h", at))
      script.replace(at, 2, all_characters);
    conn.run(script.c_str());
    const sql::statement every{"every_character", all_characters};
    auto hostile = conn.exec(every).value<std::string>();
    perform(pg::messenger_send{{R"({"type": "mail", "max_attempts": 1, "body": {}})"}});
    auto taken = perform(pg::messenger_claim{.worker = "w"}).at(0);
    perform(pg::messenger_fail{{taken.id}, {taken.token}, {hostile}, {"net"}, {"retry"}});
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(hostile_text_test)

BOOST_AUTO_TEST_CASE(no_command_prints_what_a_terminal_obeys) {
  fixture f;
  for (const auto& arguments : printing) {
    BOOST_TEST_CONTEXT(line_of(arguments)) {
      auto ended = run(arguments, f.url());
      BOOST_TEST(harm_in(ended.out) == std::string::npos);
      BOOST_TEST(harm_in(ended.err) == std::string::npos);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_row_is_one_line) {
  fixture f;
  for (const auto& arguments :
       {words{"inbox", "list"}, words{"threads", "failed"}, words{"webhooks", "list"},
        words{"sync", "history"}, words{"shell", "--pg", "-c", "crashes"},
        words{"shell", "--pg", "-o", "tsv", "-c", "crashes"}}) {
    BOOST_TEST_CONTEXT(line_of(arguments)) {
      auto out = run(arguments, f.url()).out;
      BOOST_TEST(std::count(out.begin(), out.end(), '\n') == 2, out);
    }
  }
}

BOOST_AUTO_TEST_CASE(json_is_valid_and_has_every_character) {
  fixture f;
  for (auto arguments : {words{"inbox", "list"}, words{"threads", "failed"},
                         words{"webhooks", "list"}, words{"sync", "history"},
                         words{"sync", "alerts"}, words{"shell", "--pg", "-c", "crashes"}}) {
    BOOST_TEST_CONTEXT(line_of(arguments)) {
      arguments.emplace_back("--json");
      auto out = run(arguments, f.url()).out;
      rapidjson::Document parsed;
      parsed.Parse(out.data(), out.size());
      BOOST_TEST(!parsed.HasParseError());
      BOOST_TEST(harm_in(out) == std::string::npos);
      std::transform(out.begin(), out.end(), out.begin(),
                     [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      for (const auto* escape : {"\\u0001", "\\u001b", "\\u001f", "\\u009b", "\\u202e"})
        BOOST_TEST(out.find(escape) != std::string::npos, escape);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
