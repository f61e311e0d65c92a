#include "pg/embedded.hpp"

#include "base/clock.hpp"
#include "pg/server_programs.hpp"

#include <fcntl.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <clocale>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <thread>

// Life of a folder: lock it, end what a killed owner left running, initdb when `data` is missing
// (into `data.new`, renamed when it is whole), write nova.conf, start, wait until it answers. The
// server is not bound to our life by this file but by watchdog.cpp.
namespace nova::pg {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto start_max = 60s;
constexpr auto poll_interval = 5ms;
constexpr size_t socket_path_max = 107; // sockaddr_un
constexpr auto socket_name = "/.s.PGSQL.5432";
constexpr size_t log_bytes_shown = 2000;
constexpr uintmax_t log_bytes_max = 16 << 20;

/// For a machine of two cores and two gigabytes that the server shares with nova. What is committed
/// stays: fsync and synchronous_commit are left on.
constexpr auto configuration = R"(
listen_addresses = ''
unix_socket_permissions = 0700
max_connections = 200
shared_buffers = 256MB
wal_buffers = 16MB
min_wal_size = 256MB
max_wal_size = 2GB
checkpoint_timeout = 15min
random_page_cost = 1.1
effective_io_concurrency = 64
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %a %d '
log_checkpoints = off
autovacuum_naptime = 15s
)";

/// What is committed still survives a crash of the server, though not one of the machine.
constexpr auto not_durable = R"(
fsync = off
full_page_writes = off
)";

std::string tail(const std::string& file) {
  std::ifstream in{file};
  std::string text{std::istreambuf_iterator<char>(in), {}};
  return text.size() > log_bytes_shown ? text.substr(text.size() - log_bytes_shown) : text;
}

void give(const std::string& path, const server_user& user, mode_t mode) {
  if (chown(path.c_str(), user.uid, user.gid) != 0 || chmod(path.c_str(), mode) != 0)
    throw std::system_error(errno, std::generic_category(), path);
}

/// Writes a new file, never through a link: the folder is the server's user's, and we may be root.
void write_file(const std::string& path, const std::string& text, const server_user& user) {
  unlink(path.c_str());
  auto file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  auto whole = file >= 0 && fchown(file, user.uid, user.gid) == 0
               && write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  auto failure = errno;
  if (file >= 0)
    close(file);
  if (!whole)
    throw std::system_error(failure, std::generic_category(), path);
}

/// PostgreSQL refuses to run as root. A folder that is in use stays with its user, so that a later
/// installation of the user `postgres` does not lock us out.
server_user choose_user(const std::string& data) {
  if (geteuid() != 0)
    return {geteuid(), getegid(), "the current user"};
  struct stat owner {};
  auto reused = stat(data.c_str(), &owner) == 0 && owner.st_uid != 0;
  for (auto name : {"postgres", "nobody"}) {
    passwd entry{};
    passwd* found = nullptr;
    char buffer[4096];
    if (getpwnam_r(name, &entry, buffer, sizeof buffer, &found) == 0 && found != nullptr
        && (!reused || entry.pw_uid == owner.st_uid))
      return {entry.pw_uid, entry.pw_gid, name};
  }
  if (reused)
    return {owner.st_uid, owner.st_gid, "user " + std::to_string(owner.st_uid)};
  throw std::runtime_error("PostgreSQL does not run as root, and this machine has neither a user "
                           "'postgres' nor 'nobody' to run it as");
}

/// The first folder on the way that this user may not enter; empty when there is none.
std::string closed_folder(const fs::path& path, const server_user& user) {
  fs::path so_far;
  for (const auto& part : path.parent_path()) {
    so_far /= part;
    struct stat found {};
    if (stat(so_far.c_str(), &found) != 0)
      return so_far;
    auto bit = found.st_uid == user.uid ? S_IXUSR : found.st_gid == user.gid ? S_IXGRP : S_IXOTH;
    if ((found.st_mode & bit) == 0)
      return so_far;
  }
  return {};
}

/// UTF-8 with the order of bytes, where the C library knows it by name.
std::string server_locale() {
  auto found = newlocale(LC_ALL_MASK, "C.UTF-8", nullptr);
  if (found == nullptr)
    return "C";
  freelocale(found);
  return "C.UTF-8";
}

/// The process in postmaster.pid when it lives and works in that folder; else 0.
pid_t leftover_server(const std::string& data) {
  pid_t pid = 0;
  std::ifstream{data + "/postmaster.pid"} >> pid;
  std::error_code ignored;
  auto works_in = fs::read_symlink("/proc/" + std::to_string(pid) + "/cwd", ignored);
  return pid > 0 && works_in == fs::path{data} ? pid : 0;
}

std::string percent_encoded(const std::string& path) {
  std::string out;
  for (char c : path) {
    constexpr auto digits = "0123456789ABCDEF";
    auto byte = static_cast<unsigned char>(c);
    if (isalnum(byte) != 0 || strchr("-._~", c) != nullptr)
      out += c;
    else
      (out += '%') += {digits[byte >> 4], digits[byte & 15]};
  }
  return out;
}

} // namespace

class embedded::folder_lock {
public:
  explicit folder_lock(const std::string& file)
    : file_(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    if (file_ >= 0 && flock(file_, LOCK_EX | LOCK_NB) == 0)
      return;
    auto failure = errno;
    if (file_ >= 0)
      close(file_);
    if (failure == EWOULDBLOCK)
      throw std::runtime_error(file
                               + " is locked: another process uses this database folder; end it or "
                                 "name another folder");
    throw std::system_error(failure, std::generic_category(), file);
  }

