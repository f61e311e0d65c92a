#include "cluster/link_module.hpp"

#include "base/ensure.hpp"

#include <caf/actor_system.hpp>
#include <caf/io/middleman.hpp>
#include <caf/io/network/default_multiplexer.hpp>
#include <caf/node_id.hpp>
#include <caf/timespan.hpp>
#include <openssl/rand.h>
#include <unistd.h>

namespace nova::cluster {
namespace {

caf::node_id random_node_id() {
  caf::node_id::default_data::host_id_type host{};
  base::ensure(RAND_bytes(host.data(), static_cast<int>(host.size())) == 1,
               "random bytes are available");
  return caf::make_node_id(static_cast<uint32_t>(::getpid()), host);
}

/// CAF's middleman with a node id of ours.
class link_middleman : public caf::io::middleman {
public:
  explicit link_middleman(caf::actor_system& system)
    : caf::io::middleman(system), backend_(&system) {}

  static caf::actor_system::module* make(caf::actor_system& system, caf::detail::type_list<>) {
    return std::make_unique<link_middleman>(system).release(); // CAF takes it over
  }

  void init(caf::actor_system_config& config) override {
    caf::io::middleman::init(config);
    // The system has no other way to be given an id; nothing has read it before this.
    auto id = random_node_id();
    const_cast<caf::node_id&>(system().node()).swap(id);
  }

  caf::io::network::multiplexer& backend() override {
    return backend_;
  }

private:
  caf::io::network::default_multiplexer backend_;
};

} // namespace

void load_link_module(caf::actor_system_config& config, link_heartbeat heartbeat) {
  config.load<link_middleman>();
  config.set("middleman.heartbeat-interval", caf::timespan{heartbeat.interval});
  config.set("middleman.connection-timeout", caf::timespan{heartbeat.timeout});
  // Reads messages on the thread that receives them, which was the fastest by a third.
  config.set("middleman.workers", size_t{0});
}

} // namespace nova::cluster
