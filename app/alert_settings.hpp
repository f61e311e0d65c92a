#pragma once

#include "alerts/post_office.hpp"
#include "app/settings.hpp"

namespace nova::app {

/// How this process tells people of alerts: NOVA_SMTP_URL, NOVA_ALERT_FROM, NOVA_HANDLERS_PROXY.
/// Throws `command_error` that names the setting; never with a URL, which may hold a password.
alerts::post_office_settings post_office_of(const settings& values);

} // namespace nova::app
