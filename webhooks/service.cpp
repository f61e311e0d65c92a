#include "webhooks/service.hpp"

#include "base/json_text.hpp"

#include <array>
#include <map>

namespace nova::webhooks {
namespace {

/// Answers by the first digit of their status.
struct answer_counters {
  explicit answer_counters(base::metrics& metrics) {
    for (size_t digit = 1; digit < by_class.size(); ++digit)
      by_class[digit] = metrics.counter_of({"nova_http_answers_total",
                                            "Answers of the HTTP service by class of status.",
                                            {{"code", std::to_string(digit) + "xx"}}});
  }

  void count(int status) {
    by_class[static_cast<size_t>(status / 100) % by_class.size()].add();
  }

  std::array<base::counter, 6> by_class;
};

std::string readiness_json(const std::vector<std::string>& reasons) {
  rapidjson::StringBuffer text;
  base::json_writer json{text};
  json.StartObject();
  json.Key("ready");
  json.Bool(reasons.empty());
  json.Key("reasons");
  json.StartArray();
  for (const auto& reason : reasons)
    json.String(reason.data(), static_cast<rapidjson::SizeType>(reason.size()));
  json.EndArray();
  json.EndObject();
  return {text.GetString(), text.GetSize()};
}

http::server::refusal_observer refusal_counter(base::metrics& metrics) {
  std::map<int, base::counter> by_status;
  for (int status : {400, 408, 413, 431, 501, 503, 505})
    by_status[status] =
      metrics.counter_of({"nova_http_refused_total",
                          "Requests that broke a limit of the server or were not HTTP.",
                          {{"code", std::to_string(status)}}});
  return [by_status = std::move(by_status)](int status) {
    if (auto found = by_status.find(status); found != by_status.end())
      found->second.add();
  };
}

} // namespace

service::service(caf::actor_system& system, base::metrics& metrics, readiness_check why_not_ready,
                 http::server_limits limits, std::optional<ingress_parts> ingress) {
  if (ingress)
    ingress_ = std::make_unique<webhook_ingress>(system, std::move(ingress->trust), ingress->limits,
                                                 metrics);
  add_routes(metrics, std::move(why_not_ready));
  // A reply may come after the service is gone: it holds what it counts with.
  auto counters = std::make_shared<answer_counters>(metrics);
  server_ = std::make_unique<http::server>(
    limits,
    [this, counters](http::request request, http::server::reply reply) {
      router_.handle(std::move(request),
                     [counters, reply = std::move(reply)](http::response response) {
                       counters->count(response.status);
                       reply(std::move(response));
                     });
    },
    refusal_counter(metrics));
}

service::~service() = default;

void service::add_routes(base::metrics& metrics, readiness_check why_not_ready) {
  using request = http::request;
  using reply = http::server::reply;
  router_.add("GET", "/metrics", [&metrics](const request&, const reply& answer) {
    http::response response;
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = metrics.text();
    answer(std::move(response));
  });
  router_.add("GET", "/healthz", [](const request&, const reply& answer) {
    http::response response;
    response.body = R"({"alive":true})";
    answer(std::move(response));
  });
  router_.add("GET", "/readyz",
              [this, check = std::move(why_not_ready)](const request&, const reply& answer) {
                auto reasons = check ? check() : std::vector<std::string>{};
                if (stopping_)
                  reasons.emplace_back("the node is stopping");
                http::response response;
                response.status = reasons.empty() ? 200 : 503;
                response.body = readiness_json(reasons);
                answer(std::move(response));
              });
  if (!ingress_)
    return;
  router_.add("GET", "/webhooks/nylas", [this](const request& asked, const reply& answer) {
    ingress_->challenge(asked, answer);
  });
  router_.add("POST", "/webhooks/nylas", [this](request asked, reply answer) {
    ingress_->receive(std::move(asked), std::move(answer));
  });
}

void service::use_store(notification_store_actor store) {
  if (ingress_)
    ingress_->use_store(std::move(store));
}

uint16_t service::listen(const std::string& host, uint16_t port) {
  return server_->listen(host, port);
}

void service::listen_unix(const std::string& path) {
  server_->listen_unix(path);
}

void service::stop(std::chrono::milliseconds grace) {
  stopping_ = true;
  if (ingress_)
    ingress_->close();
  server_->stop(grace);
}

} // namespace nova::webhooks
