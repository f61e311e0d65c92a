#include "simulator/world.hpp"

#include "base/clock.hpp"
#include "simulator/api_objects.hpp"
#include "simulator/random.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace nova::simulator {
namespace {

constexpr uint64_t for_grants = 1001, for_keys = 1002, for_requests = 1003, for_replaced = 1004;

/// "example.com" and "EXAMPLE.com" are one address.
bool same_address(std::string_view a, std::string_view b) {
  auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

} // namespace

void request_statistics::count(const std::string& route, int status, size_t bytes, bool fault,
                               const provider_cost& cost) {
  std::lock_guard lock{mutex_};
  if (cost.provider_requests > 0)
    costs_[route] += cost;
  ++routes_[route][status];
  bytes_ += bytes;
  faults_ += fault ? 1 : 0;
}

std::string request_statistics::to_json() const {
  std::lock_guard lock{mutex_};
  uint64_t total = 0;
  uint64_t limited = 0;
  std::string routes;
  for (const auto& [route, statuses] : routes_) {
    routes += routes.empty() ? "" : ",";
    append_text(routes, route);
    std::string counts;
    for (const auto& [status, count] : statuses) {
      counts +=
        (counts.empty() ? "\"" : ",\"") + std::to_string(status) + "\":" + std::to_string(count);
      total += count;
      limited += status == 429 ? count : 0;
    }
    routes += ":{" + counts + "}";
  }
  auto amounts = [](const provider_cost& cost) {
    return "\"gmail_units\":" + std::to_string(cost.gmail_units)
           + ",\"provider_requests\":" + std::to_string(cost.provider_requests);
  };
  provider_cost all;
  std::string costs;
  for (const auto& [route, cost] : costs_) {
    all += cost;
    costs += costs.empty() ? "" : ",";
    append_text(costs, route);
    costs += ":{" + amounts(cost) + "}";
  }
  return "{" + amounts(all) + ",\"costs\":{" + costs + "},\"total\":" + std::to_string(total)
         + ",\"rate_limited\":" + std::to_string(limited) + ",\"faults\":" + std::to_string(faults_)
         + ",\"body_bytes\":" + std::to_string(bytes_) + ",\"routes\":{" + routes + "}}";
}

uint64_t request_statistics::total() const {
  std::lock_guard lock{mutex_};
  uint64_t sum = 0;
  for (const auto& [route, statuses] : routes_)
    for (const auto& [status, count] : statuses)
      sum += count;
  return sum;
}

world::world(options options, base::clock clock)
  : options_(std::move(options)), clock_(std::move(clock)),
    application_id_(uuid_of(draw(options_.seed, for_keys, 1))), settings_(options_.settings),
    faults_since_(base::monotonic_now()) {
  if (auto valid = validate(options_); !valid)
    throw std::invalid_argument(to_string(valid.error()));
  if (options_.api_key.empty())
    options_.api_key = "sim_" + hex16(draw(options_.seed, for_keys, 2));
  auto script = fault_script::parse(options_.faults.empty() ? "{}" : options_.faults);
  faults_ = std::make_shared<fault_script>(std::move(*script));
  for (size_t i = 0; i < options_.grants.size(); ++i)
    add_grant(options_.grants[i], i);
}

void world::add_grant(const grant_options& from, size_t place) {
  const uint64_t seed = draw(options_.seed, for_grants, place);
  auto grant = std::make_shared<grant_state>();
  grant->id = from.id.empty() ? uuid_of(seed) : from.id;
  grant->email =
    from.email.empty() ? "owner" + std::to_string(place + 1) + "@example.com" : from.email;
  grant->provider = from.provider;
  grant->external_id = "external-" + std::to_string(place + 1);
  grant->access_token = "sim_token_" + hex16(draw(seed, 2));
  auto mail = from.mailbox;
  using std::chrono::floor, std::chrono::minutes, std::chrono::seconds;
  if (!mail.newest)
    mail.newest = floor<seconds>(clock_()) - minutes{1};
  grant->created_at = mail.newest->time_since_epoch().count() - 86'400;
  grant->condition.updated_at = grant->created_at;
  grant->condition.habits = from.habits;
  grant->mail = std::make_shared<mailbox>(generator{seed, from.provider, grant->email, mail}, seed);
  grants_.push_back(std::move(grant));
}

grant_state* world::find_grant(const std::string& name) const {
  auto find = [this](auto matches) -> grant_state* {
    std::lock_guard lock{mutex_};
    for (const auto& grant : grants_)
      if (matches(*grant))
        return grant.get();
    return nullptr;
  };
  auto after = [&name](std::string_view prefix) { return name.substr(prefix.size()); };
  if (name.starts_with("grant:"))
    return find([&](const auto& grant) { return grant.id == after("grant:"); });
  if (name.starts_with("email:"))
    return find([&](const auto& grant) { return same_address(grant.email, after("email:")); });
  if (name.starts_with("external:"))
    return find([&](const auto& grant) { return grant.external_id == after("external:"); });
  return find(
    [&](const auto& grant) { return grant.id == name || same_address(grant.email, name); });
}

std::vector<std::shared_ptr<grant_state>> world::grants() const {
  std::lock_guard lock{mutex_};
  return grants_;
}

std::shared_ptr<grant_state> world::replace_grant(grant_state& old) {
  auto next = std::make_shared<grant_state>();
  next->email = old.email;
  next->provider = old.provider;
  next->external_id = old.external_id;
  next->mail = old.mail;
  next->created_at = next->condition.updated_at = now();
  next->condition.habits = old.habits();
  std::lock_guard lock{mutex_};
  auto place = std::find_if(grants_.begin(), grants_.end(),
                            [&](const auto& grant) { return grant.get() == &old; });
  if (place == grants_.end())
    return nullptr;
  const uint64_t seed = draw(options_.seed, for_replaced, replaced_.size());
  next->id = uuid_of(seed);
  next->access_token = "sim_token_" + hex16(draw(seed, 2));
  replaced_.push_back(std::exchange(*place, next));
  return next;
}

settings world::current() const {
  std::lock_guard lock{mutex_};
  return settings_;
}

void world::change(const settings& next) {
  std::lock_guard lock{mutex_};
  settings_ = next;
}

void world::set_faults(fault_script script) {
  auto next = std::make_shared<fault_script>(std::move(script));
  std::lock_guard lock{mutex_};
  faults_ = std::move(next);
  faults_since_ = base::monotonic_now();
}

std::optional<fault> world::decide_fault(std::string_view method, std::string_view path) {
  std::unique_lock lock{mutex_};
  auto script = faults_;
  const auto elapsed =
    std::chrono::floor<std::chrono::milliseconds>(base::monotonic_now() - faults_since_);
  lock.unlock();
  return script->decide(method, path, elapsed);
}

int64_t world::now() const {
  return std::chrono::floor<std::chrono::seconds>(clock_()).time_since_epoch().count();
}

int64_t world::now_ms() const {
  return std::chrono::floor<std::chrono::milliseconds>(clock_()).time_since_epoch().count();
}

std::string world::next_request_id() {
  return uuid_of(draw(options_.seed, for_requests, next_number()));
}

void world::on_event(std::function<void(event)> sink) {
  sink_ = std::move(sink);
}

void world::tell(event what) const {
  if (sink_)
    sink_(std::move(what));
}

} // namespace nova::simulator
