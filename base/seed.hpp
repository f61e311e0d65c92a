#pragma once

#include <cstdint>
#include <random>

namespace nova::base {

/// Of the system, and never the same twice. The only place where chance comes into the program.
uint64_t random_seed();

/// Two with the same seed draw the same, so that a test can repeat what chance did; 0 takes a
/// random one.
inline std::mt19937_64 random_engine(uint64_t seed) {
  return std::mt19937_64{seed == 0 ? random_seed() : seed};
}

} // namespace nova::base
