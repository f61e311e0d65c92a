#include "simulator/simulator.hpp"

#include "simulator/answers.hpp"
#include "simulator/api_objects.hpp"
#include "simulator/random.hpp"
#include "simulator/webhook_routes.hpp"

namespace nova::simulator {
namespace {

constexpr uint64_t for_secret = 3001;

http::server_limits limits_of(const options& options) {
  http::server_limits limits;
  limits.threads = options.server_threads;
  return limits;
}

} // namespace

class simulator::implementation {
public:
  explicit implementation(const options& options)
    : host(options.host), webhook_secret(hex16(draw(options.seed, for_secret, 1))
                                         + hex16(draw(options.seed, for_secret, 2))),
      state(options), hooks(state, options.webhooks),
      live(state, [this] { return hooks.crowded(); }),
      server(limits_of(options),
             [this](const http::request& request, const http::server::reply& reply) {
               serve(request, reply);
             }) {
    state.on_event([this](const event& what) { hooks.send(what); });
    port = server.listen(options.host, options.port);
  }

  ~implementation() {
    server.stop(std::chrono::milliseconds{0});
  }

  implementation(const implementation&) = delete;
  implementation& operator=(const implementation&) = delete;

  void serve(const http::request& request, const http::server::reply& reply) {
    auto one = std::make_shared<call>(call{state, {}});
    if (auto refused = admit(*one, request)) {
      reply(finish(*one, request, std::move(*refused)));
    } else if (is_webhook_route(*one)) {
      answer_webhooks(one, {hooks, live, webhook_secret},
                      [one, request, reply](http::response response) {
                        reply(finish(*one, request, std::move(response)));
                      });
    } else if (one->from.path == std::vector<std::string>{"sim", "ready"}) {
      reply(finish(*one, request, data_answer(*one, ready_json())));
    } else {
      reply(finish(*one, request, route(*one)));
    }
  }

  [[nodiscard]] std::string url() const {
    return "http://" + host + ":" + std::to_string(port);
  }

  [[nodiscard]] std::string ready_json() const {
    std::string out = "{\"url\":";
    append_text(out, url());
    out += ",\"api_key\":";
    append_text(out, state.api_key());
    out += ",\"grant_ids\":[";
    for (const auto& grant : state.grants()) {
      out += out.back() == '[' ? "" : ",";
      append_text(out, grant->id);
    }
    out += "],\"webhook_secret\":";
    append_text(out, webhook_secret);
    return out + "}";
  }

  std::string host;
  std::string webhook_secret;
  world state;
  deliveries hooks;
  live_generator live; // before the deliveries ends what it tells of
  http::server server;
  uint16_t port = 0;
};

simulator::simulator(const options& options)
  : implementation_(std::make_unique<implementation>(options)) {}

simulator::~simulator() = default;

uint16_t simulator::port() const {
  return implementation_->port;
}

std::string simulator::url() const {
  return implementation_->url();
}

const std::string& simulator::api_key() const {
  return implementation_->state.api_key();
}

std::string simulator::webhook_secret() const {
  return implementation_->webhook_secret;
}

std::vector<std::string> simulator::grant_ids() const {
  std::vector<std::string> out;
  for (const auto& grant : implementation_->state.grants())
    out.push_back(grant->id);
  return out;
}

std::string simulator::ready_json() const {
  return implementation_->ready_json();
}

world& simulator::state() {
  return implementation_->state;
}

changes simulator::change() {
  return changes{implementation_->state};
}

std::string simulator::add_webhook_target(const std::string& url, bool compressed) {
  destination wanted;
  wanted.url = url;
  wanted.triggers = mail_triggers();
  wanted.secret = implementation_->webhook_secret;
  wanted.compressed = compressed;
  return implementation_->hooks.add(std::move(wanted)).id;
}

deliveries& simulator::webhooks() {
  return implementation_->hooks;
}

live_generator& simulator::live() {
  return implementation_->live;
}

bool simulator::start_live(const live_options& options) {
  if (!implementation_->live.start(options))
    return false;
  implementation_->hooks.distort(options.how);
  return true;
}

bool simulator::visit_truth(const std::string& grant_id,
                            const std::function<void(const message_record&)>& see) const {
  const auto* grant = implementation_->state.find_grant(grant_id);
  if (grant == nullptr)
    return false;
  grant->mail->visit(0, ~uint64_t{0}, see);
  return true;
}

} // namespace nova::simulator
