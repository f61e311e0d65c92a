#include "nylas/answer_budget.hpp"

namespace nova::nylas {

void answer_budget::on_room(std::function<void()> call) {
  std::lock_guard guard{mutex_};
  on_room_ = std::move(call);
}

void answer_budget::put_back(size_t bytes) {
  used_ -= bytes;
  if (!wanted_.exchange(false))
    return;
  std::lock_guard guard{mutex_};
  if (on_room_)
    on_room_();
}

answer_budget::share answer_budget::give(size_t bytes) {
  given_ += bytes;
  return {this, [keep = shared_from_this(), bytes](const void*) {
            keep->given_ -= bytes;
            keep->put_back(bytes);
          }};
}

} // namespace nova::nylas
