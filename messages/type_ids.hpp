#pragma once

#include <caf/type_id.hpp>

#include <cstdint>
#include <vector>

namespace nova {

struct api_answered;
struct ask_permit;
struct backfill_completed;
struct backfill_failed;
struct backfill_info;
struct backfill_opened;
struct backfill_progress;
struct backfill_window;
struct backfills_found;
struct backfills_recovered;
struct call_api;
struct call_ended;
struct call_grant;
enum class call_lane : uint8_t;
enum class call_outcome : uint8_t;
struct claim_refetches;
struct claim_sweeps;
struct claim_threads;
struct complete_backfill;
struct done;
struct email_message;
struct end_threads;
struct fail_backfill;
struct find_backfills;
struct find_inbox;
struct finish_sweep;
struct flush_batch;
struct flush_notifications;
struct handler_ended;
struct inbox_found;
struct inbox_status_set;
struct listed_thread;
enum class mail_origin : uint8_t;
enum class message_fate : uint8_t;
struct message_settled;
struct messages_stored;
struct notification_claim;
struct notification_stored;
struct open_backfill;
struct page_recorded;
struct pause_grant;
struct permit_granted;
struct permit_tick;
struct poll_queue;
struct probe_grant;
struct progress_refreshed;
struct queue_message;
struct queue_read;
struct queue_woken;
struct read_queue;
struct record_page;
struct recover_backfills;
struct refetch;
struct refetch_gone;
struct refetch_settled;
struct refetches_claimed;
struct refresh_progress;
struct release_threads;
struct restart_window;
struct resume_grant;
struct set_inbox_status;
struct settle_message;
struct store_folder;
struct store_messages;
struct store_notification;
struct sweep;
struct sweeps_claimed;
struct thread_claim;
struct thread_failed;
struct threads_claimed;
struct threads_ended;
struct threads_released;

// Supervision.
struct child_started;
struct child_stopped;
struct record_failure;
struct restart_due;
struct start_child;
struct stop_child;
struct stop_overdue;
struct stop_supervisor;
struct supervisor_stopped;

} // namespace nova

