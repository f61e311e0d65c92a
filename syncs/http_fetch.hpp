#pragma once

#include "http/curl.hpp"
#include "syncs/sync_stop.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace nova::syncs {

struct fetch_request {
  std::string url;
  std::vector<std::string> headers = {}; // `Name: value`
  std::optional<std::string> form = {};  // a POST with that; else it is a GET
};

struct fetched {
  int status = 0; // 0: no answer, `failure` says why
  std::string body, retry_after, link;
  std::string failure;  // one line, without secrets
  bool refused = false; // an address, or the size of the answer: the same again fails again
};

struct fetch_limits {
  bool allow_private = false;
  std::string proxy = {};
  std::chrono::milliseconds timeout{60'000};
  size_t answer_max = size_t{16} << 20;
};

/// One request after the other over one connection. Blocks. As the HTTP handler of jobs does it:
/// only addresses of the public internet unless they are allowed, no redirects, certificates are
/// verified, answers are bounded.
class http_fetch {
public:
  http_fetch(fetch_limits limits, sync_stop& stop);

  /// Throws `sync_stopped`.
  fetched run(const fetch_request& request);

private:
  fetch_limits limits_;
  sync_stop& stop_;
  http::curl::easy easy_;
};

} // namespace nova::syncs
