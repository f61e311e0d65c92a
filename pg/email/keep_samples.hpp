#pragma once

#include "mail/ids.hpp"
#include "mail/mailbox_survey.hpp"
#include "pg/connection.hpp"

#include <vector>

namespace nova::pg {

/// Replaces the survey of an inbox.
struct keep_samples {
  static constexpr const char* name = "keep_samples";

  inbox_id inbox;
  std::vector<mail_sample> samples;

  void run(connection& conn) const;
};

} // namespace nova::pg
