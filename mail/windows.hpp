#pragma once

#include "mail/ids.hpp"

#include <cstdint>
#include <string>

namespace nova {

/// One time slice of a backfill: the unit of resumption.
struct backfill_window {
  int64_t id = 0;
  int64_t start = 0; // seconds, inclusive
  int64_t end = 0;   // seconds, exclusive; 0: it reaches to the present
  std::string cursor;
  int64_t token = 0; // of the claim under which it is listed; 0: none
};

/// A window where it is listed, and whose it is.
struct claimed_window {
  inbox_id inbox;
  grant_id grant;
  std::string provider;
  backfill_window window;
};

/// A part of the range that cannot be had, for the tools to say so.
struct backfill_gap {
  std::string kind;        // cursor | refused | provider_cache | folder
  int64_t from = 0;        // seconds
  int64_t to = 0;          // seconds; 0: to the present
  std::string reason;      // in words
  std::string folder = {}; // where it is one folder
};

/// A configuration as its workers need it.
struct backfill_config {
  config_id id;
  inbox_id inbox;
  grant_id grant;
  std::string provider;
  std::string inbox_status;
  std::string status; // backfill_status
  int64_t start = 0;  // seconds since 1970
  int64_t end = 0;
  bool discovery_done = false;
  uint32_t attempts = 0;
};

/// How far a backfill is.
struct backfill_progress {
  config_id config;
  inbox_id inbox;
  std::string email, status;
  uint64_t queued = 0, processing = 0, completed = 0, failed = 0, total = 0, messages = 0;
  uint32_t windows = 0, windows_listed = 0;
  int64_t started_at = 0, completed_at = 0; // seconds; 0: not yet
  std::string gaps = "[]"; // what of the range could not be had: JSON array, see nova.add_gap
  uint64_t unreadable = 0; // of its inbox, in flux_email_rejects
  double percent = 0;      // of the work; it never falls
  // When it will be done and the range around that, and when its newest thirty days are there:
  // seconds since 1970; 0: not known.
  int64_t eta = 0, eta_low = 0, eta_high = 0, usable_at = 0;
  bool usable = false;            // they are
  std::string binds = {};         // what it waits for: see public.backfill_estimates
  uint64_t messages_expected = 0; // in the whole range; 0: not known
};

} // namespace nova
