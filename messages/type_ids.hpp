#pragma once

#include <caf/type_id.hpp>

#include <cstdint>
#include <vector>

namespace nova {

struct api_answered;
struct ask_permit;
struct grant_moved;
struct forget_peer;
struct call_api;
struct call_ended;
struct call_grant;
enum class call_lane : uint8_t;
enum class call_outcome : uint8_t;
struct completion_announced;
struct email_message;
enum class mail_origin : uint8_t;
enum class message_fate : uint8_t;
struct messages_stored;
struct notification_stored;
struct pause_grant;
struct permit_granted;
struct queue_message;
struct queue_woken;
struct resume_grant;
struct store_messages;
enum class thread_outcome : uint8_t;
struct threads_available;
struct thread_ended;
struct start_backfill;
struct check_completion;
struct look_for_sweeps;
struct work_ended;

// Notifications that wait for the provider.
struct look_for_parked;

// Supervision.
struct child_started;
struct child_stopped;
struct restart_begun;
struct restart_child;
struct start_child;
struct stop_child;
struct stop_supervisor;
struct supervisor_stopped;

// Links between nodes.
struct greet;
struct greeted;
struct spawn_child_here;
struct child_here;
struct kill_child_here;
struct yield_children;
struct ask_remote_permit;
struct remote_call_ended;
struct inspect_node;
struct node_inspected;
struct find_peers;
struct peer;
struct peers_found;
struct link_member;
struct link_members;
struct link_ready;
struct link_failed;
struct lease_changed;

} // namespace nova

// One list for the whole program: the numbers go over the wire, so append only.
CAF_BEGIN_TYPE_ID_BLOCK(nova, caf::first_custom_type_id)

  CAF_ADD_TYPE_ID(nova, (nova::api_answered))
  CAF_ADD_TYPE_ID(nova, (nova::ask_permit))
  CAF_ADD_TYPE_ID(nova, (nova::call_api))
  CAF_ADD_TYPE_ID(nova, (nova::call_ended))
  CAF_ADD_TYPE_ID(nova, (nova::call_grant))
  CAF_ADD_TYPE_ID(nova, (nova::call_lane))
  CAF_ADD_TYPE_ID(nova, (nova::call_outcome))
  CAF_ADD_TYPE_ID(nova, (nova::email_message))
  CAF_ADD_TYPE_ID(nova, (nova::mail_origin))
  CAF_ADD_TYPE_ID(nova, (nova::message_fate))
  CAF_ADD_TYPE_ID(nova, (nova::messages_stored))
  CAF_ADD_TYPE_ID(nova, (nova::notification_stored))
  CAF_ADD_TYPE_ID(nova, (nova::pause_grant))
  CAF_ADD_TYPE_ID(nova, (nova::permit_granted))
  CAF_ADD_TYPE_ID(nova, (nova::queue_message))
  CAF_ADD_TYPE_ID(nova, (nova::queue_woken))
  CAF_ADD_TYPE_ID(nova, (nova::resume_grant))
  CAF_ADD_TYPE_ID(nova, (nova::store_messages))
  CAF_ADD_TYPE_ID(nova, (nova::thread_outcome))
  CAF_ADD_TYPE_ID(nova, (nova::threads_available))
  CAF_ADD_TYPE_ID(nova, (nova::thread_ended))
  CAF_ADD_TYPE_ID(nova, (nova::start_backfill))
  CAF_ADD_TYPE_ID(nova, (nova::check_completion))
  CAF_ADD_TYPE_ID(nova, (nova::look_for_sweeps))
  CAF_ADD_TYPE_ID(nova, (nova::work_ended))

  // Supervision.
  CAF_ADD_TYPE_ID(nova, (nova::child_started))
  CAF_ADD_TYPE_ID(nova, (nova::child_stopped))
  CAF_ADD_TYPE_ID(nova, (nova::start_child))
  CAF_ADD_TYPE_ID(nova, (nova::stop_child))
  CAF_ADD_TYPE_ID(nova, (nova::stop_supervisor))
  CAF_ADD_TYPE_ID(nova, (nova::supervisor_stopped))
  CAF_ADD_TYPE_ID(nova, (nova::restart_begun))
  CAF_ADD_TYPE_ID(nova, (nova::restart_child))

  // Links between nodes.
  CAF_ADD_TYPE_ID(nova, (nova::greet))
  CAF_ADD_TYPE_ID(nova, (nova::greeted))
  CAF_ADD_TYPE_ID(nova, (nova::spawn_child_here))
  CAF_ADD_TYPE_ID(nova, (nova::child_here))
  CAF_ADD_TYPE_ID(nova, (nova::kill_child_here))
  CAF_ADD_TYPE_ID(nova, (nova::yield_children))
  CAF_ADD_TYPE_ID(nova, (nova::ask_remote_permit))
  CAF_ADD_TYPE_ID(nova, (nova::remote_call_ended))
  CAF_ADD_TYPE_ID(nova, (nova::inspect_node))
  CAF_ADD_TYPE_ID(nova, (nova::node_inspected))
  CAF_ADD_TYPE_ID(nova, (nova::find_peers))
  CAF_ADD_TYPE_ID(nova, (nova::peer))
  CAF_ADD_TYPE_ID(nova, (nova::peers_found))
  CAF_ADD_TYPE_ID(nova, (nova::link_member))
  CAF_ADD_TYPE_ID(nova, (nova::link_members))
  CAF_ADD_TYPE_ID(nova, (nova::link_ready))
  CAF_ADD_TYPE_ID(nova, (nova::link_failed))

  // Upkeep.

  // Leases.
  CAF_ADD_TYPE_ID(nova, (nova::lease_changed))

  // Homes of grants.
  CAF_ADD_TYPE_ID(nova, (nova::grant_moved))
  CAF_ADD_TYPE_ID(nova, (nova::forget_peer))

  // Completion on another node.
  CAF_ADD_TYPE_ID(nova, (nova::completion_announced))

  // Notifications that wait for the provider.
  CAF_ADD_TYPE_ID(nova, (nova::look_for_parked))

CAF_END_TYPE_ID_BLOCK(nova)
