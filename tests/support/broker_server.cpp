#include "tests/support/broker_server.hpp"

#include "tests/support/eventually.hpp"

#include <arpa/inet.h>
#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace nova::test {
namespace {

using namespace std::chrono_literals;

constexpr auto start_limit = 60s;

/// A connection, over which `say` is said; what comes first is returned.
std::string talk(uint16_t port, const std::string& say) {
  int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons(port);
  timeval limit{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  std::string answer(256, '\0');
  ssize_t got = 0;
  if (::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0
      && ::send(fd, say.data(), say.size(), MSG_NOSIGNAL) >= 0)
    got = ::recv(fd, answer.data(), answer.size(), 0);
  ::close(fd);
  answer.resize(got > 0 ? static_cast<size_t>(got) : 0);
  return answer;
}

class redis_server : public broker_server {
public:
  explicit redis_server(std::string program) : program_(std::move(program)) {
    // In Debian's redis-tools the server is there under another name.
    if (program_.ends_with("redis-check-rdb")) {
      std::filesystem::create_symlink(program_, folder_.path() + "/redis-server");
      program_ = folder_.path() + "/redis-server";
    }
  }

  [[nodiscard]] std::map<std::string, std::string> config() const override {
    return {{"url", "redis://127.0.0.1:" + std::to_string(port_)},
            {"stream", queue()},
            {"secret_name", "broker"},
            {"lease_s", "1"}};
  }

  [[nodiscard]] std::string password() const override {
    return "a password";
  }

  [[nodiscard]] std::string type() const override {
    return "redis";
  }

protected:
  [[nodiscard]] program how() const override {
    return {{program_, "--bind", "127.0.0.1", "--port", std::to_string(port_), "--dir",
             folder_.path(), "--requirepass", password(), "--appendonly", "yes", "--appendfsync",
             "always", "--save", "", "--logfile", folder_.path() + "/log"}};
  }

  [[nodiscard]] bool answers() const override {
    // While it loads its file it says so.
    return talk(port_, "AUTH \"a password\"\r\nPING\r\n").find("PONG") != std::string::npos;
  }

private:
  std::string program_;
  uint16_t port_ = free_port();
};

/// The npm package `local-aws-sqs`, which the build folder keeps.
class sqs_server : public broker_server {
public:
  explicit sqs_server(std::string node) : node_(std::move(node)) {
    std::ofstream{folder_.path() + "/server.cjs"}
      << "const { createSqsServer } = require(process.argv[2] + '/node_modules/local-aws-sqs');\n"
         "createSqsServer({ port: Number(process.argv[3]), hostname: '127.0.0.1',\n"
         "  queues: [...Array(99).keys()].map(n => ({ QueueName: 'nova-' + n })) });\n";
  }

  [[nodiscard]] std::map<std::string, std::string> config() const override {
    return {{"queue_url", "http://127.0.0.1:" + std::to_string(port_) + "/123456789012/" + queue()},
            {"region", "eu-central-1"},
            {"access_key_id", "AKIDEXAMPLE"},
            {"secret_name", "broker"},
            {"lease_s", "1"}};
  }

  [[nodiscard]] std::string password() const override {
    return "a password";
  }

  [[nodiscard]] std::string type() const override {
    return "sqs";
  }

protected:
  [[nodiscard]] program how() const override {
    return {{node_, folder_.path() + "/server.cjs", NOVA_NPM_FOLDER, std::to_string(port_)}};
  }

  [[nodiscard]] bool answers() const override {
    return talk(port_, "GET / HTTP/1.0\r\n\r\n").starts_with("HTTP/");
  }

private:
  std::string node_;
  uint16_t port_ = free_port();
};

/// Installs it once a build folder; says whether it is there.
bool has_local_aws_sqs() {
  namespace fs = std::filesystem;
  const fs::path folder{NOVA_NPM_FOLDER};
  if (fs::exists(folder / "node_modules/local-aws-sqs/package.json"))
    return true;
  fs::create_directories(folder);
  auto command = "cd '" + folder.string()
                 + "' && npm install --no-audit --no-fund --no-package-lock --loglevel=error "
                   "--fetch-retries=1 --fetch-timeout=20000 local-aws-sqs@2.0.2 >install.log 2>&1";
  return std::system(command.c_str()) == 0;
}

/// A server as its user runs it, with its own epmd: the ports and folders are all its own.
class rabbitmq_server : public broker_server {
public:
  explicit rabbitmq_server(std::string program) : program_(std::move(program)) {
    std::ofstream{folder_.path() + "/rabbitmq.conf"}
      << "listeners.tcp.1 = 127.0.0.1:" << port_
      << "\ndefault_user = nova\ndefault_pass = a password\nlog.file.level = warning\n"
         "loopback_users = none\nvm_memory_high_watermark.absolute = 512MB\n"
         "disk_free_limit.absolute = 10MB\n";
    std::ofstream{folder_.path() + "/enabled_plugins"} << "[].\n";
  }

  [[nodiscard]] std::map<std::string, std::string> config() const override {
    return {{"url", "amqp://127.0.0.1:" + std::to_string(port_)},
            {"user", "nova"},
            {"queue", queue()},
            {"secret_name", "broker"}};
  }

  [[nodiscard]] std::string password() const override {
    return "a password";
  }

  [[nodiscard]] std::string type() const override {
    return "rabbitmq";
  }

protected:
  [[nodiscard]] program how() const override {
    // Else the first node of Erlang starts one that outlives it.
    return {{"/bin/sh", "-c", "epmd & exec " + program_},
            {{"RABBITMQ_NODENAME", "nova" + std::to_string(port_) + "@localhost"},
             {"RABBITMQ_MNESIA_BASE", folder_.path() + "/mnesia"},
             {"RABBITMQ_LOG_BASE", folder_.path() + "/log"},
             {"RABBITMQ_CONFIG_FILE", folder_.path() + "/rabbitmq.conf"},
             {"RABBITMQ_ENABLED_PLUGINS_FILE", folder_.path() + "/enabled_plugins"},
             {"RABBITMQ_CONF_ENV_FILE", "/dev/null"},
             {"RABBITMQ_DIST_PORT", std::to_string(dist_port_)},
             {"ERL_EPMD_PORT", std::to_string(epmd_port_)},
             {"ERL_EPMD_ADDRESS", "127.0.0.1"},
             {"HOME", folder_.path()}}};
  }

  [[nodiscard]] bool answers() const override {
    // A header of a protocol that it does not have is answered with the one that it has.
    return talk(port_, "AMQP????").starts_with("AMQP");
  }

  /// The list of quorum queues is written half a second after one is made.
  [[nodiscard]] bool knows_queue() const override {
    auto node = "nova" + std::to_string(port_) + "@localhost";
    std::ifstream names{folder_.path() + "/mnesia/" + node + "/quorum/" + node + "/names.dets",
                        std::ios::binary};
    std::string all{std::istreambuf_iterator<char>{names}, {}};
    return all.find("_" + queue()) != std::string::npos;
  }

private:
  std::string program_;
  uint16_t port_ = free_port(), dist_port_ = free_port(), epmd_port_ = free_port();
};

/// The first of them that is a program.
std::string first_program(const std::vector<std::string>& paths) {
  for (const auto& path : paths)
    if (::access(path.c_str(), X_OK) == 0)
      return path;
  return {};
}

std::unique_ptr<broker_server> make_server(const std::string& type) {
  if (type == "redis" && NOVA_WITH_REDIS)
    if (auto program = first_program({"/usr/bin/redis-server", "/usr/bin/redis-check-rdb"});
        !program.empty())
      return std::make_unique<redis_server>(program);
  if (type == "rabbitmq" && NOVA_WITH_RABBITMQ)
    if (auto program = first_program({"/usr/lib/rabbitmq/bin/rabbitmq-server"}); !program.empty())
      return std::make_unique<rabbitmq_server>(program);
  if (type == "sqs")
    if (auto node = first_program({"/usr/bin/node", "/usr/local/bin/node"});
        !node.empty() && has_local_aws_sqs())
      return std::make_unique<sqs_server>(node);
  return nullptr;
}

} // namespace

const std::vector<std::string>& broker_types() {
  static const std::vector<std::string> all{"redis", "sqs", "rabbitmq"};
  return all;
}

bool keeps_messages(const std::string& type) {
  return type != "sqs";
}

bool checks_passwords(const std::string& type) {
  return type != "sqs";
}

broker_server::broker_server() = default;

broker_server::~broker_server() {
  end();
}

std::string broker_server::config_text() const {
  std::string text = "{";
  for (const auto& [key, value] : config())
    text += (text.size() > 1 ? ", \"" : "\"") + key + "\": \"" + value + '"';
  return text + '}';
}

uint16_t broker_server::free_port() {
  int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof at;
  if (::bind(fd, reinterpret_cast<sockaddr*>(&at), length) != 0
      || ::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &length) != 0)
    throw std::runtime_error{"no port is free"};
  ::close(fd);
  return ntohs(at.sin_port);
}

