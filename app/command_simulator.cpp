#include "app/commands.hpp"
#include "simulator/simulator.hpp"

#include <CLI/CLI.hpp>

#include <csignal>
#include <fstream>
#include <iterator>
#include <memory>
#include <ostream>

namespace nova::app {
namespace {

struct simulator_options {
  simulator::options simulator;
  std::string faults_file;
  std::string provider = "google";
  int64_t latency_ms = 0;
};

exit_code simulate(context& ctx, simulator_options& options) {
  if (!options.faults_file.empty()) {
    std::ifstream file{options.faults_file};
    if (!file)
      throw command_error(exit_code::usage,
                          "--faults: '" + options.faults_file + "' cannot be read");
    options.simulator.faults.assign(std::istreambuf_iterator<char>{file}, {});
  }
  auto provider = simulator::parse_provider(options.provider);
  if (!provider)
    throw command_error(exit_code::usage, "--provider: '" + options.provider
                                            + "' is not one of google, microsoft, imap, nylas");
  options.simulator.grants.front().provider = *provider;
  options.simulator.settings.latency = std::chrono::milliseconds{options.latency_ms};
  if (auto valid = simulator::validate(options.simulator); !valid)
    throw command_error(exit_code::usage, to_string(valid.error()));
  // Before its threads exist, so that all of them leave the signals to this one.
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  try {
    simulator::simulator simulator{options.simulator};
    ctx.out << simulator.ready_json() << std::endl;
    int got = 0;
    sigwait(&set, &got);
  } catch (const std::system_error& failure) {
    throw command_error(exit_code::failed, std::string("cannot listen: ") + failure.what());
  }
  return exit_code::done;
}

} // namespace

void add_simulator(CLI::App& root, command_line& line) {
  auto options = std::make_shared<simulator_options>();
  auto& command = *root.add_subcommand("simulator", "Serve the Nylas API v3 offline");
  command.footer(
    "Prints one JSON line with url, api_key, grant_ids and webhook_secret once it listens, and "
    "runs until a\n"
    "signal comes. A request with the header `X-Sim-Fault: 429`, `504` or `502-html` fails so.\n\n"
    "Example:\n  nova simulator --port 0 --mailbox-threads 1000 --seed 7");
  command.add_option("--port", options->simulator.port, "Port; 0 takes any free one");
  command.add_option("--host", options->simulator.host, "Address to listen on");
  command.add_option("--api-key", options->simulator.api_key,
                     "Key that clients must send; without it one that depends on the seed");
  command.add_option("--mailbox-threads", options->simulator.grants.front().mailbox.threads,
                     "Threads in the mailbox");
  command.add_option("--messages", options->simulator.grants.front().mailbox.messages_per_thread,
                     "Messages a thread; 0: as real mailboxes have them");
  command.add_option("--provider", options->provider, "google, microsoft, imap or nylas");
  command.add_option("--seed", options->simulator.seed, "The same seed gives the same mail");
  command.add_option("--latency-ms", options->latency_ms, "Pause before each answer");
  command.add_option("--faults", options->faults_file, "A fault script (docs/simulator.md)");
  command.callback([&line, options] {
    line.chosen = [options](context& ctx) { return simulate(ctx, *options); };
  });
}

} // namespace nova::app
