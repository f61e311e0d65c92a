#pragma once

#include "mail/inboxes.hpp"
#include "pg/email/claim_folders.hpp"

#include <vector>

namespace nova::pg {

/// All folders of an inbox as they were listed since it was claimed: those that are not among them
/// are gone. What a notification told meanwhile stays. The inbox is due again in a day.
struct replace_folders {
  static constexpr const char* name = "replace_folders";

  folder_listing claim;
  std::vector<inbox_folder> folders;

  void run(connection& conn) const;
};

} // namespace nova::pg
