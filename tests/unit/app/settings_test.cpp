#include "app/context.hpp"
#include "app/node_settings.hpp"
#include "tests/support/database_fixture.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <ostream>

using namespace nova;
using namespace std::chrono_literals;

namespace {

struct value {
  const char* name;
  const char* text;
};

std::ostream& operator<<(std::ostream& out, const value& x) {
  return out << x.name << '=' << x.text;
}

const value wrong[] = {
  {"BATCH_SIZE", "x"},
  {"BATCH_SIZE", "0"},
  {"BATCH_SIZE", "10x"},
  {"BATCH_SIZE", "-1"},
  {"POLL_INTERVAL_MS", "1.5"},
  {"POLL_INTERVAL_MS", "99999999999"},
  {"VISIBILITY_TIMEOUT", "0"},
  {"ENABLE_AUTO_RECOVERY", "maybe"},
  {"NYLAS_API_URI", "api.us.nylas.com"},
  {"NOVA_HTTP", "8480"},
  {"NOVA_HTTP", "h:70000"},
  {"PACING", "fast"},
  {"LOG_LEVEL", "loud"},
  {"LOG_FORMAT", "xml"},
  {"TESTING_MODE", "2"},
  {"NOVA_THREAD_WINDOW", "0"},
  {"NOVA_LISTEN", "everywhere"},
  {"NOVA_INSPECT", "foo"},
  {"NOVA_INSPECT", "foo:bar"},
  {"NOVA_SYSTEMS", "messenger,mail"},
  {"NOVA_SYSTEMS", "messenger,"},
  {"NOVA_PLAIN_HTTP_HOSTS", "a, b"},
  {"BACKFILL_STRATEGY", "both"},
  {"API_DELAY_MS", "soon"},
  {"NOVA_STORE_ATTACHMENTS", "all"},
  {"NOVA_STORE_ATTACHMENTS", "10"},
  {"NOVA_STORE_ATTACHMENTS", "0B"},
  {"NOVA_STORE_ATTACHMENTS", "1.5MB"},
  {"NOVA_STORE_ATTACHMENTS", "10 MB"},
  {"NOVA_STORE_ATTACHMENTS", "257MB"},
  {"NOVA_STORE_ATTACHMENTS", "18446744073709551616B"},
  {"NOVA_STORE_ATTACHMENTS", "MB"},
  {"NOVA_API", "8482"},
};

app::setting_sources from(std::map<std::string, std::string> environment) {
  app::setting_sources sources;
  sources.environment = std::move(environment);
  sources.dot_env = "/nonexistent/.env";
  return sources;
}

} // namespace

BOOST_AUTO_TEST_SUITE(settings_test)

