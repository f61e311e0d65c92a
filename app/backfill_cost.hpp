#pragma once

#include "app/provider_reader.hpp"
#include "mail/mailbox_survey.hpp"
#include "nylas/pacing.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nova::app {

/// What a backfill would take: expected, and where it says so the range of eight cases in ten.
struct backfill_cost {
  double messages = 0, messages_low = 0, messages_high = 0;
  double threads = 0;
  double calls = 0;
  double units = 0; // of Gmail; 0 where the provider bills none
  double hours = 0, hours_low = 0, hours_high = 0;
  double usable_hours = 0; // until the newest thirty days are there
  double gigabytes = 0;    // of answers; the database grows by about as much
  std::string binds;       // as in public.backfill_estimates
  uint64_t asked = 0;      // calls that were made to find out
  std::vector<std::string> assumptions;
  std::vector<mail_sample> survey;
};

/// Whose mail of [from, to), in seconds since 1970; 0: from the oldest on.
struct cost_question {
  std::string grant;
  std::string provider;
  int64_t from = 0, to = 0;
  double google_units = nylas::google_units_usual; // GMAIL_UNITS_PER_MINUTE
};

/// Lists one short page of each month, and three of threads, and reckons. Blocks. Throws
/// `std::runtime_error` when the API does not answer.
backfill_cost cost_of_backfill(provider_reader& reader, const cost_question& of);

} // namespace nova::app