  ~folder_lock() {
    close(file_);
  }

  folder_lock(const folder_lock&) = delete;
  folder_lock& operator=(const folder_lock&) = delete;

private:
  int file_;
};

embedded::embedded(embedded_settings settings) : settings_(std::move(settings)) {
  settings_.folder = fs::weakly_canonical(fs::absolute(settings_.folder));
  fs::create_directories(settings_.folder);
  user_ = choose_user(data());
  give(settings_.folder, user_, 0700);
  lock_ = std::make_unique<folder_lock>(settings_.folder + "/lock");
  if (auto closed = closed_folder(data(), user_); !closed.empty())
    fail(user_.name + " runs the server and may not enter " + closed
         + "; choose a folder that it can reach");
  binaries_ = find_server_programs(data());
  end_leftover();
  if (!fs::exists(data()))
    make_cluster();
  socket_folder_ = settings_.folder;
  if (socket_folder_.size() + strlen(socket_name) > socket_path_max) {
    auto name = (fs::temp_directory_path() / "nova-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr)
      throw std::system_error(errno, std::generic_category(), name);
    give(name, user_, 0700);
    socket_folder_ = name;
  }
  start();
}

embedded::~embedded() {
  stop();
  std::error_code ignored;
  if (socket_folder_ != settings_.folder)
    fs::remove_all(socket_folder_, ignored);
}

std::string embedded::data() const {
  return settings_.folder + "/data";
}

std::string embedded::configuration_file() const {
  return settings_.folder + "/nova.conf";
}

std::string embedded::log() const {
  return settings_.folder + "/server.log";
}

void embedded::fail(const std::string& what) const {
  throw std::runtime_error("private PostgreSQL in " + settings_.folder + ": " + what);
}

void embedded::make_cluster() {
  auto fresh = data() + ".new";
  fs::remove_all(fresh);
  auto output = settings_.folder + "/initdb.log";
  // Trust is safe here: there is no TCP, and only who may enter the socket's folder (mode 0700) can
  // connect. `peer` would shut out ourselves when we are root and the server is not.
  std::vector<std::string> command{binaries_ + "/initdb", "--pgdata=" + fresh,
                                   "--username=postgres", "--auth=trust",
                                   "--encoding=UTF8",     "--locale=" + server_locale(),
                                   "--lc-messages=C",     "--no-instructions"};
  if (!settings_.durable)
    command.emplace_back("--no-sync");
  if (run_program(user_, command, output) != 0)
    fail("initdb failed: " + tail(output));
  fs::rename(fresh, data());
  fs::remove(output);
}

void embedded::end_leftover() {
  // We hold the lock, so whoever started it is gone; its watchdog may be shutting it down right
  // now.
  auto pid = leftover_server(data());
  if (pid == 0)
    return;
  kill(pid, SIGINT);
  auto deadline = base::monotonic_now() + start_max;
  while (leftover_server(data()) == pid) {
    if (base::monotonic_now() > deadline)
      fail("the server of an earlier run, process " + std::to_string(pid)
           + ", does not end; end it by hand");
    std::this_thread::sleep_for(poll_interval);
  }
}

void embedded::configure() const {
  std::string text = "# Written at every start.\ninclude 'data/postgresql.conf'\n";
  text += configuration;
  text += "unix_socket_directories = '" + socket_folder_ + "'\n";
  // A server that was built without lz4 refuses to start with it.
  auto probe = settings_.folder + "/probe.log";
  auto has_lz4 = run_program(user_,
                             {binaries_ + "/postgres", "-D", data(), "-C", "wal_compression", "-c",
                              "wal_compression=lz4"},
                             probe)
                 == 0;
  fs::remove(probe);
  text += std::string("wal_compression = ") + (has_lz4 ? "lz4" : "on") + "\n";
  if (!settings_.durable)
    text += not_durable;
  text += settings_.extra_configuration + "\n";
  write_file(configuration_file(), text, user_);
}

void embedded::start() {
  configure();
  std::error_code none;
  if (fs::file_size(log(), none) > log_bytes_max && !none)
    fs::remove(log());
  watchdog_ =
    std::make_unique<watchdog>(user_,
                               std::vector<std::string>{binaries_ + "/postgres", "-D", data(), "-c",
                                                        "config_file=" + configuration_file()},
                               log());
  wait_until_ready();
}

void embedded::wait_until_ready() {
  auto deadline = base::monotonic_now() + start_max;
  while (PQping(url().c_str()) != PQPING_OK) {
    if (!watchdog_->running())
      fail("the server ended at its start: " + tail(log()));
    if (base::monotonic_now() > deadline)
      fail("the server does not answer: " + tail(log()));
    std::this_thread::sleep_for(poll_interval);
  }
}

std::string embedded::url(const std::string& database) const {
  return "postgresql://postgres@/" + percent_encoded(database)
         + "?host=" + percent_encoded(socket_folder_);
}

void embedded::restart(bool crash) {
  if (watchdog_)
    watchdog_->stop(crash);
  start();
}

void embedded::stop() {
  if (watchdog_)
    watchdog_->stop();
}

} // namespace nova::pg
