#include "shell/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ostream>

namespace nova::shell {
namespace {

using steady = std::chrono::steady_clock;

struct limits {
  uint64_t count = 50;
  double rate = 100; // events a second
  double seconds = 60;
};

tl::expected<limits, std::string> limits_of(const line& typed) {
  limits made;
  auto count = parse_seconds(typed.option("max", "50"));
  auto rate = parse_seconds(split(typed.option("rate", "100"), '/').front());
  auto lasting = parse_seconds(typed.option("for", "60s"));
  if (!count || *count < 1 || *count > 1e6)
    return tl::unexpected(std::string{"--max is a number of events from 1 to 1000000"});
  if (!rate || *rate <= 0)
    return tl::unexpected(std::string{"--rate is a number of events a second"});
  if (!lasting || *lasting <= 0 || *lasting > 3600)
    return tl::unexpected(std::string{"--for is a time of at most 1h"});
  return limits{static_cast<uint64_t>(*count), *rate, *lasting};
}

/// `follow?…` for what a line names: an actor, a kind, or a piece of work.
tl::expected<std::string, std::string> target_of(session& in, const line& typed) {
  if (typed.words.size() == 3) {
    const auto& kind = typed.words[1];
    if (kind != "thread" && kind != "config" && kind != "notification")
      return tl::unexpected(
        std::string{"trace takes: ACTOR, KIND, thread T, config C or notification N"});
    return "follow?about=" + encode(typed.words[2]);
  }
  if (typed.words.size() != 2)
    return tl::unexpected(
      std::string{"trace takes: ACTOR, KIND, thread T, config C or notification N"});
  auto [node, path] = path_of(in, typed.words[1]);
  auto slash = std::min(path.find('/'), path.size());
  auto target = "follow?kind=" + encode(path.substr(0, slash));
  if (slash < path.size())
    target += "&key=" + encode(path.substr(slash + 1));
  return node.empty() ? target : target + "&node=" + encode(node);
}

/// Prints events within the limits.
class trace_printer {
public:
  trace_printer(session& in, limits within) : in_(in), within_(within) {}

  bool take(std::string_view data) {
    auto now = steady::now();
    if (in_.options.interrupted())
      return stop("interrupted");
    if (std::chrono::duration<double>(now - began_).count() >= within_.seconds)
      return stop(fmt::format("limit {:g} s", within_.seconds));
    if (data.empty())
      return true;
    auto found = read_rows({200, std::string{data}});
    if (found.result != exit_code::done && found.result != exit_code::partial)
      return stop(found.error);
    for (const auto& row : found.document.GetArray()) {
      if (!within_rate(now)) {
        ++skipped_;
        continue;
      }
      print_one(row);
      if (++shown_ >= within_.count)
        return stop(fmt::format("limit {}", within_.count));
    }
    in_.out.flush();
    return true;
  }

  [[nodiscard]] uint64_t shown() const {
    return shown_;
  }
  void say_end() {
    session::say(
      in_.err,
      fmt::format("trace stopped: {}{} (also stops at {:g} s, or when this shell goes away)",
                  why_.empty() ? "the node ended it" : why_,
                  skipped_ > 0 ? fmt::format(", {} more than the rate left out", skipped_) : "",
                  within_.seconds));
  }

private:
  bool stop(const std::string& why) {
    why_ = why;
    return false;
  }

  bool within_rate(steady::time_point now) {
    if (now - second_ >= std::chrono::seconds{1}) {
      second_ = now;
      in_second_ = 0;
    }
    return in_second_++ < within_.rate;
  }

  void print_one(const rapidjson::Value& row) {
    if (in_.options.as != format::table) {
      rows one;
      one.document.PushBack(rapidjson::Value{row, one.document.GetAllocator()},
                            one.document.GetAllocator());
      return print(in_.out, one, in_.options.as == format::tsv ? format::tsv : format::jsonl, {},
                   false);
    }
    auto from = rows::text(row, "from");
    auto at = rows::text(row, "at");
    session::say(in_.out,
                 fmt::format("{} {}{} <- {}  {:.3g} ms  {}", at.size() > 11 ? at.substr(11) : at,
                             rows::text(row, "actor"), from.empty() ? "" : " from " + from,
                             rows::text(row, "message"), rows::number(row, "took_ms"),
                             rows::text(row, "now")));
  }

  session& in_;
  limits within_;
  steady::time_point began_ = steady::now(), second_ = began_;
  double in_second_ = 0;
  uint64_t shown_ = 0, skipped_ = 0;
  std::string why_;
};

} // namespace

exit_code run_trace(session& in, const line& typed) {
  auto target = target_of(in, typed);
  auto within = limits_of(typed);
  if (!target || !within)
    return in.fail(exit_code::usage, !target ? target.error() : within.error());
  trace_printer printer{in, *within};
  auto ended = in.asked.follow(*target, [&](std::string_view data) { return printer.take(data); });
  if (ended.status != 200)
    return in.fail(read_rows(ended).result, read_rows(ended).error);
  printer.say_end();
  return printer.shown() > 0 ? exit_code::done : exit_code::nothing;
}

} // namespace nova::shell
