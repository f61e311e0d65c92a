#pragma once

#include <cstdint>

/// Randomness without state: the same arguments give the same number, so a mailbox needs no memory.
namespace nova::simulator {

/// Scrambles 64 bits, one to one (the finaliser of splitmix64).
constexpr uint64_t mix(uint64_t x) {
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9ULL;
  x ^= x >> 27;
  x *= 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

/// The inverse of `mix`: an id is turned back into the place of its message.
constexpr uint64_t unmix(uint64_t x) {
  x ^= (x >> 31) ^ (x >> 62);
  x *= 0x319642b2d24d8ec3ULL;
  x ^= (x >> 27) ^ (x >> 54);
  x *= 0x96de1b173f119089ULL;
  return x ^ (x >> 30) ^ (x >> 60);
}

/// A number that depends on the seed and what it is for.
constexpr uint64_t draw(uint64_t seed, uint64_t what) {
  return mix(seed + 0x9e3779b97f4a7c15ULL * (what + 1));
}

constexpr uint64_t draw(uint64_t seed, uint64_t what, uint64_t which) {
  return draw(draw(seed, what), which);
}

/// True for that share of the draws; `rate` from 0 to 1.
constexpr bool chance(uint64_t drawn, double rate) {
  return static_cast<double>(drawn >> 11) * 0x1p-53 < rate;
}

} // namespace nova::simulator
