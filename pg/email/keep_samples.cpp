#include "pg/email/keep_samples.hpp"

#include "schema/queries.hpp"

namespace nova::pg {

void keep_samples::run(connection& conn) const {
  std::vector<int64_t> starts, ends;
  std::vector<double> messages;
  for (const auto& sample : samples) {
    starts.push_back(sample.start);
    ends.push_back(sample.end);
    messages.push_back(sample.messages);
  }
  conn.exec(sql::keep_samples, inbox, starts, ends, messages);
}

} // namespace nova::pg
