#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace nova {

/// The answers that an actor waits for: how many, and of the oldest what it asked, of whom, since
/// when. The first few are known one by one; what waits long is among them. Written by the thread
/// of the actor, read by any.
class awaited_answers {
public:
  struct oldest {
    uint32_t count = 0;    // of all
    int64_t since = 0;     // microseconds since 1970; 0: none is known
    uint16_t what = 0;     // the type of the request, see `number_of_type`
    const char* whom = ""; // the kind of the asked actor, or `another node`
  };

  /// `whom` stays for as long as the process lives.
  void asked(uint64_t id, const char* whom, uint16_t what) noexcept;
  void answered(uint64_t id) noexcept;

  [[nodiscard]] oldest look() const noexcept;

private:
  struct place {
    std::atomic<uint64_t> id{0};
    std::atomic<int64_t> since{0};
    std::atomic<uint16_t> what{0};
    std::atomic<const char*> whom{""};
  };
  std::array<place, 3> places_;
  std::atomic<uint32_t> count_{0};
};

} // namespace nova
