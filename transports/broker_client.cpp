#include "transports/broker_client.hpp"

#include "base/secrets.hpp"
#if NOVA_WITH_RABBITMQ
#include "transports/rabbitmq_client.hpp"
#endif
#if NOVA_WITH_REDIS
#include "transports/redis_client.hpp"
#endif
#include "transports/sqs_client.hpp"

#include <charconv>
#include <utility>

namespace nova::transports {
namespace {

constexpr int lease_default_s = 60;

} // namespace

std::string to_string(broker_failure kind) {
  switch (kind) {
    case broker_failure::unreachable: return "unreachable";
    case broker_failure::refused: return "refused";
    case broker_failure::secret_missing: return "secret_missing";
    case broker_failure::full: return "full";
    case broker_failure::malformed: return "malformed";
    case broker_failure::not_built: return "not_built";
  }
  return "unknown";
}

std::unique_ptr<broker_client> make_broker_client(broker_settings settings) {
#if NOVA_WITH_REDIS
  if (settings.type == "redis")
    return std::make_unique<redis_client>(std::move(settings));
#endif
#if NOVA_WITH_RABBITMQ
  if (settings.type == "rabbitmq")
    return std::make_unique<rabbitmq_client>(std::move(settings));
#endif
  if (settings.type == "sqs")
    return std::make_unique<sqs_client>(std::move(settings));
  throw broker_error{broker_failure::not_built,
                     "transport type " + settings.type + " is not built into this program"};
}

std::string value_of(const broker_settings& settings, const std::string& key,
                     const std::string& otherwise) {
  auto found = settings.config.find(key);
  return found == settings.config.end() ? otherwise : found->second;
}

std::string password_of(const broker_settings& settings) {
  auto name = value_of(settings, "secret_name");
  if (name.empty())
    return {};
  auto value = settings.secrets->find(name);
  if (!value)
    throw broker_error{broker_failure::secret_missing, to_string(value.error())};
  return *value;
}

std::chrono::milliseconds lease_of(const broker_settings& settings) {
  auto text = value_of(settings, "lease_s");
  int seconds = lease_default_s;
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  return std::chrono::seconds{seconds};
}

} // namespace nova::transports
