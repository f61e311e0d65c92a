#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace nova::shell {

/// What was answered. `status` is that of HTTP, or one of those below.
struct reply {
  static constexpr int unreachable = 0, timed_out = -1;
  int status = unreachable;
  std::string body; // JSON; with another status than 200 an object with `error`
};

/// Whom the shell asks: a node's inspection API, or the tables alone.
class backend {
public:
  virtual ~backend() = default;

  /// `actors?…`, `findings`, `failures?…`, `tables/VIEW?…`, `whoami`.
  virtual reply get(const std::string& target) = 0;
  virtual reply act(const std::string& order) = 0;
  /// Calls back with the data of each event until that returns false or the other side ends it.
  virtual reply follow(const std::string& target,
                       const std::function<bool(std::string_view)>& event) = 0;
  /// For a prompt.
  [[nodiscard]] virtual std::string name() const = 0;

  /// Asks another node from now on, which answers; false: there is none.
  virtual bool move_on() {
    return false;
  }
};

/// Percent-encodes what goes into a target.
std::string encode(std::string_view text);

} // namespace nova::shell
