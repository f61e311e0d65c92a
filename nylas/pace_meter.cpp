#include "nylas/pace_meter.hpp"

#include <algorithm>

namespace nova::nylas {
namespace {

constexpr std::chrono::seconds report_interval{5};
// A page of mail may take Google's allowance of so long.
constexpr std::chrono::seconds idle_time{90};

} // namespace

void pace_meter::is(pace_limit what, time_point now) {
  // A mailbox that nobody called for a while says nothing about the calls that begin now.
  if (calls_ == 0 && began_ && now - *began_ > idle_time) {
    times_ = {};
    began_ = since_ = now;
  }
  if (since_)
    times_.at(static_cast<size_t>(now_)) += now - *since_;
  now_ = what;
  since_ = now;
  if (!began_)
    began_ = now;
}

void pace_meter::called(double units) {
  ++calls_;
  units_ += units;
}

std::optional<measured_pace> pace_meter::report(time_point now) {
  if (!began_ || now - *began_ < report_interval || calls_ == 0)
    return std::nullopt;
  is(now_, now);
  auto seconds = std::chrono::duration<double>(now - *began_).count();
  auto longest = std::max_element(times_.begin(), times_.end()) - times_.begin();
  measured_pace measured{static_cast<pace_limit>(longest), calls_ / seconds, units_ / seconds};
  times_ = {};
  began_ = now;
  calls_ = units_ = 0;
  return measured;
}

} // namespace nova::nylas
