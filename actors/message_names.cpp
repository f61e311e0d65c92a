#include "actors/message_names.hpp"

#include <cxxabi.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <memory>

// A hash table without locks, which only grows: the place of a type is its number.
namespace nova {
namespace {

constexpr size_t places = 4096;
constexpr size_t tries_max = 64;

std::array<std::atomic<const std::type_info*>, places>& table() {
  static std::array<std::atomic<const std::type_info*>, places> all{};
  return all;
}

} // namespace

uint16_t number_of_type(const std::type_info& type) noexcept {
  auto place = std::hash<const void*>{}(&type) / alignof(std::type_info);
  for (size_t i = 0; i < tries_max; ++i) {
    auto at = 1 + (place + i) % (places - 1);
    auto& slot = table().at(at);
    auto* seen = slot.load(std::memory_order_relaxed);
    if (seen == &type || (seen == nullptr && slot.compare_exchange_strong(seen, &type))
        || seen == &type)
      return static_cast<uint16_t>(at);
  }
  return 0;
}

std::string name_of_type(uint16_t number) {
  const auto* type = number < places ? table().at(number).load() : nullptr;
  if (number == 0 || type == nullptr)
    return {};
  int failed = 0;
  std::unique_ptr<char, decltype(&std::free)> text{
    abi::__cxa_demangle(type->name(), nullptr, nullptr, &failed), &std::free};
  std::string name = failed == 0 ? text.get() : type->name();
  auto colon = name.rfind("::");
  return colon == std::string::npos ? name : name.substr(colon + 2);
}

} // namespace nova
