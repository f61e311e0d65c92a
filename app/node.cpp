#include "app/node.hpp"

#include "actors/supervisor.hpp"
#include "app/services.hpp"
#include "app/stop_progress.hpp"
#include "app/supervision_tree.hpp"
#include "app/version.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "feed/change_feed.hpp"
#include "messages/error_code.hpp"
#include "messages/wire.hpp"
#include "nylas/notification.hpp"
#include "nylas/signature.hpp"
#include "pg/email/release_threads.hpp"
#include "pg/error.hpp"

#include <caf/actor_registry.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/system_messages.hpp>

#include <algorithm>
#include <atomic>
#include <thread>

namespace nova::app {
namespace {

constexpr base::log node_log{"Node"};

// A supervisor stops its children one after the other; the dispatcher alone may take the node's
// stop_timeout.
constexpr std::chrono::seconds beyond_stop{30};

constexpr std::chrono::seconds leftover_wait{5};

struct configuration : caf::actor_system_config {
  explicit configuration(const cluster_part* cluster) {
    register_wire_types(*this);
    if (cluster)
      cluster->prepare(*this);
    // Idle workers of the stealing policy poll: a third of a busy node's CPU went into that, while
    // all it does is wait for the network and the database.
    set("scheduler.policy", caf::atom("sharing"));
    // As many threads as processors; each that waits costs wake-ups (CAF's default is at least
    // four).
    set("scheduler.max-threads",
        static_cast<size_t>(std::max(1u, std::thread::hardware_concurrency())));
  }
};

pg::connection_settings connection_of(const node_settings& settings) {
  pg::connection_settings made;
  made.url = settings.database.url;
  made.prepare = settings.database.prepare;
  return made;
}

std::unique_ptr<cluster_part> join_cluster(const node_settings& settings) {
  if (!settings.cluster.enabled)
    return nullptr;
  pg::node_start start;
  start.name = settings.name;
  start.version = version;
  for (auto one : settings.roles)
    start.roles.push_back(to_string(one));
  auto how = settings.cluster;
  how.capacity = settings.threads.window;
  return std::make_unique<cluster_part>(std::move(how), connection_of(settings), std::move(start));
}

} // namespace

class node::implementation {
public:
  implementation(node_settings settings, std::function<void(std::string)> died)
    : has_(std::make_shared<services>()), died_(std::move(died)), cluster_(join_cluster(settings)) {
    has_->settings = std::move(settings);
    has_->cluster = cluster_.get();
    has_->directory = std::make_shared<actor_directory>();
    has_->board = std::make_shared<readiness_board>();
    has_->settings.http.trust.watch = std::make_shared<webhooks::signature_watch>();
    // Before anything runs that a port in use would have to stop again.
    if (has_->settings.http.enabled)
      prepare_http();
    if (has_->settings.api_of_messages.enabled)
      prepare_api();
    if (cluster_) {
      has_->settings.name = cluster_->node_name();
      has_->settings.pool.gate = cluster_->gate();
      has_->settings.database.application_name = "nova/" + std::to_string(cluster_->self().epoch);
      has_->board->on_tick([this] { cluster_->membership().canary(); });
      cluster_->begin();
    }
    count_into(metrics_, *has_);
    if (has_->settings.inspect.enabled)
      inspection_ = std::make_unique<inspection::inspection_service>(
        system_,
        inspection::inspected_node{has_->settings.name, has_->directory, has_->live,
                                   own_findings()},
        connection_of(has_->settings), has_->settings.inspect);
    has_->inspection = inspection_.get(); // peers ask it through the links
    start();
    tell_addresses();
  }

  ~implementation() {
    stop();
  }

  void stop() {
    if (stopping_.exchange(true))
      return;
    node_log.info("stopping", {{"node", has_->settings.name}});
    if (web_)
      web_->stop();
    if (feed_)
      feed_->stop();
    if (api_)
      api_->stop();
    if (cluster_)
      cluster_->drain();
    {
      const stop_progress progress{*has_->directory};
      caf::scoped_actor self{system_};
      self->request(root_, has_->settings.stop_timeout + beyond_stop, stop_supervisor{})
        .receive(
          [](const supervisor_stopped& stopped) {
            node_log.info("stopped", {{"children", stopped.children}, {"killed", stopped.killed}});
          },
          [&](const caf::error& reason) {
            node_log.warn("not everything ended in time", {{"reason", to_string(reason)}});
            self->send_exit(root_, caf::exit_reason::kill);
          });
    }
    has_->inspection = nullptr;
    inspection_.reset(); // it stays up to the end: it shows what a drain waits for
    forget_handles();
    give_back_claims();
    if (cluster_)
      cluster_->stop();
    await_actors();
  }

  actor_directory& directory() {
    return *has_->directory;
  }

  std::shared_ptr<const readiness_board> readiness() const {
    return has_->board;
  }

