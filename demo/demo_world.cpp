#include "demo/demo_world.hpp"

#include "app/context.hpp"
#include "base/clock.hpp"
#include "pg/connection.hpp"
#include "pg/migrator.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string_view>
#include <thread>

namespace nova::demo {
namespace {

// Minutes of Nylas's retry policy as about a second each.
constexpr double webhook_time_scale = 0.01;

// What a database took with it that had been read from a queue but not been answered is read again
// after this long; five minutes by default.
constexpr const char* visibility_seconds = "20";

std::string make_folder() {
  auto pattern = (std::filesystem::temp_directory_path() / "nova-demo-XXXXXX").string();
  if (!mkdtemp(pattern.data()))
    throw std::runtime_error("no temporary folder can be made in "
                             + std::filesystem::temp_directory_path().string());
  // The server runs as another user when we are root and must be able to enter.
  std::filesystem::permissions(pattern, std::filesystem::perms{0711});
  return pattern;
}

std::string read_file(const std::string& name) {
  std::ifstream file{name};
  if (!file)
    throw app::command_error(app::exit_code::usage, "--faults: '" + name + "' cannot be read");
  return {std::istreambuf_iterator<char>{file}, {}};
}

} // namespace

simulator::options mailbox_of(const demo_options& options) {
  simulator::options made;
  made.seed = options.seed;
  auto& grant = made.grants.front();
  // Whoever calls as a library may name one that there is not: its default stays then.
  grant.provider = simulator::parse_provider(options.provider).value_or(simulator::provider::nylas);
  // Only a later sweep would find what nobody tells of, after the demo is over.
  made.settings.imap_tells_old = true;
  // The demo shows that all of it comes, not how long Google takes: a twentieth of its prices.
  made.settings.units_list = 1;
  made.settings.units_object = 1;
  made.settings.units_thread = 2;
  // On one machine compressing only moves work from one process to the other.
  made.settings.gzip = false;
  // Nobody wants to wait minutes until a webhook is repeated.
  made.webhooks.time_scale = webhook_time_scale;
  grant.mailbox.threads = options.threads;
  grant.mailbox.messages_per_thread = options.messages;
  grant.mailbox.body_bytes = options.body_bytes;
  if (!options.faults.empty())
    made.faults = read_file(options.faults);
  if (auto valid = simulator::validate(made); !valid)
    throw app::command_error(app::exit_code::usage, "--faults: " + to_string(valid.error()));
  return made;
}

demo_world::demo_world(const demo_options& options)
  : folder_(options.folder), strategy_(options.strategy) {
  temporary_ = folder_.empty();
  if (temporary_)
    folder_ = make_folder();
  pg::embedded_settings server;
  server.folder = folder_ + "/postgresql";
  // The latency of webhooks is measured to the commit itself.
  server.extra_configuration = "track_commit_timestamp = on";
  database_ = std::make_unique<pg::embedded>(server);
  {
    auto conn = pg::connection{database_->url()};
    conn.run("drop database if exists nova with (force)");
    conn.run("create database nova");
  }
  auto conn = pg::connection{database_url()};
  pg::migrator{conn}.up();
  provider_ = std::make_unique<simulator::simulator>(mailbox_of(options));
  processes_.resize(options.nodes);
  addresses_.resize(options.nodes);
  for (size_t i = 0; i < processes_.size(); ++i)
    start_node(i);
}

demo_world::~demo_world() {
  for (auto& process : processes_)
    if (process)
      process->stop();
  processes_.clear();
  provider_.reset();
  database_.reset();
  std::error_code ignored; // a file that stays in the temporary folder is no failure of the demo
  if (temporary_)
    std::filesystem::remove_all(folder_, ignored);
}

std::string demo_world::database_url() const {
  return database_->url("nova");
}

nylas::api_settings demo_world::api() const {
  return {provider_->url(), provider_->api_key()};
}

std::string demo_world::log_of(size_t index) const {
  return folder_ + "/node-" + std::to_string(index + 1) + ".log";
}

void demo_world::start_node(size_t index) {
  auto name = "demo-" + std::to_string(index + 1);
  processes_[index] = std::make_unique<app::child_process>(
    std::vector<std::string>{"run", "--json", "--name", name},
    std::map<std::string, std::string>{
      {"DATABASE_URL", database_url()},
      {"NYLAS_API_URI", provider_->url()},
      {"NYLAS_API_KEY", provider_->api_key()},
      {"NYLAS_WEBHOOK_SECRET", provider_->webhook_secret()},
      {"VISIBILITY_TIMEOUT", visibility_seconds},
      {"BACKFILL_STRATEGY", strategy_},
      {"NOVA_HTTP", addresses_[index].empty() ? "127.0.0.1:0" : addresses_[index]}},
    log_of(index));
}

void demo_world::kill_and_restart(size_t index) {
  cpu_of_killed_ += processes_[index]->used().cpu_seconds;
  processes_[index]->kill();
  start_node(index);
}

void demo_world::restart_database(bool crash) {
  database_->restart(crash);
}

void demo_world::expect_nodes_alive() {
  for (size_t i = 0; i < processes_.size(); ++i)
    if (!processes_[i]->running()) {
      temporary_ = false; // the log is worth keeping
      throw std::runtime_error("node " + std::to_string(i + 1) + " ended by itself; see "
                               + log_of(i));
    }
}

app::child_process::usage demo_world::used() const {
  app::child_process::usage sum;
  sum.cpu_seconds = cpu_of_killed_;
  for (const auto& process : processes_) {
    auto one = process->used();
    sum.cpu_seconds += one.cpu_seconds;
    sum.resident_bytes += one.resident_bytes;
    sum.resident_bytes_max = std::max(sum.resident_bytes_max, one.resident_bytes_max);
  }
  return sum;
}

std::string demo_world::http_address(size_t index) {
  constexpr std::string_view begins = "{\"http\":\"";
  auto deadline = base::monotonic_now() + std::chrono::seconds{10};
  while (base::monotonic_now() < deadline) {
    std::ifstream log{log_of(index)};
    std::string found;
    // The last one counts: a node that was started again has another port.
    for (std::string line; std::getline(log, line);)
      if (line.starts_with(begins) && line.ends_with("\"}"))
        found = line.substr(begins.size(), line.size() - begins.size() - 2);
    if (!found.empty())
      return addresses_[index] = found;
    expect_nodes_alive();
    std::this_thread::sleep_for(std::chrono::milliseconds{20}); // the poll's pause
  }
  throw std::runtime_error("node " + std::to_string(index + 1) + " does not listen; see "
                           + log_of(index));
}

} // namespace nova::demo
