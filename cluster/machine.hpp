#pragma once

#include <string>
#include <string_view>

namespace nova::cluster {

/// The boot of the kernel and the network namespace of this process: processes with the same reach
/// each other's loopback addresses. Containers of one machine differ. Empty where the kernel does
/// not say. See random(4) and namespaces(7).
[[nodiscard]] std::string this_machine();

/// Of this machine or container, as gethostname(2) says it; `node` where it has none.
[[nodiscard]] std::string host_name();

/// Whether who runs on the machine `own` can mean the same node by that address as who runs on
/// `machine`: not a loopback address of another machine, where somebody else or nobody listens.
[[nodiscard]] bool means_the_same(std::string_view address, std::string_view machine,
                                  std::string_view own);

} // namespace nova::cluster
