#pragma once

#include "mail/message.hpp"

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace nova::nylas {

/// One answer that has an id twice shows one message in several folders: IMAP's ids are
/// Message-IDs, so the copy in Sent and the one that came back through a list have one, with two
/// folders and perhaps two bodies. It is one message with the folders of all; the rest is that of
/// the oldest copy, in whatever order they stand. What is there once stays as it is.
void unite_copies(std::vector<email_message>& messages);

/// The same for a list of several pages: what comes again on a later one, or in the list of a later
/// folder, has the folders that it had before too. For providers whose ids are Message-IDs
/// (`is_imap`): elsewhere what comes again with another folder was moved meanwhile.
class listed_copies {
public:
  void unite(std::vector<email_message>& page);

private:
  std::unordered_map<uint64_t, std::string> folders_; // by the hash of the id
};

} // namespace nova::nylas