  bool crash(const std::string& kind) {
    auto child = children_->find(kind);
    if (!child)
      return false;
    child->get()->enqueue(
      nullptr, caf::make_message_id(),
      caf::make_message(caf::exit_msg{child->address(), caf::make_error(ec::crashed, "a drill")}),
      nullptr);
    return true;
  }

private:
  /// What is wrong with the node beside its actors.
  [[nodiscard]] std::function<std::vector<base::finding>()> own_findings() const {
    return [standing = has_->settings.standing, watch = has_->settings.http.trust.watch] {
      auto all = standing;
      if (auto found = watch ? watch->finding() : std::nullopt)
        all.push_back(std::move(*found));
      return all;
    };
  }

  void prepare_http() {
    std::optional<webhooks::ingress_parts> ingress;
    if (has_->settings.roles.count(role::ingress) > 0)
      ingress = webhooks::ingress_parts{has_->settings.http.trust, {}};
    const auto& http = has_->settings.http;
    http::server_limits limits;
    limits.connections_max = http.connections_max;
    limits.connections_per_host = http.connections_max / 2;
    limits.reserved_paths = {"/healthz", "/readyz"};
    web_ = std::make_unique<webhooks::service>(
      system_, metrics_, [board = has_->board] { return board->reasons(); }, limits,
      std::move(ingress));
    has_->web = web_.get();
    addresses_.http = http.host + ':' + std::to_string(web_->listen(http.host, http.port));
  }

  void prepare_api() {
    const auto& api = has_->settings.api_of_messages;
    jobs::send_api_settings settings;
    settings.tokens = api.tokens;
    api_ = std::make_unique<jobs::send_api>(system_, std::move(settings), metrics_);
    if (has_->settings.roles.count(role::ingress) > 0)
      prepare_feed();
    has_->api = api_.get();
    addresses_.api = api.host + ':' + std::to_string(api_->listen(api.host, api.port));
  }

  /// Changes of mail, on the same listener.
  void prepare_feed() {
    feed::change_feed_settings settings;
    settings.database = connection_of(has_->settings);
    settings.node = has_->settings.name;
    feed_ = std::make_unique<feed::change_feed>(std::move(settings), metrics_);
    for (const auto* method : {"GET", "OPTIONS"})
      api_->add_route(method, "/changes", [this](http::request request, http::server::reply reply) {
        feed_->receive(std::move(request), std::move(reply));
      });
  }

  void tell_addresses() {
    if (inspection_)
      addresses_.inspect = inspection_->address();
    if (web_)
      node_log.info("listening", {{"http", addresses_.http}});
    if (api_)
      node_log.info("takes messages", {{"api", addresses_.api}});
    if (has_->settings.listening)
      has_->settings.listening(addresses_);
  }

  void start() {
    root_ = system_.spawn(supervisor, root_of_tree({has_, children_}));
    root_->attach_functor([this](const caf::error& reason) {
      if (!stopping_)
        died_(to_string(reason));
    });
  }

  /// The system's end waits for every actor without a bound; one that is still there after this is
  /// left behind.
  void await_actors() {
    auto deadline = base::monotonic_now() + leftover_wait;
    while (system_.registry().running() > 0 && base::monotonic_now() < deadline)
      std::this_thread::sleep_for(
        std::chrono::milliseconds{5}); // no actor: the thread that stops the node
    if (auto left = system_.registry().running(); left > 0) {
      node_log.warn("actors left behind", {{"count", left}});
      system_.await_actors_before_shutdown(false);
    }
  }

  /// CAF waits at its end for actors that somebody still holds.
  void forget_handles() {
    auto empty = services{};
    empty.settings = has_->settings;
    empty.directory = has_->directory;
    empty.board = has_->board;
    empty.failures_written = has_->failures_written;
    empty.cluster = has_->cluster;
    *has_ = std::move(empty);
    root_ = nullptr;
  }

  void give_back_claims() {
    try {
      pg::connection conn{connection_of(has_->settings)};
      if (auto count = pg::release_threads{has_->settings.name}.run(conn); count > 0)
        node_log.info("threads given back", {{"count", count}});
    } catch (const pg::error& failure) {
      node_log.warn("threads not given back; they are when a node starts",
                    {{"reason", failure.what()}});
    }
  }

  std::shared_ptr<services> has_;
  std::shared_ptr<child_table> children_ = std::make_shared<child_table>();
  std::function<void(std::string)> died_;
  base::metrics metrics_; // outlives the actors
  std::atomic<bool> stopping_{false};
  std::unique_ptr<cluster_part> cluster_; // before the system: it has a say in how that is made
  configuration configuration_{cluster_.get()};
  caf::actor_system system_{configuration_};
  std::unique_ptr<webhooks::service> web_;
  std::unique_ptr<feed::change_feed> feed_;
  std::unique_ptr<jobs::send_api> api_; // after the feed, which its threads ask
  node_addresses addresses_;
  std::unique_ptr<inspection::inspection_service> inspection_;
  supervisor_actor root_;
};

node::node(node_settings settings, std::function<void(std::string)> died)
  : implementation_(std::make_unique<implementation>(std::move(settings), std::move(died))) {}

node::~node() = default;

void node::stop() {
  implementation_->stop();
}

bool node::crash(const std::string& kind) {
  return implementation_->crash(kind);
}

std::shared_ptr<const readiness_board> node::readiness() const {
  return implementation_->readiness();
}

actor_directory& node::directory() {
  return implementation_->directory();
}

} // namespace nova::app
