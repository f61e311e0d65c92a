#pragma once

#include "base/bad_input.hpp"
#include "pg/jobs/upkeep_outcome.hpp"

#include <tl/expected.hpp>

#include <map>
#include <string>
#include <string_view>

namespace nova::jobs {

/// A task of upkeep as its row has it.
struct upkeep_task {
  std::string name, kind, target;
  std::map<std::string, std::string> options; // numbers and truths as text

  /// An option, or else what counts without it.
  [[nodiscard]] std::string option(const std::string& key, std::string otherwise) const;
};

/// Reads the body of the job of a task: `{"kind": …, "target": …, "options": {…}}`.
tl::expected<upkeep_task, base::bad_input> read_upkeep_task(const std::string& name,
                                                            std::string_view body);

/// That body of a task that was claimed.
std::string upkeep_body(const pg::claimed_upkeep& claimed);

} // namespace nova::jobs