// One list for the whole program: the numbers go over the wire, so append only.
CAF_BEGIN_TYPE_ID_BLOCK(nova, caf::first_custom_type_id)

  CAF_ADD_TYPE_ID(nova, (nova::api_answered))
  CAF_ADD_TYPE_ID(nova, (nova::ask_permit))
  CAF_ADD_TYPE_ID(nova, (nova::backfill_completed))
  CAF_ADD_TYPE_ID(nova, (nova::backfill_failed))
  CAF_ADD_TYPE_ID(nova, (nova::backfill_info))
  CAF_ADD_TYPE_ID(nova, (nova::backfill_opened))
  CAF_ADD_TYPE_ID(nova, (nova::backfill_progress))
  CAF_ADD_TYPE_ID(nova, (nova::backfill_window))
  CAF_ADD_TYPE_ID(nova, (nova::backfills_found))
  CAF_ADD_TYPE_ID(nova, (nova::backfills_recovered))
  CAF_ADD_TYPE_ID(nova, (nova::call_api))
  CAF_ADD_TYPE_ID(nova, (nova::call_ended))
  CAF_ADD_TYPE_ID(nova, (nova::call_grant))
  CAF_ADD_TYPE_ID(nova, (nova::call_lane))
  CAF_ADD_TYPE_ID(nova, (nova::call_outcome))
  CAF_ADD_TYPE_ID(nova, (nova::claim_refetches))
  CAF_ADD_TYPE_ID(nova, (nova::claim_sweeps))
  CAF_ADD_TYPE_ID(nova, (nova::claim_threads))
  CAF_ADD_TYPE_ID(nova, (nova::complete_backfill))
  CAF_ADD_TYPE_ID(nova, (nova::done))
  CAF_ADD_TYPE_ID(nova, (nova::email_message))
  CAF_ADD_TYPE_ID(nova, (nova::end_threads))
  CAF_ADD_TYPE_ID(nova, (nova::fail_backfill))
  CAF_ADD_TYPE_ID(nova, (nova::find_backfills))
  CAF_ADD_TYPE_ID(nova, (nova::find_inbox))
  CAF_ADD_TYPE_ID(nova, (nova::finish_sweep))
  CAF_ADD_TYPE_ID(nova, (nova::flush_batch))
  CAF_ADD_TYPE_ID(nova, (nova::flush_notifications))
  CAF_ADD_TYPE_ID(nova, (nova::handler_ended))
  CAF_ADD_TYPE_ID(nova, (nova::inbox_found))
  CAF_ADD_TYPE_ID(nova, (nova::inbox_status_set))
  CAF_ADD_TYPE_ID(nova, (nova::listed_thread))
  CAF_ADD_TYPE_ID(nova, (nova::mail_origin))
  CAF_ADD_TYPE_ID(nova, (nova::message_fate))
  CAF_ADD_TYPE_ID(nova, (nova::message_settled))
  CAF_ADD_TYPE_ID(nova, (nova::messages_stored))
  CAF_ADD_TYPE_ID(nova, (nova::notification_claim))
  CAF_ADD_TYPE_ID(nova, (nova::notification_stored))
  CAF_ADD_TYPE_ID(nova, (nova::open_backfill))
  CAF_ADD_TYPE_ID(nova, (nova::page_recorded))
  CAF_ADD_TYPE_ID(nova, (nova::pause_grant))
  CAF_ADD_TYPE_ID(nova, (nova::permit_granted))
  CAF_ADD_TYPE_ID(nova, (nova::permit_tick))
  CAF_ADD_TYPE_ID(nova, (nova::poll_queue))
  CAF_ADD_TYPE_ID(nova, (nova::probe_grant))
  CAF_ADD_TYPE_ID(nova, (nova::progress_refreshed))
  CAF_ADD_TYPE_ID(nova, (nova::queue_message))
  CAF_ADD_TYPE_ID(nova, (nova::queue_read))
  CAF_ADD_TYPE_ID(nova, (nova::queue_woken))
  CAF_ADD_TYPE_ID(nova, (nova::read_queue))
  CAF_ADD_TYPE_ID(nova, (nova::record_page))
  CAF_ADD_TYPE_ID(nova, (nova::recover_backfills))
  CAF_ADD_TYPE_ID(nova, (nova::refetch))
  CAF_ADD_TYPE_ID(nova, (nova::refetch_gone))
  CAF_ADD_TYPE_ID(nova, (nova::refetch_settled))
  CAF_ADD_TYPE_ID(nova, (nova::refetches_claimed))
  CAF_ADD_TYPE_ID(nova, (nova::refresh_progress))
  CAF_ADD_TYPE_ID(nova, (nova::release_threads))
  CAF_ADD_TYPE_ID(nova, (nova::restart_window))
  CAF_ADD_TYPE_ID(nova, (nova::resume_grant))
  CAF_ADD_TYPE_ID(nova, (nova::set_inbox_status))
  CAF_ADD_TYPE_ID(nova, (nova::settle_message))
  CAF_ADD_TYPE_ID(nova, (nova::store_folder))
  CAF_ADD_TYPE_ID(nova, (nova::store_messages))
  CAF_ADD_TYPE_ID(nova, (nova::store_notification))
  CAF_ADD_TYPE_ID(nova, (nova::sweep))
  CAF_ADD_TYPE_ID(nova, (nova::sweeps_claimed))
  CAF_ADD_TYPE_ID(nova, (nova::thread_claim))
  CAF_ADD_TYPE_ID(nova, (nova::thread_failed))
  CAF_ADD_TYPE_ID(nova, (nova::threads_claimed))
  CAF_ADD_TYPE_ID(nova, (nova::threads_ended))
  CAF_ADD_TYPE_ID(nova, (nova::threads_released))
  CAF_ADD_TYPE_ID(nova, (std::vector<nova::store_messages>))
  CAF_ADD_TYPE_ID(nova, (std::vector<nova::messages_stored>))
  CAF_ADD_TYPE_ID(nova, (std::vector<nova::store_notification>))
  CAF_ADD_TYPE_ID(nova, (std::vector<nova::notification_stored>))

  // Supervision.
  CAF_ADD_TYPE_ID(nova, (nova::child_started))
  CAF_ADD_TYPE_ID(nova, (nova::child_stopped))
  CAF_ADD_TYPE_ID(nova, (nova::record_failure))
  CAF_ADD_TYPE_ID(nova, (nova::restart_due))
  CAF_ADD_TYPE_ID(nova, (nova::start_child))
  CAF_ADD_TYPE_ID(nova, (nova::stop_child))
  CAF_ADD_TYPE_ID(nova, (nova::stop_overdue))
  CAF_ADD_TYPE_ID(nova, (nova::stop_supervisor))
  CAF_ADD_TYPE_ID(nova, (nova::supervisor_stopped))

CAF_END_TYPE_ID_BLOCK(nova)
