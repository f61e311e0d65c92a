#include "base/seed.hpp"

namespace nova::base {

uint64_t random_seed() {
  std::random_device device;
  return (uint64_t{device()} << 32U) | device();
}

} // namespace nova::base
