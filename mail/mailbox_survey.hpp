#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace nova {

/// How many messages a part of a mailbox has, as a list of it said.
struct mail_sample {
  int64_t start = 0; // seconds since 1970
  int64_t end = 0;   // exclusive
  double messages = 0;
};

struct survey_settings {
  /// Messages of a list at most.
  size_t page_max = 80;
  /// So many slices has the last year; older mail has two a year, and mail older than ten years
  /// one in five years.
  int64_t slices_a_year = 12;
  /// No more than this part of the mail is listed, but always a few messages of each slice. 1: full
  /// pages.
  double share_max = 1;
};

/// Finds out with few short lists how the mail of a range lies in time, newest first: the range is
/// cut into slices, and of each as much is listed as fits into one page. A plain object: who asks
/// the provider is told what for, and says what it got.
class mailbox_survey {
public:
  /// Of [from, to) in seconds.
  mailbox_survey(int64_t from, int64_t to, survey_settings settings);

  /// What to list next, one page of it, whose count is not known yet. Nothing when it is over.
  [[nodiscard]] std::optional<mail_sample> next() const;

  /// Messages that this list may give at most.
  [[nodiscard]] size_t page() const {
    return page_;
  }

  /// What the list of `next()` gave: so many messages, and whether there are more.
  void answered(size_t messages, bool more);

  /// One sample a slice, of those that were listed so far.
  [[nodiscard]] const std::vector<mail_sample>& found() const {
    return found_;
  }

private:
  struct slice {
    int64_t start = 0, end = 0;
  };

  void begin();
  void take(double messages);

  survey_settings settings_;
  size_t page_;
  std::vector<slice> slices_; // the next one last
  std::vector<mail_sample> found_;
  int64_t length_ = 0; // of what is listed of the slice, seconds
  int tries_ = 0;      // at it
};

} // namespace nova
