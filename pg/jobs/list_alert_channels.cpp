#include "pg/jobs/list_alert_channels.hpp"

#include "schema/queries.hpp"

#include <utility>

namespace nova::pg {

std::vector<listed_channel> list_alert_channels::run(connection& conn) const {
  using text = std::string;
  using texts = std::vector<std::string>;
  std::vector<listed_channel> all;
  auto found = conn.exec(sql::list_alert_channels);
  for (auto& [channel, kind, recipients, url, url_secret, secret, format, allow_private, kinds,
              window, enabled, trouble, by, at] :
       found.rows<text, text, texts, text, text, text, text, bool, texts, int64_t, bool, text, text,
                  int64_t>())
    all.push_back({{std::move(channel), std::move(kind), std::move(recipients), std::move(url),
                    std::move(url_secret), std::move(secret), std::move(format), allow_private,
                    std::move(kinds), std::chrono::milliseconds{window}},
                   enabled,
                   std::move(trouble),
                   std::move(by),
                   at});
  return all;
}

} // namespace nova::pg