BOOST_DATA_TEST_CASE(a_wrong_value_names_setting_value_source_and_what_is_accepted,
                     boost::unit_test::data::make(wrong), row) {
  auto loaded = app::load_settings(from({{row.name, row.text}}));
  BOOST_REQUIRE(!loaded);
  auto text = to_string(loaded.error());
  BOOST_TEST(text.find(row.name) == 0u);
  BOOST_TEST(text.find(std::string("'") + row.text + "'") != std::string::npos);
  BOOST_TEST(text.find("environment") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_value_of_a_secret_is_not_told) {
  auto loaded = app::load_settings(from({{"NYLAS_API_KEY", "line\nbreak"}}));
  BOOST_REQUIRE(!loaded);
  BOOST_TEST(to_string(loaded.error()).find("break") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(several_webhook_secrets_stand_with_commas_between) {
  auto loaded = app::load_settings(from({{"NYLAS_WEBHOOK_SECRET", "old,new"}}));
  BOOST_REQUIRE(loaded);
  BOOST_TEST(loaded->values.nylas_webhook_secrets == (std::vector<std::string>{"old", "new"}));
  for (auto wrong : {",", "old,", ",new", "old,,new", "old, new", "a,b,c,d,e"}) {
    auto refused = app::load_settings(from({{"NYLAS_WEBHOOK_SECRET", wrong}}));
    BOOST_REQUIRE(!refused);
    BOOST_TEST(to_string(refused.error()).find("up to four") != std::string::npos);
    BOOST_TEST(to_string(refused.error()).find("old") == std::string::npos);
  }
}

struct folder_of_files {
  std::string write(const char* name, const std::string& text) {
    std::ofstream{folder.path() + "/" + name} << text;
    return folder.path() + "/" + name;
  }

  test::temporary_folder folder;
};

BOOST_AUTO_TEST_CASE(every_secret_may_be_in_a_file_that_is_named) {
  folder_of_files at;
  size_t secrets = 0;
  for (const auto& definition : app::setting_table()) {
    std::string name = definition.name;
    auto file = at.write("value", definition.kind.accepted.find("ROLE:") != std::string::npos
                                    ? "view:0123456789abcdef\n"
                                    : "0123456789abcdef\n");
    auto loaded = app::load_settings(from({{name + "_FILE", file}}));
    BOOST_REQUIRE_MESSAGE(loaded, name);
    auto of_it =
      std::ranges::find(loaded->effective, &definition, &app::effective_setting::definition);
    BOOST_TEST((of_it->source == "environment, file " + file) == definition.secret, name);
    BOOST_TEST(of_it->value.ends_with("0123456789abcdef") == definition.secret, name);
    secrets += definition.secret ? 1 : 0;
  }
  BOOST_TEST(secrets >= 8u);
}

BOOST_AUTO_TEST_CASE(a_secret_and_its_file_in_one_place_are_an_error_that_names_both) {
  folder_of_files at;
  auto file = at.write("key", "canary");
  auto loaded =
    app::load_settings(from({{"NYLAS_API_KEY", "canary"}, {"NYLAS_API_KEY_FILE", file}}));
  BOOST_REQUIRE(!loaded);
  auto text = to_string(loaded.error());
  for (auto part : {"NYLAS_API_KEY:", "NYLAS_API_KEY_FILE", "both", "environment"})
    BOOST_TEST(text.find(part) != std::string::npos, text);
  BOOST_TEST(text.find("canary") == std::string::npos);

  auto empty = app::load_settings(from({{"NYLAS_API_KEY", ""}, {"NYLAS_API_KEY_FILE", file}}));
  BOOST_REQUIRE(empty);
  BOOST_TEST(empty->values.nylas_api_key == "canary", "an empty one is none");
}

BOOST_AUTO_TEST_CASE(of_a_secret_and_a_file_in_two_places_the_stronger_place_counts) {
  folder_of_files at;
  auto sources = from({{"NYLAS_API_KEY_FILE", at.write("key", "of the file")}});
  sources.dot_env = at.write("env", "NYLAS_API_KEY=weaker\nDATABASE_URL_FILE='"
                                      + at.write("url", "postgres://there/x") + "'\n");
  auto loaded = app::load_settings(sources);
  BOOST_REQUIRE(loaded);
  BOOST_TEST(loaded->values.nylas_api_key == "of the file");
  BOOST_TEST(loaded->values.database_url == "postgres://there/x");

  sources.environment = {{"NYLAS_API_KEY", "stronger"}};
  sources.dot_env = at.write("env", "NYLAS_API_KEY_FILE=/nonexistent/key\n");
  BOOST_TEST(app::load_settings(sources).value().values.nylas_api_key == "stronger");
}

BOOST_AUTO_TEST_CASE(a_file_of_a_secret_that_cannot_be_used_is_told_without_its_content) {
  folder_of_files at;
  for (const auto& [name, path] :
       {std::pair{"NYLAS_API_KEY_FILE", std::string{"/nonexistent/key"}},
        std::pair{"NYLAS_API_KEY_FILE", at.write("two", "a\ncanary")},
        std::pair{"NOVA_CLUSTER_SECRET_FILE", at.write("short", "canary")},
        std::pair{"NOVA_API_TOKEN_FILE", at.write("token", "canary")}}) {
    auto loaded = app::load_settings(from({{name, path}}));
    BOOST_REQUIRE(!loaded);
    auto text = to_string(loaded.error());
    BOOST_TEST(text.find(path) != std::string::npos, text);
    BOOST_TEST(text.find("canary") == std::string::npos, text);
  }
}

BOOST_AUTO_TEST_CASE(a_file_for_what_is_no_secret_is_no_setting) {
  folder_of_files at;
  app::setting_sources sources;
  sources.dot_env = at.write("env", "BATCH_SIZE_FILE=x\n");
  BOOST_TEST(!app::load_settings(sources));
}

BOOST_AUTO_TEST_CASE(secrets_by_name_may_stand_in_each_place_and_the_strongest_counts) {
  folder_of_files at;
  auto sources = from({{"NOVA_SECRET_HOOK", "of the environment"}, {"OTHER", "x"}});
  sources.dot_env = at.write("env", "NOVA_SECRET_HOOK=weaker\nNOVA_SECRET_PAY=of the file\n"
                                    "NOVA_SECRETS_DIR="
                                      + at.folder.path() + "\n");
  at.write("third", "of the folder\n");

  auto loaded = app::load_settings(sources);

  BOOST_REQUIRE(loaded);
  auto secrets = app::secrets_of(loaded->values);
  BOOST_TEST(secrets->find("hook").value() == "of the environment");
  BOOST_TEST(secrets->find("pay").value() == "of the file");
  BOOST_TEST(secrets->find("third").value() == "of the folder");
  BOOST_TEST(loaded->values.secret_variables.count("OTHER") == 0u);
}

BOOST_AUTO_TEST_CASE(messages_are_taken_over_http_of_who_has_a_token) {
  auto made = [](std::map<std::string, std::string> environment) {
    return app::make_node_settings(app::load_settings(from(std::move(environment))).value().values,
                                   {})
      .api_of_messages;
  };
  BOOST_TEST(!made({}).enabled);
  BOOST_TEST(!made({{"NOVA_API", "off"}, {"NOVA_API_TOKEN", "0123456789abcdef"}}).enabled);
  BOOST_CHECK_EXCEPTION(made({{"NOVA_API", "127.0.0.1:0"}}), app::command_error, [](const auto& e) {
    return std::string{e.what()}.find("NOVA_API_TOKEN") != std::string::npos;
  });
  auto api =
    made({{"NOVA_API", "127.0.0.1:99"}, {"NOVA_API_TOKEN", "0123456789abcdef,fedcba9876543210"}});
  BOOST_TEST(api.enabled);
  BOOST_TEST(api.port == 99);
  BOOST_TEST(api.tokens.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_flag_wins_over_the_environment_that_over_dot_env_that_over_a_file) {
  test::temporary_folder folder;
  auto write = [&](const char* name, const char* text) {
    std::ofstream{folder.path() + "/" + name} << text;
    return folder.path() + "/" + name;
  };
  app::setting_sources sources;
  sources.config_file = write("nova.conf", "BATCH_SIZE=1\nVISIBILITY_TIMEOUT=11\nLOG_LEVEL=warn\n"
                                           "POLL_INTERVAL_MS=100\n");
  sources.dot_env = write("env", "BATCH_SIZE=2\nVISIBILITY_TIMEOUT=12\nLOG_LEVEL=error\n");
  sources.environment = {{"BATCH_SIZE", "3"}, {"VISIBILITY_TIMEOUT", "13"}};
  sources.flags = {{"BATCH_SIZE", "4"}};

  auto loaded = app::load_settings(sources);

  BOOST_REQUIRE(loaded);
  BOOST_TEST(loaded->values.batch_size == 4u);
  BOOST_TEST((loaded->values.visibility_timeout == 13s));
  BOOST_TEST((loaded->values.log.level == base::log_level::error));
  BOOST_TEST((loaded->values.poll_interval == 100ms));
}

BOOST_AUTO_TEST_CASE(an_unknown_name_in_a_file_is_told_with_the_nearest) {
  test::temporary_folder folder;
  auto file = folder.path() + "/nova.conf";
  std::ofstream{file} << "BATCHSIZE=1\n";
  auto sources = from({});
  sources.config_file = file;

  auto loaded = app::load_settings(sources);

  BOOST_REQUIRE(!loaded);
  BOOST_TEST(to_string(loaded.error()).find("BATCH_SIZE") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_piece_of_a_secret_on_a_line_of_its_own_is_not_told) {
  test::temporary_folder folder;
  auto sources = from({});
  sources.config_file = folder.path() + "/nova.conf";
  std::ofstream{sources.config_file} << "NYLAS_API_KEY=abc\nMIIEvQIBADANBgkqh==\n";

  auto loaded = app::load_settings(sources);

  BOOST_REQUIRE(!loaded);
  auto text = to_string(loaded.error());
  BOOST_TEST(text.find("MIIE") == std::string::npos, text);
  BOOST_TEST(text.find(sources.config_file) != std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(the_api_is_called_without_tls_on_loopback_alone) {
  for (const auto* uri : {"http://127.0.0.1:80", "http://localhost/", "http://[::1]:1/v3",
                          "https://api.eu.nylas.com"})
    BOOST_TEST(app::load_settings(from({{"NYLAS_API_URI", uri}})).has_value(), uri);
  for (const auto* uri :
       {"http://api.us.nylas.com", "http://127.0.0.1.example.com", "http://localhost.example.com",
        "http://10.0.0.1:8080", "http://127.0.0.1@example.com/", "https://me@example.com"}) {
    auto loaded = app::load_settings(from({{"NYLAS_API_URI", uri}}));
    BOOST_REQUIRE(!loaded);
    BOOST_TEST(to_string(loaded.error()).find("NYLAS_API_URI") == 0u);
  }
  auto allowed =
    from({{"NYLAS_API_URI", "http://10.0.0.1:8080"}, {"NOVA_PLAIN_HTTP_HOSTS", "proxy,10.0.0.1"}});
  BOOST_TEST(app::load_settings(allowed).has_value());
}

BOOST_AUTO_TEST_CASE(a_file_that_others_can_write_is_refused_by_name) {
  test::temporary_folder folder;
  auto sources = from({});
  sources.dot_env = folder.path() + "/.env";
  std::ofstream{sources.dot_env} << "BATCH_SIZE=3\n";

  std::filesystem::permissions(sources.dot_env, std::filesystem::perms{0666});
  auto open_to_all = app::load_settings(sources);
  BOOST_REQUIRE(!open_to_all);
  BOOST_TEST(to_string(open_to_all.error()).find(sources.dot_env) != std::string::npos);

  std::filesystem::permissions(sources.dot_env, std::filesystem::perms{0660});
  auto open_to_group = app::load_settings(sources);
  BOOST_REQUIRE(open_to_group);
  BOOST_TEST(open_to_group->findings.size() == 1u);
  BOOST_TEST(open_to_group->values.batch_size == 3u);

  std::filesystem::permissions(sources.dot_env, std::filesystem::perms{0600});
  BOOST_TEST(app::load_settings(sources)->findings.empty());
}

BOOST_AUTO_TEST_CASE(a_dot_env_of_another_user_is_refused_unless_it_is_named) {
  if (::geteuid() != 0)
    return; // only root can make one
  test::temporary_folder folder;
  auto file = folder.path() + "/.env";
  std::ofstream{file} << "BATCH_SIZE=3\n";
  BOOST_REQUIRE(::chown(file.c_str(), 65534, 65534) == 0);
  auto found = from({});
  found.dot_env = file;
  auto named = from({});
  named.config_file = file;

  auto refused = app::load_settings(found);

  BOOST_REQUIRE(!refused);
  BOOST_TEST(to_string(refused.error()).find("65534") != std::string::npos);
  BOOST_TEST(app::load_settings(named)->values.batch_size == 3u);
}

BOOST_AUTO_TEST_CASE(a_token_may_have_a_name) {
  auto tokens = app::parse_inspect_tokens("view:0123456789abcdef,admin:ann:0123456789abcdef:x");
  BOOST_REQUIRE(tokens);
  BOOST_TEST(tokens->at(0).name == "");
  BOOST_TEST(tokens->at(0).token == "0123456789abcdef");
  BOOST_TEST(tokens->at(1).role == "admin");
  BOOST_TEST(tokens->at(1).name == "ann");
  BOOST_TEST(tokens->at(1).token == "0123456789abcdef:x");
  BOOST_TEST(!app::parse_inspect_tokens("admin:ann:short"));
  BOOST_TEST(!app::parse_inspect_tokens("root:0123456789abcdef"));
}

BOOST_AUTO_TEST_CASE(the_defaults_are_those_of_the_document) {
  auto loaded = app::load_settings(from({}));
  BOOST_REQUIRE(loaded);
  BOOST_TEST((loaded->values.poll_interval == 5000ms));
  BOOST_TEST(loaded->values.batch_size == 10u);
  BOOST_TEST((loaded->values.visibility_timeout == 300s));
  BOOST_TEST((loaded->values.recovery_check_interval == 60'000ms));
  BOOST_TEST(loaded->values.enable_auto_recovery);
  BOOST_TEST(!loaded->values.testing_mode);
}

/// A setting whose default were refused would be one that nobody can write down.
BOOST_AUTO_TEST_CASE(what_is_written_as_a_default_is_read_as_the_same) {
  for (const auto& setting : app::setting_table()) {
    auto written = app::default_of(setting);
    if (written.empty())
      continue;
    app::settings read;
    BOOST_TEST(setting.kind.assign(read, written), setting.name);
    BOOST_TEST(setting.kind.written(read) == written, setting.name);
  }
}

BOOST_AUTO_TEST_CASE(a_value_is_written_as_it_was_read) {
  const std::map<std::string, std::string> given = {
    {"NOVA_HTTP", "[::1]:80"},        {"NOVA_LISTEN", "off"},
    {"NOVA_INSPECT", "10.0.0.1:7"},   {"NOVA_SYSTEMS", "messenger,assistant"},
    {"BACKFILL_STRATEGY", "threads"}, {"LOG_LEVEL", "warn"},
    {"LOG_FORMAT", "json"},           {"API_DELAY_MS", "0"},
    {"VISIBILITY_TIMEOUT", "7"},      {"NOVA_INSPECT_TOKEN", "admin:ann:0123456789abcdef"}};
  auto loaded = app::load_settings(from(given));
  BOOST_REQUIRE(loaded);
  for (const auto& setting : app::setting_table())
    if (auto found = given.find(setting.name); found != given.end())
      BOOST_TEST(setting.kind.written(loaded->values) == found->second);
}

struct kept_case {
  const char* text;
  kept_attachments meant;
  const char* written = text;
  friend std::ostream& operator<<(std::ostream& out, const kept_case& x) {
    return out << x.text;
  }
};
const kept_case kept_cases[] = {
  {"none", {false, 0}},
  {"metadata", {true, 0}},
  {"1B", {true, 1}},
  {"1500B", {true, 1500}},
  {"20KB", {true, 20'480}},
  {"10MB", {true, 10'485'760}},
  {"1024KB", {true, 1 << 20}, "1MB"},
  {"268435456B", {true, 256 << 20}, "256MB"},
};

BOOST_DATA_TEST_CASE(what_is_kept_of_attachments_is_a_word_or_a_size,
                     boost::unit_test::data::make(kept_cases), row) {
  auto loaded = app::load_settings(from({{"NOVA_STORE_ATTACHMENTS", row.text}}));
  BOOST_REQUIRE(loaded);
  BOOST_TEST((loaded->values.attachments == row.meant));
  for (const auto& setting : app::setting_table())
    if (setting.name == std::string_view{"NOVA_STORE_ATTACHMENTS"})
      BOOST_TEST(setting.kind.written(loaded->values) == row.written);
  auto made = app::make_node_settings(loaded->values, {});
  BOOST_TEST(made.store.attachments_listed == row.meant.listed);
  BOOST_TEST(made.attachments.bytes_max == row.meant.bytes_max);
}

BOOST_AUTO_TEST_CASE(the_settings_have_the_defaults_of_the_actors_that_they_are_for) {
  auto made = app::make_node_settings(app::settings{}, {});
  const app::node_settings plain;
  BOOST_TEST(made.threads.window == plain.threads.window);
  BOOST_TEST(made.threads.refill == plain.threads.refill);
  BOOST_TEST((made.threads.poll == plain.threads.poll));
  BOOST_TEST((made.backfills.poll == plain.backfills.poll));
  BOOST_TEST((made.backfills.backfill.strategy == plain.backfills.backfill.strategy));
  BOOST_TEST((made.completion.interval == plain.completion.interval));
  BOOST_TEST(made.completion.recovery == plain.completion.recovery);
  BOOST_TEST((made.completion.recovery_interval == plain.completion.recovery_interval));
  BOOST_TEST(made.webhooks.batch == plain.webhooks.batch);
  BOOST_TEST((made.webhooks.visibility == plain.webhooks.visibility));
  BOOST_TEST((made.webhooks.poll == plain.webhooks.poll));
  BOOST_TEST(made.webhooks.keep == plain.webhooks.keep);
  BOOST_TEST(made.http.connections_max == plain.http.connections_max);
  BOOST_TEST(made.store.attachments_listed == plain.store.attachments_listed);
  BOOST_TEST(made.attachments.bytes_max == plain.attachments.bytes_max);
  BOOST_TEST(made.transport.answer_bytes_max == plain.transport.answer_bytes_max);
  BOOST_TEST(made.database_connections == plain.database_connections);
  BOOST_TEST(made.roles == plain.roles);
}

BOOST_AUTO_TEST_CASE(a_short_cluster_secret_is_refused_without_being_shown) {
  app::setting_sources sources;
  sources.dot_env = "";
  sources.environment = {{"NOVA_CLUSTER_SECRET", "hunter2"}};
  auto loaded = app::load_settings(sources);
  BOOST_REQUIRE(!loaded.has_value());
  auto text = to_string(loaded.error());
  BOOST_TEST(text.find("at least 16 characters") != std::string::npos);
  BOOST_TEST(text.find("hunter2") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
