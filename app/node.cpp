#include "app/node.hpp"

#include "actors/supervisor.hpp"
#include "app/services.hpp"
#include "base/log.hpp"
#include "messages/error.hpp"
#include "pg/email.hpp"
#include "pg/error.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <algorithm>
#include <atomic>
#include <thread>

namespace nova::app {
namespace {

constexpr base::log log{"Node"};

// A supervisor stops its children one after the other; the dispatcher alone may take the node's
// stop_timeout.
constexpr std::chrono::seconds beyond_stop{30};

struct configuration : caf::actor_system_config {
  configuration() {
    add_message_types<caf::id_block::nova>();
    // As many threads as processors; each that waits costs wake-ups (CAF's default is at least
    // four).
    set("scheduler.max-threads",
        static_cast<size_t>(std::max(1u, std::thread::hardware_concurrency())));
  }
};

bool wanted(const service& row, const std::set<role>& roles) {
  return row.roles.empty() || std::any_of(row.roles.begin(), row.roles.end(), [&](role one) {
           return roles.count(one) > 0;
         });
}

} // namespace

class node::implementation {
public:
  implementation(node_settings settings, std::function<void(std::string)> died)
    : has_(std::make_shared<services>()), died_(std::move(died)) {
    has_->settings = std::move(settings);
    has_->directory = std::make_shared<base::directory>();
    start();
  }

  ~implementation() {
    stop();
  }

  void stop() {
    if (stopping_.exchange(true))
      return;
    log.info("stopping", {{"node", has_->settings.name}});
    {
      caf::scoped_actor self{system_};
      self->request(root_, has_->settings.stop_timeout + beyond_stop, stop_supervisor{})
        .receive(
          [](const supervisor_stopped& stopped) {
            log.info("stopped", {{"children", stopped.children}, {"killed", stopped.killed}});
          },
          [&](const caf::error& reason) {
            log.warn("not everything ended in time", {{"reason", to_string(reason)}});
            self->send_exit(root_, caf::exit_reason::kill);
          });
    }
    forget_handles();
    give_back_claims();
  }

  base::directory& directory() {
    return *has_->directory;
  }

private:
  void start() {
    supervisor_setup setup;
    setup.directory = has_->directory;
    setup.slot = has_->directory->open({"node", has_->settings.name, ""});
    setup.rules.strategy = restart_strategy::rest_for_one;
    setup.rules.limit = {10, std::chrono::seconds{60}};
    for (const auto& row : service_table()) {
      if (!wanted(row, has_->settings.roles))
        continue;
      child_spec spec;
      spec.kind = row.kind;
      spec.stop_timeout = has_->settings.stop_timeout;
      setup.children.push_back(spec);
      setup.factories[row.kind] = [has = has_, &row](supervisor_actor::pointer self,
                                                     const child_spec&, base::directory_slot slot) {
        return row.start(self, *has, std::move(slot));
      };
    }
    root_ = system_.spawn(supervisor, std::move(setup));
    root_->attach_functor([this](const caf::error& reason) {
      if (!stopping_)
        died_(to_string(reason));
    });
  }

  /// CAF waits at its end for actors that somebody still holds.
  void forget_handles() {
    auto empty = services{};
    empty.settings = has_->settings;
    empty.directory = has_->directory;
    *has_ = std::move(empty);
    root_ = nullptr;
  }

  void give_back_claims() {
    try {
      pg::connection_settings settings;
      settings.url = has_->settings.database.url;
      settings.prepare = has_->settings.database.prepare;
      pg::connection conn{settings};
      if (auto count = pg::release_threads(conn, has_->settings.name); count > 0)
        log.info("threads given back", {{"count", count}});
    } catch (const pg::error& failure) {
      log.warn("threads not given back; they are when a node starts", {{"reason", failure.what()}});
    }
  }

  std::shared_ptr<services> has_;
  std::function<void(std::string)> died_;
  std::atomic<bool> stopping_{false};
  configuration configuration_;
  caf::actor_system system_{configuration_};
  supervisor_actor root_;
};

node::node(node_settings settings, std::function<void(std::string)> died)
  : implementation_(std::make_unique<implementation>(std::move(settings), std::move(died))) {}

node::~node() = default;

void node::stop() {
  implementation_->stop();
}

base::directory& node::directory() {
  return implementation_->directory();
}

} // namespace nova::app
