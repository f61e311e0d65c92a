#pragma once

#include <filesystem>
#include <string>

namespace nova::inspection {

/// Where the sockets of this user's nodes are, and nobody else can put one: `$XDG_RUNTIME_DIR`,
/// else `/run/nova` when it is this user's (root makes it), else `nova-UID` in the folder for
/// temporary files, made with 0700. Throws `std::runtime_error` when somebody else holds the last.
std::filesystem::path runtime_folder();

/// `nova-NAME.sock` in it.
std::string default_socket(const std::string& node);

} // namespace nova::inspection
