#pragma once

#include "mail/message.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

/// What the provider sent and nobody could read or store, on its way into flux_email_rejects.
namespace nova {

/// Logs how many there are, if any; the table says the rest.
void tell_rejects(const inbox_id& inbox, const std::vector<email_reject>& rejects);

/// A message that the database refused: as the API would send it.
email_reject refused_message(const email_message& message, std::string_view reason);

/// Reads again what another version of the program could not, up to `limit`; stores what can be
/// read and forgets it. Returns how many were looked at. Blocks, as the statements it runs.
uint64_t reread_rejects(pg::connection& conn, uint32_t limit);

} // namespace nova
