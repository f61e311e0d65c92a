#include "pg/listener.hpp"

#include "base/clock.hpp"
#include "base/seed.hpp"
#include "pg/error.hpp"
#include "pg/platform/notify.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <random>
#include <system_error>

// The server keeps notifications of all sessions in one queue of 8 GB that is freed only up to the
// slowest reader. A listener that does not read would in the end make every NOTIFY fail, so each
// `wait` empties the socket first, whatever it waits for.
namespace nova::pg {
namespace {

using namespace std::chrono_literals;

constexpr auto self_test_max = 1s;

} // namespace

class listener::implementation {
public:
  implementation(connection_settings settings, const std::vector<std::string>& channels)
    : conn_(std::move(settings)) {
    for (const auto& channel : channels)
      conn_.listen(channel);
  }

  std::vector<notice> wait(std::chrono::milliseconds wait) {
    auto deadline = base::monotonic_now() + wait;
    for (;;) {
      // Before poll() too: the answer to LISTEN may have brought some along, of which the socket
      // says nothing.
      if (auto arrived = conn_.take_notifications(); !arrived.empty())
        return arrived;
      auto now = base::monotonic_now();
      auto left = std::max(std::chrono::ceil<std::chrono::milliseconds>(deadline - now), 0ms);
      pollfd wanted{conn_.socket(), POLLIN, 0};
      auto ready = poll(&wanted, 1, static_cast<int>(left.count()));
      if (ready < 0 && errno != EINTR)
        throw std::system_error(errno, std::generic_category(), "poll");
      if (ready == 0 && left == 0ms)
        return {};
    }
  }

private:
  connection conn_;
};

listener::listener(const std::string& url, const std::vector<std::string>& channels)
  : listener(connection_settings{.url = url}, channels) {}

listener::listener(connection_settings settings, const std::vector<std::string>& channels)
  : implementation_(std::make_unique<implementation>(std::move(settings), channels)) {}

listener::~listener() = default;

std::vector<listener::notice> listener::wait(std::chrono::milliseconds wait) {
  return implementation_->wait(wait);
}

bool listen_works(const connection_settings& settings) {
  auto channel = "nova_listen_" + std::to_string(base::random_seed());
  listener ears{settings, {channel}};
  connection voice{settings};
  notify{channel}.run(voice);
  auto deadline = base::monotonic_now() + self_test_max;
  try {
    for (auto now = base::monotonic_now(); now < deadline; now = base::monotonic_now()) {
      auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now);
      if (!ears.wait(left).empty())
        return true;
    }
  } catch (const error& e) {
    if (e.kind() != failure::lost)
      throw;
  }
  return false;
}

} // namespace nova::pg
