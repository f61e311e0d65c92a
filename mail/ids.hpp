#pragma once

#include "base/id.hpp"

namespace nova {

/// The provider's opaque ids, as the Nylas API writes them.
using grant_id = id<struct grant_tag>;
using thread_id = id<struct thread_tag>;
using message_id = id<struct message_tag>;
using attachment_id = id<struct attachment_tag>;

/// Our own ids: a uuid in its canonical text form.
using inbox_id = id<struct inbox_tag>;
using config_id = id<struct config_tag>;
using notification_id = id<struct notification_tag>;

} // namespace nova
