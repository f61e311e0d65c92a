#include "app/alert_settings.hpp"

#include "app/context.hpp"
#include "cluster/machine.hpp"

#include <string>
#include <utility>

namespace nova::app {

alerts::post_office_settings post_office_of(const settings& values) {
  alerts::post_office_settings made;
  made.http.proxy = values.handlers_proxy;
  made.by.cluster = values.cluster_name;
  made.by.node = values.node_name.empty() ? cluster::host_name() : values.node_name;
  if (values.smtp_url.empty())
    return made;
  auto smtp = alerts::parse_smtp_url(values.smtp_url);
  if (!smtp)
    throw command_error(exit_code::usage, "NOVA_SMTP_URL: " + smtp.error().reason);
  auto from = values.alert_from.empty() ? smtp->user : values.alert_from;
  auto sender = alerts::parse_sender(from);
  if (!sender)
    throw command_error(exit_code::usage,
                        values.alert_from.empty()
                          ? "NOVA_SMTP_URL has no user that is an address: NOVA_ALERT_FROM is "
                            "needed, such as nova@example.com"
                          : "NOVA_ALERT_FROM: " + sender.error().reason);
  made.smtp = std::move(*smtp);
  made.from = std::move(*sender);
  return made;
}

} // namespace nova::app
