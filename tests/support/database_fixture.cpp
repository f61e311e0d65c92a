#include "tests/support/database_fixture.hpp"

#include "pg/migrator.hpp"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace nova::test {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view folder_prefix = "nova-test-";
constexpr auto template_name = "nova_template";

/// Memory where there is plenty: to clone a database is a thousand small files, seven times as fast
/// there. `TMPDIR` wins.
fs::path folders_parent() {
  constexpr uintmax_t plenty = uintmax_t{1} << 30;
  const fs::path memory = "/dev/shm";
  std::error_code missing;
  auto chosen =
    std::getenv("TMPDIR") != nullptr; // NOLINT(concurrency-mt-unsafe): nothing here sets it
  auto room = fs::space(memory, missing);
  return chosen || missing || room.available < plenty ? fs::temp_directory_path() : memory;
}

/// Folders are named `nova-test-PID-N`: those of processes that were killed are ours to remove.
void remove_abandoned_folders() {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator{folders_parent(), ignored}) {
    auto name = entry.path().filename().string();
    if (!name.starts_with(folder_prefix))
      continue;
    pid_t pid = 0;
    auto digits = std::string_view{name}.substr(folder_prefix.size());
    std::from_chars(digits.data(), digits.data() + digits.size(), pid);
    if (pid > 0 && kill(pid, 0) != 0 && errno == ESRCH)
      fs::remove_all(entry.path(), ignored);
  }
}

/// The server, its folder, and a connection that makes and drops databases. One for the process,
/// because a server takes longer to start than most cases run.
struct server {
  server() {
    migrate_template();
  }

  void migrate_template() {
    admin.run((std::string("create database ") + template_name).c_str());
    pg::connection conn{running.url(template_name)};
    pg::migrator{conn}.up({"all"});
  }

  temporary_folder folder;
  pg::embedded running{{folder.path(), "autovacuum = off\n", false}};
  pg::connection admin{running.url()};
};

server& the_server() {
  static server one;
  return one;
}

} // namespace

pg::embedded& database_server() {
  return the_server().running;
}

temporary_folder::temporary_folder() {
  static std::atomic<int> made = 0;
  if (made == 0)
    remove_abandoned_folders();
  auto folder =
    folders_parent()
    / (std::string(folder_prefix) + std::to_string(getpid()) + "-" + std::to_string(made++));
  fs::create_directory(folder);
  path_ = folder;
}

temporary_folder::~temporary_folder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

test_database::test_database(content content) {
  static std::atomic<int> made = 0;
  name_ = "test_" + std::to_string(made++);
  auto from = content == content::migrated ? template_name : "template0";
  the_server().admin.run(("create database " + name_ + " template " + from).c_str());
  url_ = the_server().running.url(name_);
}

test_database::~test_database() {
  try {
    the_server().admin.run(("drop database " + name_ + " with (force)").c_str());
  } catch (const std::exception&) {
    // The server was ended by the case; its folder goes with the process.
  }
}

} // namespace nova::test
