#pragma once

#include "actors/directory.hpp"

#include <caf/actor_system.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace nova::base {
class secrets;
}

namespace nova::jobs {

/// A POST of JSON to any URL.
struct call_url {
  std::string url;
  std::string body;
  std::vector<std::string> headers = {}; // `Name: value`, without line ends
  /// Of the secret that signs: `X-Nova-Signature: t=<seconds since 1970>,v1=<hex of HMAC-SHA256 of
  /// "t.body">`. Empty: not signed.
  std::string secret_name = {};
  /// From the moment at which the caller gets it to the last byte of the answer.
  std::chrono::milliseconds timeout{30'000};
  /// Addresses that are not of the public internet may be connected to.
  bool allow_private = false;
};

enum class call_failure : uint8_t {
  none,            // there is an answer
  bad_url,         // not a URL of http or https; never sent
  secret_missing,  // never sent
  address_refused, // the host has no address that may be connected to; never sent
  busy,            // all places were taken for half of the time-out; never sent
  network,         // no connection, no trusted certificate, cut, or nothing that is HTTP
  timeout,
  too_large, // the answer; cut where it was
};
std::string to_string(call_failure);

struct url_called {
  call_failure failure = call_failure::none;
  std::string text = {};        // why there is no answer: one line, without secrets
  int status = 0;               // 0 without an answer
  std::string body = {};        // at most `http_caller_limits::answer_max`
  std::string retry_after = {}; // the header field as it came
};

/// Calls URLs; of the engine of jobs the only actor that blocks on the network.
using http_caller_actor = caf::typed_actor<
  // Always answers, at the latest when the time is over, whatever became of it; fails only with
  // ec::overloaded or ec::stopped.
  caf::replies_to<call_url>::with<url_called>>;

struct http_caller_limits {
  /// Calls at once; others wait for a place.
  size_t running_max = 64;
  /// Calls that wait; one more fails at once.
  size_t waiting_max = 4096;
  /// Of an answer: its body, and, counted apart, all its header fields.
  size_t answer_max = size_t{64} << 10;
  std::chrono::milliseconds connect_timeout{10'000};
  /// The proxy that calls without `allow_private` go through; empty: none. Names are resolved there
  /// then, so it is the proxy that has to refuse addresses, apart from those that stand in the URL
  /// itself. The environment's `http_proxy` is never heard: it would evade the check of addresses.
  std::string proxy = {};
  /// Names that are not resolved, each `HOST:PORT:ADDRESS` as curl's `--resolve` takes them. What
  /// they lead to is looked at like any other address.
  std::vector<std::string> fixed_names = {};
};

/// Starts the actor, one a node. Detached: its thread runs curl and reads the files of secrets; no
/// message has a secret. Redirects are not followed, certificates are verified, and every address
/// is looked at after the name was resolved (`jobs/address_range.hpp`), those of kept connections
/// too.
http_caller_actor spawn_http_caller(caf::actor_system& system, directory_slot slot,
                                    std::shared_ptr<const base::secrets> secrets,
                                    http_caller_limits limits = {});

} // namespace nova::jobs

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::jobs::call_url)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(nova::jobs::url_called)