void broker_server::start() {
  auto [command, variables] = how();
  std::vector<char*> words;
  for (auto& word : command)
    words.push_back(word.data());
  words.push_back(nullptr);
  auto log = folder_.path() + "/output";
  process_ = ::fork();
  if (process_ == 0) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(out, STDERR_FILENO);
    for (const auto& [name, value] : variables)
      ::setenv(name.c_str(), value.c_str(), 1);
    ::execv(words.front(), words.data());
    ::_exit(127);
  }
  if (!eventually([this] { return answers(); }, start_limit))
    throw std::runtime_error{"the " + type() + " server of the test does not start"};
}

void broker_server::kill() {
  if (!eventually([this] { return knows_queue(); }, start_limit))
    throw std::runtime_error{"the " + type() + " server of the test does not note its queue"};
  end();
}

void broker_server::end() {
  if (process_ <= 0)
    return;
  ::kill(-process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  process_ = -1;
}

std::shared_ptr<broker_server> start_broker_server(const std::string& type) {
  static std::map<std::string, std::shared_ptr<broker_server>> all;
  if (all.count(type) == 0)
    all.emplace(type, make_server(type));
  auto found = all.at(type);
  BOOST_WARN_MESSAGE(found != nullptr, "skipped: there is no server of type " << type << " here");
  if (!found)
    return nullptr;
  if (!found->runs())
    found->start();
  ++found->case_;
  return found;
}

} // namespace nova::test
