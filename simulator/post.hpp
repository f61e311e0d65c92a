#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace nova::simulator {

struct post_request {
  std::string url;
  std::string body;
  /// Whole lines, `Name: value`.
  std::vector<std::string> headers;
  /// GET without body instead.
  bool is_get = false;
};

struct post_result {
  int status = 0;   // 0: no answer, `failure` says why
  std::string body; // at most 4 KB of it
  bool chunked = false;
  std::string failure;
};

/// Requests to webhook destinations over kept-alive connections. Belongs to one thread, apart from
/// `wake`.
class poster {
public:
  using done = std::function<void(post_result)>;

  explicit poster(std::chrono::milliseconds timeout);
  /// Ends what runs, without telling.
  ~poster();

  poster(const poster&) = delete;
  poster& operator=(const poster&) = delete;

  /// `when_done` runs inside a later `run_once`.
  void start(post_request request, done when_done);
  void run_once(std::chrono::milliseconds wait);
  /// Ends a waiting `run_once`. Any thread.
  void wake();

private:
  class implementation;
  std::unique_ptr<implementation> implementation_;
};

} // namespace nova::simulator
