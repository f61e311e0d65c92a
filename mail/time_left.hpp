#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace nova {

/// When work will be done: expected, and the range that it is within in eight of ten cases.
struct time_left {
  std::chrono::seconds expected{0};
  std::chrono::seconds low{0};
  std::chrono::seconds high{0};
};

/// How fast a long work goes, from looks at what is done: a bounded history, in blocks of equal
/// time, and when the rate last changed. Of what was before that nothing is kept. Pure: time is an
/// argument. Work has any one unit.
class work_trace {
public:
  /// Of the wall clock; a step back costs the time until the next look.
  using time_point = std::chrono::sys_time<std::chrono::milliseconds>;

  work_trace() = default;
  /// As `kept` gave it; what is no such list begins anew.
  explicit work_trace(const std::vector<double>& kept);

  /// A look. `running`: it was worked on since the last one; else that time is of no account, nor
  /// is it when the last look was more than five minutes ago.
  void add(time_point at, double done, bool running);

  /// How long `left` takes at the rate of now. `left_error` is the relative standard deviation of
  /// `left`. Where the last blocks do not fit the rate, the range reaches to theirs: what changes
  /// widens it before it moves the expected time. Nothing before anything was done in two looks.
  [[nodiscard]] std::optional<time_left> time_for(double left, double left_error) const;

  /// Work a second since the rate last changed; 0: not known.
  [[nodiscard]] double rate() const;

  /// For a row, so that whoever looks next goes on; at most 150 numbers.
  [[nodiscard]] std::vector<double> kept() const;

private:
  struct block {
    double seconds = 0;
    double work = 0;
  };

  void close_block();
  void find_change();
  [[nodiscard]] block sum(size_t from, size_t to) const;
  [[nodiscard]] double spread(size_t from, size_t to) const;
  [[nodiscard]] block recent() const;

  std::vector<block> blocks_; // of the same rate, the newest last
  block open_;                // not long enough yet
  double block_seconds_ = 1;
  double step_ = 0;                                   // by which the work grew last
  bool from_beginning_ = true;                        // the rate never changed
  std::optional<std::pair<time_point, double>> last_; // look
};

} // namespace nova
