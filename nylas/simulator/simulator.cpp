#include "nylas/simulator/simulator.hpp"

#include "nylas/simulator/answers.hpp"
#include "nylas/simulator/json_text.hpp"
#include "nylas/simulator/random.hpp"

namespace nova::nylas::simulator {
namespace {

constexpr uint64_t for_secret = 3001;

base::http_limits limits_of(const options& options) {
  base::http_limits limits;
  limits.threads = options.server_threads;
  return limits;
}

} // namespace

class simulator::implementation {
public:
  explicit implementation(options options)
    : host(options.host), webhook_secret(hex16(draw(options.seed, for_secret, 1))
                                         + hex16(draw(options.seed, for_secret, 2))),
      state(options), server(limits_of(options),
                             [this](base::http_request request, base::http_server::reply reply) {
                               reply(answer(state, request));
                             }) {
    port = server.listen(options.host, options.port);
  }

  std::string host;
  std::string webhook_secret;
  world state;
  base::http_server server;
  uint16_t port = 0;
};

simulator::simulator(options options)
  : implementation_(std::make_unique<implementation>(std::move(options))) {}

simulator::~simulator() = default;

uint16_t simulator::port() const {
  return implementation_->port;
}

std::string simulator::url() const {
  return "http://" + implementation_->host + ":" + std::to_string(implementation_->port);
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
  std::string out = "{\"url\":";
  append_text(out, url());
  out += ",\"api_key\":";
  append_text(out, api_key());
  out += ",\"grant_ids\":[";
  for (const auto& id : grant_ids()) {
    out += out.back() == '[' ? "" : ",";
    append_text(out, id);
  }
  out += "],\"webhook_secret\":";
  append_text(out, webhook_secret());
  return out + "}";
}

world& simulator::state() {
  return implementation_->state;
}

changes simulator::change() {
  return changes{implementation_->state};
}

bool simulator::visit_truth(const std::string& grant_id,
                            const std::function<void(const message_record&)>& see) const {
  const auto* grant = implementation_->state.find_grant(grant_id);
  if (grant == nullptr)
    return false;
  grant->mail->visit(0, ~uint64_t{0}, see);
  return true;
}

} // namespace nova::nylas::simulator
