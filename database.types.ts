// Written by `nova types` from a database's catalog; not to be edited.
export type Json =
  | string
  | number
  | boolean
  | null
  | { [key: string]: Json | undefined }
  | Json[]

export type Database = {
  "public": {
    Tables: {
      "backfill_estimates": {
        Row: {
          "binds": string
          "config_id": string
          "eta": string | null
          "eta_high": string | null
          "eta_low": string | null
          "messages_expected": number | null
          "percent": number
          "updated_at": string
          "usable": boolean
          "usable_at": string | null
        }
        Insert: {
          "binds"?: string
          "config_id": string
          "eta"?: string | null
          "eta_high"?: string | null
          "eta_low"?: string | null
          "messages_expected"?: number | null
          "percent"?: number
          "updated_at"?: string
          "usable"?: boolean
          "usable_at"?: string | null
        }
        Update: {
          "binds"?: string
          "config_id"?: string
          "eta"?: string | null
          "eta_high"?: string | null
          "eta_low"?: string | null
          "messages_expected"?: number | null
          "percent"?: number
          "updated_at"?: string
          "usable"?: boolean
          "usable_at"?: string | null
        }
        Relationships: [
          {
            foreignKeyName: "backfill_estimates_config_id_fkey"
            columns: ["config_id"]
            isOneToOne: true
            referencedRelation: "flux_inbox_configurations"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "backfill_estimates_config_id_fkey"
            columns: ["config_id"]
            isOneToOne: true
            referencedRelation: "support_inbox_configurations"
            referencedColumns: ["id"]
          }
        ]
      }
      "backfill_windows": {
        Row: {
          "began_at": string | null
          "config_id": string
          "cursor": string
          "gave_up": string | null
          "id": number
          "listed_at": string | null
          "node": string
          "pages": number
          "pass": number
          "restarts": number
          "threads_listed": number
          "token": number
          "updated_at": string
          "window_end": string
          "window_start": string
        }
        Insert: {
          "began_at"?: string | null
          "config_id": string
          "cursor"?: string
          "gave_up"?: string | null
          "id"?: never
          "listed_at"?: string | null
          "node"?: string
          "pages"?: number
          "pass"?: number
          "restarts"?: number
          "threads_listed"?: number
          "token"?: number
          "updated_at"?: string
          "window_end": string
          "window_start": string
        }
        Update: {
          "began_at"?: string | null
          "config_id"?: string
          "cursor"?: string
          "gave_up"?: string | null
          "id"?: never
          "listed_at"?: string | null
          "node"?: string
          "pages"?: number
          "pass"?: number
          "restarts"?: number
          "threads_listed"?: number
          "token"?: number
          "updated_at"?: string
          "window_end"?: string
          "window_start"?: string
        }
        Relationships: [
          {
            foreignKeyName: "backfill_windows_config_id_fkey"
            columns: ["config_id"]
            isOneToOne: false
            referencedRelation: "flux_inbox_configurations"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "backfill_windows_config_id_fkey"
            columns: ["config_id"]
            isOneToOne: false
            referencedRelation: "support_inbox_configurations"
            referencedColumns: ["id"]
          }
        ]
      }
      "conversations": {
        Row: {
          "created_at": string
          "id": string
          "is_archived": boolean
          "metadata": NonNullable<Json>
          "tenant_id": string
          "title": string
          "updated_at": string
          "user_id": string
        }
        Insert: {
          "created_at"?: string
          "id"?: string
          "is_archived"?: boolean
          "metadata"?: NonNullable<Json>
          "tenant_id": string
          "title"?: string
          "updated_at"?: string
          "user_id": string
        }
        Update: {
          "created_at"?: string
          "id"?: string
          "is_archived"?: boolean
          "metadata"?: NonNullable<Json>
          "tenant_id"?: string
          "title"?: string
          "updated_at"?: string
          "user_id"?: string
        }
        Relationships: [
          {
            foreignKeyName: "conversations_tenant_id_fkey"
            columns: ["tenant_id"]
            isOneToOne: false
            referencedRelation: "tenants"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "conversations_user"
            columns: ["user_id","tenant_id"]
            isOneToOne: false
            referencedRelation: "users"
            referencedColumns: ["id","tenant_id"]
          }
        ]
      }
      "feedback": {
        Row: {
          "comment": string | null
          "created_at": string
          "id": string
          "message_id": string
          "rating": number
          "tenant_id": string
          "updated_at": string
          "user_id": string
        }
        Insert: {
          "comment"?: string | null
          "created_at"?: string
          "id"?: string
          "message_id": string
          "rating": number
          "tenant_id"?: string
          "updated_at"?: string
          "user_id": string
        }
        Update: {
          "comment"?: string | null
          "created_at"?: string
          "id"?: string
          "message_id"?: string
          "rating"?: number
          "tenant_id"?: string
          "updated_at"?: string
          "user_id"?: string
        }
        Relationships: [
          {
            foreignKeyName: "feedback_message"
            columns: ["message_id","tenant_id"]
            isOneToOne: false
            referencedRelation: "messages"
            referencedColumns: ["id","tenant_id"]
          },
          {
            foreignKeyName: "feedback_user"
            columns: ["user_id","tenant_id"]
            isOneToOne: false
            referencedRelation: "users"
            referencedColumns: ["id","tenant_id"]
          }
        ]
      }
      "flux_email_attachments": {
        Row: {
          "content_disposition": string
          "content_id": string
          "content_type": string
          "filename": string
          "inbox_id": string
          "is_inline": boolean
          "nylas_attachment_id": string
          "nylas_message_id": string
          "position": number
          "size": number | null
        }
        Insert: {
          "content_disposition"?: string
          "content_id"?: string
          "content_type"?: string
          "filename"?: string
          "inbox_id": string
          "is_inline"?: boolean
          "nylas_attachment_id"?: string
          "nylas_message_id": string
          "position": number
          "size"?: number | null
        }
        Update: {
          "content_disposition"?: string
          "content_id"?: string
          "content_type"?: string
          "filename"?: string
          "inbox_id"?: string
          "is_inline"?: boolean
          "nylas_attachment_id"?: string
          "nylas_message_id"?: string
          "position"?: number
          "size"?: number | null
        }
        Relationships: [
          {
            foreignKeyName: "flux_email_attachments_nylas_message_id_inbox_id_fkey"
            columns: ["nylas_message_id","inbox_id"]
            isOneToOne: false
            referencedRelation: "flux_email_messages"
            referencedColumns: ["nylas_message_id","inbox_id"]
          }
        ]
      }
      "flux_email_folders": {
        Row: {
          "attributes": NonNullable<Json>
          "changed_in": unknown
          "deleted_at": string | null
          "inbox_id": string
          "name": string
          "nylas_folder_id": string
          "parent_id": string
          "system_folder": boolean
          "updated_at": string
        }
        Insert: {
          "attributes"?: NonNullable<Json>
          "changed_in"?: unknown
          "deleted_at"?: string | null
          "inbox_id": string
          "name"?: string
          "nylas_folder_id": string
          "parent_id"?: string
          "system_folder"?: boolean
          "updated_at"?: string
        }
        Update: {
          "attributes"?: NonNullable<Json>
          "changed_in"?: unknown
          "deleted_at"?: string | null
          "inbox_id"?: string
          "name"?: string
          "nylas_folder_id"?: string
          "parent_id"?: string
          "system_folder"?: boolean
          "updated_at"?: string
        }
        Relationships: [
          {
            foreignKeyName: "flux_email_folders_inbox_id_fkey"
            columns: ["inbox_id"]
            isOneToOne: false
            referencedRelation: "flux_inboxes"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "flux_email_folders_inbox_id_fkey"
            columns: ["inbox_id"]
            isOneToOne: false
            referencedRelation: "mail_completeness"
            referencedColumns: ["inbox_id"]
          }
        ]
      }
      "flux_email_messages": {
        Row: {
          "alive_lo": number | null
          "bcc_addresses": Json | null
          "body": string | null
          "cc_addresses": NonNullable<Json>
          "changed_in": unknown
          "core_hash": string | null
          "created_at": string
          "deleted_at": string | null
          "doubt_hi": number | null
          "extra_hash": string | null
          "folders": NonNullable<Json>
          "from_addresses": NonNullable<Json>
          "has_attachments": boolean | null
          "hi": number
          "id": string
          "inbox_id": string
          "lo": number
          "message_date": string | null
          "metadata": NonNullable<Json>
          "not_found": number
          "not_found_at": string | null
          "nylas_message_id": string
          "nylas_thread_id": string | null
          "origin": string
          "provisional": boolean
          "reader_notes": Json | null
          "refetch_at": string | null
          "refetch_claimed_at": string | null
          "reply_to_addresses": Json | null
          "rfc822_lo": number | null
          "rfc822_message_id": string | null
          "snippet": string
          "starred": boolean
          "subject": string
          "to_addresses": NonNullable<Json>
          "unread": boolean
          "updated_at": string
          "message_thread": {
          "changed_in": unknown
          "created_at": string
          "earliest_message_at": string | null
          "folders": NonNullable<Json>
          "has_attachments": boolean
          "id": string
          "inbox_id": string
          "latest_message_at": string | null
          "message_count": number
          "nylas_thread_id": string
          "participants": NonNullable<Json>
          "snippet": string
          "starred": boolean
          "subject": string
          "unread": boolean
          "updated_at": string
        } | null
        }
        Insert: {
          "alive_lo"?: number | null
          "bcc_addresses"?: Json | null
          "body"?: string | null
          "cc_addresses"?: NonNullable<Json>
          "changed_in"?: unknown
          "core_hash"?: string | null
          "created_at"?: string
          "deleted_at"?: string | null
          "doubt_hi"?: number | null
          "extra_hash"?: string | null
          "folders"?: NonNullable<Json>
          "from_addresses"?: NonNullable<Json>
          "has_attachments"?: boolean | null
          "hi": number
          "id"?: string
          "inbox_id": string
          "lo": number
          "message_date"?: string | null
          "metadata"?: NonNullable<Json>
          "not_found"?: number
          "not_found_at"?: string | null
          "nylas_message_id": string
          "nylas_thread_id"?: string | null
          "origin"?: string
          "provisional"?: boolean
          "reader_notes"?: Json | null
          "refetch_at"?: string | null
          "refetch_claimed_at"?: string | null
          "reply_to_addresses"?: Json | null
          "rfc822_lo"?: number | null
          "rfc822_message_id"?: string | null
          "snippet"?: string
          "starred"?: boolean
          "subject"?: string
          "to_addresses"?: NonNullable<Json>
          "unread"?: boolean
          "updated_at"?: string
        }
        Update: {
          "alive_lo"?: number | null
          "bcc_addresses"?: Json | null
          "body"?: string | null
          "cc_addresses"?: NonNullable<Json>
          "changed_in"?: unknown
          "core_hash"?: string | null
          "created_at"?: string
          "deleted_at"?: string | null
          "doubt_hi"?: number | null
          "extra_hash"?: string | null
          "folders"?: NonNullable<Json>
          "from_addresses"?: NonNullable<Json>
          "has_attachments"?: boolean | null
          "hi"?: number
          "id"?: string
          "inbox_id"?: string
          "lo"?: number
          "message_date"?: string | null
          "metadata"?: NonNullable<Json>
          "not_found"?: number
          "not_found_at"?: string | null
          "nylas_message_id"?: string
          "nylas_thread_id"?: string | null
          "origin"?: string
          "provisional"?: boolean
          "reader_notes"?: Json | null
          "refetch_at"?: string | null
          "refetch_claimed_at"?: string | null
          "reply_to_addresses"?: Json | null
          "rfc822_lo"?: number | null
          "rfc822_message_id"?: string | null
          "snippet"?: string
          "starred"?: boolean
          "subject"?: string
          "to_addresses"?: NonNullable<Json>
          "unread"?: boolean
          "updated_at"?: string
        }
        Relationships: [
          {
            foreignKeyName: "flux_email_messages_inbox_id_fkey"
            columns: ["inbox_id"]
            isOneToOne: false
            referencedRelation: "flux_inboxes"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "flux_email_messages_inbox_id_fkey"
            columns: ["inbox_id"]
            isOneToOne: false
            referencedRelation: "mail_completeness"
            referencedColumns: ["inbox_id"]
          }
        ]
      }
      "flux_email_rejects": {
        Row: {
          "first_seen_at": string
          "identity": string
          "inbox_id": string
          "kind": string
          "last_seen_at": string
          "provider_id": string
          "raw": string | null
          "reason": string
          "retry_at": string
          "times_seen": number
          "version": string
        }
        Insert: {
          "first_seen_at"?: string
          "identity": string
          "inbox_id": string
          "kind": string
          "last_seen_at"?: string
          "provider_id"?: string
          "raw"?: string | null
          "reason": string
          "retry_at"?: string
          "times_seen"?: number
          "version": string
        }
        Update: {
          "first_seen_at"?: string
          "identity"?: string
          "inbox_id"?: string
          "kind"?: string
          "last_seen_at"?: string
          "provider_id"?: string
          "raw"?: string | null
          "reason"?: string
          "retry_at"?: string
          "times_seen"?: number
          "version"?: string
        }
        Relationships: [
          {
            foreignKeyName: "flux_email_rejects_inbox_id_fkey"
            columns: ["inbox_id"]
            isOneToOne: false
            referencedRelation: "flux_inboxes"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "flux_email_rejects_inbox_id_fkey"
            columns: ["inbox_id"]
            isOneToOne: false
            referencedRelation: "mail_completeness"
            referencedColumns: ["inbox_id"]
          }
        ]
      }
      "flux_email_search": {
        Row: {
          "content": unknown
          "inbox_id": string
          "message_date": string | null
          "nylas_message_id": string
          "nylas_thread_id": string | null
        }
        Insert: {
          "content": unknown
          "inbox_id": string
          "message_date"?: string | null
          "nylas_message_id": string
          "nylas_thread_id"?: string | null
        }
        Update: {
          "content"?: unknown
          "inbox_id"?: string
          "message_date"?: string | null
          "nylas_message_id"?: string
          "nylas_thread_id"?: string | null
        }
        Relationships: [
          {
            foreignKeyName: "flux_email_search_nylas_message_id_inbox_id_fkey"
            columns: ["nylas_message_id","inbox_id"]
            isOneToOne: false
            referencedRelation: "flux_email_messages"
            referencedColumns: ["nylas_message_id","inbox_id"]
          }
        ]
      }
      "flux_email_threads": {
        Row: {
          "changed_in": unknown
          "created_at": string
          "earliest_message_at": string | null
          "folders": NonNullable<Json>
          "has_attachments": boolean
          "id": string
          "inbox_id": string
          "latest_message_at": string | null
          "message_count": number
          "nylas_thread_id": string
          "participants": NonNullable<Json>
          "snippet": string
          "starred": boolean
          "subject": string
          "unread": boolean
          "updated_at": string
          "thread_messages": {
          "alive_lo": number | null
          "bcc_addresses": Json | null
          "body": string | null
          "cc_addresses": NonNullable<Json>
          "changed_in": unknown
          "core_hash": string | null
          "created_at": string
          "deleted_at": string | null
          "doubt_hi": number | null
          "extra_hash": string | null
          "folders": NonNullable<Json>
          "from_addresses": NonNullable<Json>
          "has_attachments": boolean | null
          "hi": number
          "id": string
          "inbox_id": string
          "lo": number
          "message_date": string | null
          "metadata": NonNullable<Json>
          "not_found": number
          "not_found_at": string | null
          "nylas_message_id": string
          "nylas_thread_id": string | null
          "origin": string
          "provisional": boolean
          "reader_notes": Json | null
          "refetch_at": string | null
          "refetch_claimed_at": string | null
          "reply_to_addresses": Json | null
          "rfc822_lo": number | null
          "rfc822_message_id": string | null
          "snippet": string
          "starred": boolean
          "subject": string
          "to_addresses": NonNullable<Json>
          "unread": boolean
          "updated_at": string
        } | null
        }
        Insert: {
          "changed_in"?: unknown
          "created_at"?: string
          "earliest_message_at"?: string | null
          "folders"?: NonNullable<Json>
          "has_attachments"?: boolean
          "id"?: string
          "inbox_id": string
          "latest_message_at"?: string | null
          "message_count"?: number
          "nylas_thread_id": string
          "participants"?: NonNullable<Json>
          "snippet"?: string
          "starred"?: boolean
          "subject"?: string
          "unread"?: boolean
          "updated_at"?: string
        }
        Update: {
          "changed_in"?: unknown
          "created_at"?: string
          "earliest_message_at"?: string | null
          "folders"?: NonNullable<Json>
          "has_attachments"?: boolean
          "id"?: string
          "inbox_id"?: string
          "latest_message_at"?: string | null
          "message_count"?: number
          "nylas_thread_id"?: string
          "participants"?: NonNullable<Json>
          "snippet"?: string
          "starred"?: boolean
          "subject"?: string
          "unread"?: boolean
          "updated_at"?: string
        }
        Relationships: [
          {
            foreignKeyName: "flux_email_threads_inbox_id_fkey"
            columns: ["inbox_id"]
            isOneToOne: false
            referencedRelation: "flux_inboxes"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "flux_email_threads_inbox_id_fkey"
            columns: ["inbox_id"]
            isOneToOne: false
            referencedRelation: "mail_completeness"
            referencedColumns: ["inbox_id"]
          }
        ]
      }
      "flux_inbox_configurations": {
        Row: {
          "attempts": number
          "backfill_completed_at": string | null
          "backfill_end": string
          "backfill_progress": NonNullable<Json>
          "backfill_start": string
          "backfill_started_at": string | null
          "backfill_status": string
          "changed_in": unknown
          "created_at": string
          "discovery_done": boolean
          "discovery_token": number
          "error_message": string | null
          "gaps": NonNullable<Json>
          "id": string
          "inbox_id": string
          "updated_at": string
        }
        Insert: {
          "attempts"?: number
          "backfill_completed_at"?: string | null
          "backfill_end": string
          "backfill_progress"?: NonNullable<Json>
          "backfill_start": string
          "backfill_started_at"?: string | null
          "backfill_status"?: string
          "changed_in"?: unknown
          "created_at"?: string
          "discovery_done"?: boolean
          "discovery_token"?: number
          "error_message"?: string | null
          "gaps"?: NonNullable<Json>
          "id"?: string
          "inbox_id": string
          "updated_at"?: string
        }
        Update: {
          "attempts"?: number
          "backfill_completed_at"?: string | null
          "backfill_end"?: string
          "backfill_progress"?: NonNullable<Json>
          "backfill_start"?: string
          "backfill_started_at"?: string | null
          "backfill_status"?: string
          "changed_in"?: unknown
          "created_at"?: string
          "discovery_done"?: boolean
          "discovery_token"?: number
          "error_message"?: string | null
          "gaps"?: NonNullable<Json>
          "id"?: string
          "inbox_id"?: string
          "updated_at"?: string
        }
        Relationships: [
          {
            foreignKeyName: "flux_inbox_configurations_inbox_id_fkey"
            columns: ["inbox_id"]
            isOneToOne: false
            referencedRelation: "flux_inboxes"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "flux_inbox_configurations_inbox_id_fkey"
            columns: ["inbox_id"]
            isOneToOne: false
            referencedRelation: "mail_completeness"
            referencedColumns: ["inbox_id"]
          }
        ]
      }
      "flux_inboxes": {
        Row: {
          "created_at": string
          "email": string
          "folders_due_at": string
          "grant_id": string
          "id": string
          "last_swept_at": string | null
          "last_verified_at": string | null
          "provider": string
          "reject_bytes": number
          "status": string
          "status_changed_at": string
          "status_reason": string
          "sweep_began_at": string | null
          "sweep_claimed_until": string | null
          "sweep_cursor": string
          "sweep_from": string | null
          "sweep_token": number
          "swept_until": string | null
          "tenant_id": string | null
          "updated_at": string
          "user_id": string | null
        }
        Insert: {
          "created_at"?: string
          "email": string
          "folders_due_at"?: string
          "grant_id": string
          "id"?: string
          "last_swept_at"?: string | null
          "last_verified_at"?: string | null
          "provider"?: string
          "reject_bytes"?: number
          "status"?: string
          "status_changed_at"?: string
          "status_reason"?: string
          "sweep_began_at"?: string | null
          "sweep_claimed_until"?: string | null
          "sweep_cursor"?: string
          "sweep_from"?: string | null
          "sweep_token"?: number
          "swept_until"?: string | null
          "tenant_id"?: string | null
          "updated_at"?: string
          "user_id"?: string | null
        }
        Update: {
          "created_at"?: string
          "email"?: string
          "folders_due_at"?: string
          "grant_id"?: string
          "id"?: string
          "last_swept_at"?: string | null
          "last_verified_at"?: string | null
          "provider"?: string
          "reject_bytes"?: number
          "status"?: string
          "status_changed_at"?: string
          "status_reason"?: string
          "sweep_began_at"?: string | null
          "sweep_claimed_until"?: string | null
          "sweep_cursor"?: string
          "sweep_from"?: string | null
          "sweep_token"?: number
          "swept_until"?: string | null
          "tenant_id"?: string | null
          "updated_at"?: string
          "user_id"?: string | null
        }
        Relationships: []
      }
      "flux_webhook_notifications": {
        Row: {
          "deliveries": number
          "error_message": string | null
          "grant_id": string
          "handled_attempt": number | null
          "handled_by": number | null
          "id": string
          "notification_id": string
          "notification_type": string
          "payload": NonNullable<Json>
          "processed_at": string | null
          "processing_duration_ms": number | null
          "received_at": string
          "retries": number
          "status": string
        }
        Insert: {
          "deliveries"?: number
          "error_message"?: string | null
          "grant_id"?: string
          "handled_attempt"?: number | null
          "handled_by"?: number | null
          "id"?: string
          "notification_id": string
          "notification_type": string
          "payload": NonNullable<Json>
          "processed_at"?: string | null
          "processing_duration_ms"?: number | null
          "received_at"?: string
          "retries"?: number
          "status"?: string
        }
        Update: {
          "deliveries"?: number
          "error_message"?: string | null
          "grant_id"?: string
          "handled_attempt"?: number | null
          "handled_by"?: number | null
          "id"?: string
          "notification_id"?: string
          "notification_type"?: string
          "payload"?: NonNullable<Json>
          "processed_at"?: string | null
          "processing_duration_ms"?: number | null
          "received_at"?: string
          "retries"?: number
          "status"?: string
        }
        Relationships: []
      }
      "inbox_sync_stats": {
        Row: {
          "backfill_status": string
          "config_id": string
          "inbox_id": string
          "messages_synced": number
          "sync_completed_at": string | null
          "sync_started_at": string | null
          "threads_completed": number
          "threads_failed": number
          "threads_processing": number
          "threads_queued": number | null
          "updated_at": string
        }
        Insert: {
          "backfill_status": string
          "config_id": string
          "inbox_id": string
          "messages_synced"?: number
          "sync_completed_at"?: string | null
          "sync_started_at"?: string | null
          "threads_completed"?: number
          "threads_failed"?: number
          "threads_processing"?: number
          "threads_queued"?: number | null
          "updated_at"?: string
        }
        Update: {
          "backfill_status"?: string
          "config_id"?: string
          "inbox_id"?: string
          "messages_synced"?: number
          "sync_completed_at"?: string | null
          "sync_started_at"?: string | null
          "threads_completed"?: number
          "threads_failed"?: number
          "threads_processing"?: number
          "threads_queued"?: number | null
          "updated_at"?: string
        }
        Relationships: [
          {
            foreignKeyName: "inbox_sync_stats_config_id_fkey"
            columns: ["config_id"]
            isOneToOne: true
            referencedRelation: "flux_inbox_configurations"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "inbox_sync_stats_config_id_fkey"
            columns: ["config_id"]
            isOneToOne: true
            referencedRelation: "support_inbox_configurations"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "inbox_sync_stats_inbox_id_fkey"
            columns: ["inbox_id"]
            isOneToOne: false
            referencedRelation: "flux_inboxes"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "inbox_sync_stats_inbox_id_fkey"
            columns: ["inbox_id"]
            isOneToOne: false
            referencedRelation: "mail_completeness"
            referencedColumns: ["inbox_id"]
          }
        ]
      }
      "integration_alert_history": {
        Row: {
          "alert_type": string
          "attempts": number
          "channel": string
          "created_at": string
          "delivery_status": string
          "error_message": string | null
          "id": string
          "integration_id": string
          "message": string
          "outage_key": string
          "recipient": string
          "sent_at": string | null
          "sync_config_id": string | null
          "sync_history_id": string | null
        }
        Insert: {
          "alert_type": string
          "attempts"?: number
          "channel": string
          "created_at"?: string
          "delivery_status"?: string
          "error_message"?: string | null
          "id"?: string
          "integration_id": string
          "message": string
          "outage_key": string
          "recipient": string
          "sent_at"?: string | null
          "sync_config_id"?: string | null
          "sync_history_id"?: string | null
        }
        Update: {
          "alert_type"?: string
          "attempts"?: number
          "channel"?: string
          "created_at"?: string
          "delivery_status"?: string
          "error_message"?: string | null
          "id"?: string
          "integration_id"?: string
          "message"?: string
          "outage_key"?: string
          "recipient"?: string
          "sent_at"?: string | null
          "sync_config_id"?: string | null
          "sync_history_id"?: string | null
        }
        Relationships: [
          {
            foreignKeyName: "integration_alert_history_integration_id_fkey"
            columns: ["integration_id"]
            isOneToOne: false
            referencedRelation: "integration_configs"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "integration_alert_history_sync_config_id_fkey"
            columns: ["sync_config_id"]
            isOneToOne: false
            referencedRelation: "integration_sync_configs"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "integration_alert_history_sync_history_id_fkey"
            columns: ["sync_history_id"]
            isOneToOne: false
            referencedRelation: "integration_sync_history"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "integration_alert_history_sync_history_id_fkey"
            columns: ["sync_history_id"]
            isOneToOne: false
            referencedRelation: "pending_sync_retries"
            referencedColumns: ["id"]
          }
        ]
      }
      "integration_configs": {
        Row: {
          "alert_emails": (string)[]
          "alert_on_failure": boolean
          "alert_on_success": boolean
          "alert_webhook_url": string | null
          "created_at": string
          "id": string
          "is_active": boolean
          "name": string
          "provider": string
          "secret_name": string | null
          "settings": NonNullable<Json>
          "updated_at": string
        }
        Insert: {
          "alert_emails"?: (string)[]
          "alert_on_failure"?: boolean
          "alert_on_success"?: boolean
          "alert_webhook_url"?: string | null
          "created_at"?: string
          "id"?: string
          "is_active"?: boolean
          "name": string
          "provider": string
          "secret_name"?: string | null
          "settings"?: NonNullable<Json>
          "updated_at"?: string
        }
        Update: {
          "alert_emails"?: (string)[]
          "alert_on_failure"?: boolean
          "alert_on_success"?: boolean
          "alert_webhook_url"?: string | null
          "created_at"?: string
          "id"?: string
          "is_active"?: boolean
          "name"?: string
          "provider"?: string
          "secret_name"?: string | null
          "settings"?: NonNullable<Json>
          "updated_at"?: string
        }
        Relationships: []
      }
      "integration_records": {
        Row: {
          "changed_at": string
          "changed_in": unknown
          "deleted_at": string | null
          "hash": string
          "key": string
          "record": NonNullable<Json>
          "sync_config_id": string
        }
        Insert: {
          "changed_at"?: string
          "changed_in"?: unknown
          "deleted_at"?: string | null
          "hash": string
          "key": string
          "record": NonNullable<Json>
          "sync_config_id": string
        }
        Update: {
          "changed_at"?: string
          "changed_in"?: unknown
          "deleted_at"?: string | null
          "hash"?: string
          "key"?: string
          "record"?: NonNullable<Json>
          "sync_config_id"?: string
        }
        Relationships: []
      }
      "integration_rejected_records": {
        Row: {
          "key": string
          "reason": string
          "record": string
          "rejected_at": string
          "sync_config_id": string
          "sync_history_id": string | null
        }
        Insert: {
          "key": string
          "reason": string
          "record": string
          "rejected_at"?: string
          "sync_config_id": string
          "sync_history_id"?: string | null
        }
        Update: {
          "key"?: string
          "reason"?: string
          "record"?: string
          "rejected_at"?: string
          "sync_config_id"?: string
          "sync_history_id"?: string | null
        }
        Relationships: [
          {
            foreignKeyName: "integration_rejected_records_sync_config_id_fkey"
            columns: ["sync_config_id"]
            isOneToOne: false
            referencedRelation: "integration_sync_configs"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "integration_rejected_records_sync_history_id_fkey"
            columns: ["sync_history_id"]
            isOneToOne: false
            referencedRelation: "integration_sync_history"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "integration_rejected_records_sync_history_id_fkey"
            columns: ["sync_history_id"]
            isOneToOne: false
            referencedRelation: "pending_sync_retries"
            referencedColumns: ["id"]
          }
        ]
      }
      "integration_sync_configs": {
        Row: {
          "consecutive_failures": number
          "created_at": string
          "cron": string | null
          "disabled_reason": string | null
          "every": string | null
          "id": string
          "incremental_key": string | null
          "integration_id": string
          "is_active": boolean
          "last_sync_timestamp": string | null
          "max_retries": number
          "next_run_at": string | null
          "outage_started_at": string | null
          "retry_base": string
          "retry_max": string
          "schedule_name": string | null
          "settings": NonNullable<Json>
          "state": NonNullable<Json>
          "stream": string
          "sync_mode": string
          "timezone": string
          "updated_at": string
          "watermark_type": string
          "watermark_value": string | null
        }
        Insert: {
          "consecutive_failures"?: number
          "created_at"?: string
          "cron"?: string | null
          "disabled_reason"?: string | null
          "every"?: string | null
          "id"?: string
          "incremental_key"?: string | null
          "integration_id": string
          "is_active"?: boolean
          "last_sync_timestamp"?: string | null
          "max_retries"?: number
          "next_run_at"?: string | null
          "outage_started_at"?: string | null
          "retry_base"?: string
          "retry_max"?: string
          "schedule_name"?: string | null
          "settings"?: NonNullable<Json>
          "state"?: NonNullable<Json>
          "stream": string
          "sync_mode"?: string
          "timezone"?: string
          "updated_at"?: string
          "watermark_type"?: string
          "watermark_value"?: string | null
        }
        Update: {
          "consecutive_failures"?: number
          "created_at"?: string
          "cron"?: string | null
          "disabled_reason"?: string | null
          "every"?: string | null
          "id"?: string
          "incremental_key"?: string | null
          "integration_id"?: string
          "is_active"?: boolean
          "last_sync_timestamp"?: string | null
          "max_retries"?: number
          "next_run_at"?: string | null
          "outage_started_at"?: string | null
          "retry_base"?: string
          "retry_max"?: string
          "schedule_name"?: string | null
          "settings"?: NonNullable<Json>
          "state"?: NonNullable<Json>
          "stream"?: string
          "sync_mode"?: string
          "timezone"?: string
          "updated_at"?: string
          "watermark_type"?: string
          "watermark_value"?: string | null
        }
        Relationships: [
          {
            foreignKeyName: "integration_sync_configs_integration_id_fkey"
            columns: ["integration_id"]
            isOneToOne: false
            referencedRelation: "integration_configs"
            referencedColumns: ["id"]
          }
        ]
      }
      "integration_sync_history": {
        Row: {
          "bytes": number
          "cancel_requested_at": string | null
          "checkpoint": NonNullable<Json>
          "claim_token": number | null
          "claimed_by": string | null
          "created_at": string
          "error_class": string | null
          "error_message": string | null
          "finished_at": string | null
          "id": string
          "is_retry": boolean
          "lease_until": string | null
          "max_retries": number
          "original_sync_id": string | null
          "pages": number
          "records_deleted": number
          "records_failed": number
          "records_inserted": number
          "records_read": number
          "records_skipped": number
          "records_total": number | null
          "records_updated": number
          "records_written": number
          "retry_at": string | null
          "retry_count": number
          "started_at": string | null
          "status": string
          "sync_config_id": string
          "sync_mode": string | null
          "triggered_by": string
        }
        Insert: {
          "bytes"?: number
          "cancel_requested_at"?: string | null
          "checkpoint"?: NonNullable<Json>
          "claim_token"?: number | null
          "claimed_by"?: string | null
          "created_at"?: string
          "error_class"?: string | null
          "error_message"?: string | null
          "finished_at"?: string | null
          "id"?: string
          "is_retry"?: boolean
          "lease_until"?: string | null
          "max_retries"?: number
          "original_sync_id"?: string | null
          "pages"?: number
          "records_deleted"?: number
          "records_failed"?: number
          "records_inserted"?: number
          "records_read"?: number
          "records_skipped"?: number
          "records_total"?: number | null
          "records_updated"?: number
          "records_written"?: number
          "retry_at"?: string | null
          "retry_count"?: number
          "started_at"?: string | null
          "status"?: string
          "sync_config_id": string
          "sync_mode"?: string | null
          "triggered_by"?: string
        }
        Update: {
          "bytes"?: number
          "cancel_requested_at"?: string | null
          "checkpoint"?: NonNullable<Json>
          "claim_token"?: number | null
          "claimed_by"?: string | null
          "created_at"?: string
          "error_class"?: string | null
          "error_message"?: string | null
          "finished_at"?: string | null
          "id"?: string
          "is_retry"?: boolean
          "lease_until"?: string | null
          "max_retries"?: number
          "original_sync_id"?: string | null
          "pages"?: number
          "records_deleted"?: number
          "records_failed"?: number
          "records_inserted"?: number
          "records_read"?: number
          "records_skipped"?: number
          "records_total"?: number | null
          "records_updated"?: number
          "records_written"?: number
          "retry_at"?: string | null
          "retry_count"?: number
          "started_at"?: string | null
          "status"?: string
          "sync_config_id"?: string
          "sync_mode"?: string | null
          "triggered_by"?: string
        }
        Relationships: [
          {
            foreignKeyName: "integration_sync_history_original"
            columns: ["original_sync_id"]
            isOneToOne: false
            referencedRelation: "integration_sync_history"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "integration_sync_history_original"
            columns: ["original_sync_id"]
            isOneToOne: false
            referencedRelation: "pending_sync_retries"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "integration_sync_history_sync_config_id_fkey"
            columns: ["sync_config_id"]
            isOneToOne: false
            referencedRelation: "integration_sync_configs"
            referencedColumns: ["id"]
          }
        ]
      }
      "messages": {
        Row: {
          "content": string
          "conversation_id": string
          "created_at": string
          "id": string
          "metadata": NonNullable<Json>
          "model": string | null
          "role": string
          "tenant_id": string
          "tokens": number | null
        }
        Insert: {
          "content": string
          "conversation_id": string
          "created_at"?: string
          "id"?: string
          "metadata"?: NonNullable<Json>
          "model"?: string | null
          "role": string
          "tenant_id"?: string
          "tokens"?: number | null
        }
        Update: {
          "content"?: string
          "conversation_id"?: string
          "created_at"?: string
          "id"?: string
          "metadata"?: NonNullable<Json>
          "model"?: string | null
          "role"?: string
          "tenant_id"?: string
          "tokens"?: number | null
        }
        Relationships: [
          {
            foreignKeyName: "messages_conversation"
            columns: ["conversation_id","tenant_id"]
            isOneToOne: false
            referencedRelation: "conversations"
            referencedColumns: ["id","tenant_id"]
          }
        ]
      }
      "messenger_failed_messages": {
        Row: {
          "attempts": number
          "available_at": string
          "batch_id": string | null
          "body": NonNullable<Json>
          "deliveries": number
          "error_class": string
          "error_message": string
          "errors": NonNullable<Json>
          "failed_at": string
          "fingerprint": string
          "headers": NonNullable<Json>
          "id": string
          "idempotency_key": string | null
          "max_attempts": number | null
          "message_id": number
          "priority": number
          "queue": string
          "retried_as": number | null
          "retried_at": string | null
          "retried_by": string | null
          "sent_at": string
          "tenant_id": string | null
          "transport": string
          "type": string
          "worker": string | null
        }
        Insert: {
          "attempts": number
          "available_at": string
          "batch_id"?: string | null
          "body": NonNullable<Json>
          "deliveries": number
          "error_class": string
          "error_message": string
          "errors"?: NonNullable<Json>
          "failed_at"?: string
          "fingerprint": string
          "headers": NonNullable<Json>
          "id"?: string
          "idempotency_key"?: string | null
          "max_attempts"?: number | null
          "message_id": number
          "priority": number
          "queue": string
          "retried_as"?: number | null
          "retried_at"?: string | null
          "retried_by"?: string | null
          "sent_at": string
          "tenant_id"?: string | null
          "transport": string
          "type": string
          "worker"?: string | null
        }
        Update: {
          "attempts"?: number
          "available_at"?: string
          "batch_id"?: string | null
          "body"?: NonNullable<Json>
          "deliveries"?: number
          "error_class"?: string
          "error_message"?: string
          "errors"?: NonNullable<Json>
          "failed_at"?: string
          "fingerprint"?: string
          "headers"?: NonNullable<Json>
          "id"?: string
          "idempotency_key"?: string | null
          "max_attempts"?: number | null
          "message_id"?: number
          "priority"?: number
          "queue"?: string
          "retried_as"?: number | null
          "retried_at"?: string | null
          "retried_by"?: string | null
          "sent_at"?: string
          "tenant_id"?: string | null
          "transport"?: string
          "type"?: string
          "worker"?: string | null
        }
        Relationships: []
      }
      "messenger_messages": {
        Row: {
          "attempts": number
          "available_at": string
          "batch_id": string | null
          "body": NonNullable<Json>
          "counted": boolean
          "crashes": number
          "created_at": string
          "deliveries": number
          "errors": Json | null
          "expires_at": string | null
          "headers": NonNullable<Json>
          "id": number
          "idempotency_key": string | null
          "key_expires_at": string | null
          "last_error": string | null
          "locked_by": string | null
          "locked_until": string | null
          "max_attempts": number | null
          "priority": number
          "queue": string
          "retry_of": string | null
          "status": string
          "tenant_id": string | null
          "token": number
          "transport": string
          "type": string
          "updated_at": string
        }
        Insert: {
          "attempts"?: number
          "available_at"?: string
          "batch_id"?: string | null
          "body"?: NonNullable<Json>
          "counted"?: boolean
          "crashes"?: number
          "created_at"?: string
          "deliveries"?: number
          "errors"?: Json | null
          "expires_at"?: string | null
          "headers"?: NonNullable<Json>
          "id"?: number
          "idempotency_key"?: string | null
          "key_expires_at"?: string | null
          "last_error"?: string | null
          "locked_by"?: string | null
          "locked_until"?: string | null
          "max_attempts"?: number | null
          "priority"?: number
          "queue"?: string
          "retry_of"?: string | null
          "status"?: string
          "tenant_id"?: string | null
          "token"?: number
          "transport"?: string
          "type": string
          "updated_at"?: string
        }
        Update: {
          "attempts"?: number
          "available_at"?: string
          "batch_id"?: string | null
          "body"?: NonNullable<Json>
          "counted"?: boolean
          "crashes"?: number
          "created_at"?: string
          "deliveries"?: number
          "errors"?: Json | null
          "expires_at"?: string | null
          "headers"?: NonNullable<Json>
          "id"?: number
          "idempotency_key"?: string | null
          "key_expires_at"?: string | null
          "last_error"?: string | null
          "locked_by"?: string | null
          "locked_until"?: string | null
          "max_attempts"?: number | null
          "priority"?: number
          "queue"?: string
          "retry_of"?: string | null
          "status"?: string
          "tenant_id"?: string | null
          "token"?: number
          "transport"?: string
          "type"?: string
          "updated_at"?: string
        }
        Relationships: []
      }
      "messenger_schedules": {
        Row: {
          "body": NonNullable<Json>
          "buffered_slot": string | null
          "catchup_window": string
          "created_at": string
          "cron": string | null
          "enabled": boolean
          "ends_at": string | null
          "every": string | null
          "headers": NonNullable<Json>
          "id": string
          "jitter": string
          "kind": string
          "last_error": string | null
          "last_message_id": number | null
          "last_run_at": string | null
          "last_slot": string | null
          "max_runs": number | null
          "missed": string
          "missed_runs": number
          "name": string
          "next_run_at": string | null
          "overlap": string
          "priority": number
          "queue": string
          "run_at": string | null
          "runs": number
          "skipped_runs": number
          "starts_at": string | null
          "tenant_id": string | null
          "timezone": string
          "transport": string
          "type": string
          "updated_at": string
        }
        Insert: {
          "body"?: NonNullable<Json>
          "buffered_slot"?: string | null
          "catchup_window"?: string
          "created_at"?: string
          "cron"?: string | null
          "enabled"?: boolean
          "ends_at"?: string | null
          "every"?: string | null
          "headers"?: NonNullable<Json>
          "id"?: string
          "jitter"?: string
          "kind": string
          "last_error"?: string | null
          "last_message_id"?: number | null
          "last_run_at"?: string | null
          "last_slot"?: string | null
          "max_runs"?: number | null
          "missed"?: string
          "missed_runs"?: number
          "name": string
          "next_run_at"?: string | null
          "overlap"?: string
          "priority"?: number
          "queue"?: string
          "run_at"?: string | null
          "runs"?: number
          "skipped_runs"?: number
          "starts_at"?: string | null
          "tenant_id"?: string | null
          "timezone"?: string
          "transport"?: string
          "type": string
          "updated_at"?: string
        }
        Update: {
          "body"?: NonNullable<Json>
          "buffered_slot"?: string | null
          "catchup_window"?: string
          "created_at"?: string
          "cron"?: string | null
          "enabled"?: boolean
          "ends_at"?: string | null
          "every"?: string | null
          "headers"?: NonNullable<Json>
          "id"?: string
          "jitter"?: string
          "kind"?: string
          "last_error"?: string | null
          "last_message_id"?: number | null
          "last_run_at"?: string | null
          "last_slot"?: string | null
          "max_runs"?: number | null
          "missed"?: string
          "missed_runs"?: number
          "name"?: string
          "next_run_at"?: string | null
          "overlap"?: string
          "priority"?: number
          "queue"?: string
          "run_at"?: string | null
          "runs"?: number
          "skipped_runs"?: number
          "starts_at"?: string | null
          "tenant_id"?: string | null
          "timezone"?: string
          "transport"?: string
          "type"?: string
          "updated_at"?: string
        }
        Relationships: []
      }
      "messenger_transports": {
        Row: {
          "config": NonNullable<Json>
          "created_at": string
          "enabled": boolean
          "failed_kept": string
          "id": string
          "max_attempts": number
          "max_running": number | null
          "name": string
          "paused": boolean
          "queue_limits": NonNullable<Json>
          "retry_by_type": NonNullable<Json>
          "retry_delay": string
          "retry_delay_max": string
          "retry_jitter": number
          "retry_multiplier": number
          "type": string
          "updated_at": string
        }
        Insert: {
          "config"?: NonNullable<Json>
          "created_at"?: string
          "enabled"?: boolean
          "failed_kept"?: string
          "id"?: string
          "max_attempts"?: number
          "max_running"?: number | null
          "name": string
          "paused"?: boolean
          "queue_limits"?: NonNullable<Json>
          "retry_by_type"?: NonNullable<Json>
          "retry_delay"?: string
          "retry_delay_max"?: string
          "retry_jitter"?: number
          "retry_multiplier"?: number
          "type": string
          "updated_at"?: string
        }
        Update: {
          "config"?: NonNullable<Json>
          "created_at"?: string
          "enabled"?: boolean
          "failed_kept"?: string
          "id"?: string
          "max_attempts"?: number
          "max_running"?: number | null
          "name"?: string
          "paused"?: boolean
          "queue_limits"?: NonNullable<Json>
          "retry_by_type"?: NonNullable<Json>
          "retry_delay"?: string
          "retry_delay_max"?: string
          "retry_jitter"?: number
          "retry_multiplier"?: number
          "type"?: string
          "updated_at"?: string
        }
        Relationships: []
      }
      "queued_threads": {
        Row: {
          "attempts": number
          "claim_epoch": number | null
          "claim_node": string | null
          "claim_token": number | null
          "claimed_at": string | null
          "config_id": string
          "created_at": string
          "error_message": string | null
          "latest_message_at": string | null
          "messages_synced": number
          "named": (string)[] | null
          "next_attempt_at": string
          "processed_at": string | null
          "revisits": number
          "status": string
          "thread_id": string
        }
        Insert: {
          "attempts"?: number
          "claim_epoch"?: number | null
          "claim_node"?: string | null
          "claim_token"?: number | null
          "claimed_at"?: string | null
          "config_id": string
          "created_at"?: string
          "error_message"?: string | null
          "latest_message_at"?: string | null
          "messages_synced"?: number
          "named"?: (string)[] | null
          "next_attempt_at"?: string
          "processed_at"?: string | null
          "revisits"?: number
          "status"?: string
          "thread_id": string
        }
        Update: {
          "attempts"?: number
          "claim_epoch"?: number | null
          "claim_node"?: string | null
          "claim_token"?: number | null
          "claimed_at"?: string | null
          "config_id"?: string
          "created_at"?: string
          "error_message"?: string | null
          "latest_message_at"?: string | null
          "messages_synced"?: number
          "named"?: (string)[] | null
          "next_attempt_at"?: string
          "processed_at"?: string | null
          "revisits"?: number
          "status"?: string
          "thread_id"?: string
        }
        Relationships: [
          {
            foreignKeyName: "queued_threads_config_id_fkey"
            columns: ["config_id"]
            isOneToOne: false
            referencedRelation: "flux_inbox_configurations"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "queued_threads_config_id_fkey"
            columns: ["config_id"]
            isOneToOne: false
            referencedRelation: "support_inbox_configurations"
            referencedColumns: ["id"]
          }
        ]
      }
      "sync_transitions": {
        Row: {
          "from_status": string
          "id": number
          "machine": string
          "moved_at": string
          "moved_by": string
          "subject_id": string
          "to_status": string
          "why": string
        }
        Insert: {
          "from_status": string
          "id"?: never
          "machine": string
          "moved_at"?: string
          "moved_by": string
          "subject_id": string
          "to_status": string
          "why"?: string
        }
        Update: {
          "from_status"?: string
          "id"?: never
          "machine"?: string
          "moved_at"?: string
          "moved_by"?: string
          "subject_id"?: string
          "to_status"?: string
          "why"?: string
        }
        Relationships: []
      }
      "tenants": {
        Row: {
          "created_at": string
          "id": string
          "name": string
          "slug": string
          "updated_at": string
        }
        Insert: {
          "created_at"?: string
          "id"?: string
          "name": string
          "slug": string
          "updated_at"?: string
        }
        Update: {
          "created_at"?: string
          "id"?: string
          "name"?: string
          "slug"?: string
          "updated_at"?: string
        }
        Relationships: []
      }
      "usage_metrics": {
        Row: {
          "created_at": string
          "date": string
          "estimated_cost": number
          "id": string
          "tenant_id": string
          "total_messages": number
          "total_tokens": number
          "updated_at": string
          "user_id": string
        }
        Insert: {
          "created_at"?: string
          "date"?: string
          "estimated_cost"?: number
          "id"?: string
          "tenant_id": string
          "total_messages"?: number
          "total_tokens"?: number
          "updated_at"?: string
          "user_id": string
        }
        Update: {
          "created_at"?: string
          "date"?: string
          "estimated_cost"?: number
          "id"?: string
          "tenant_id"?: string
          "total_messages"?: number
          "total_tokens"?: number
          "updated_at"?: string
          "user_id"?: string
        }
        Relationships: [
          {
            foreignKeyName: "usage_metrics_user"
            columns: ["user_id","tenant_id"]
            isOneToOne: false
            referencedRelation: "users"
            referencedColumns: ["id","tenant_id"]
          }
        ]
      }
      "users": {
        Row: {
          "created_at": string
          "email": string
          "id": string
          "name": string
          "role": string
          "tenant_id": string
          "updated_at": string
        }
        Insert: {
          "created_at"?: string
          "email": string
          "id"?: string
          "name"?: string
          "role"?: string
          "tenant_id": string
          "updated_at"?: string
        }
        Update: {
          "created_at"?: string
          "email"?: string
          "id"?: string
          "name"?: string
          "role"?: string
          "tenant_id"?: string
          "updated_at"?: string
        }
        Relationships: [
          {
            foreignKeyName: "users_tenant_id_fkey"
            columns: ["tenant_id"]
            isOneToOne: false
            referencedRelation: "tenants"
            referencedColumns: ["id"]
          }
        ]
      }
    }
    Views: {
      "current_day_usage": {
        Row: {
          "date": string | null
          "estimated_cost": number | null
          "tenant_id": string | null
          "total_messages": number | null
          "total_tokens": number | null
          "updated_at": string | null
          "user_id": string | null
        }
        Insert: {
          "date"?: string | null
          "estimated_cost"?: number | null
          "tenant_id"?: string | null
          "total_messages"?: number | null
          "total_tokens"?: number | null
          "updated_at"?: string | null
          "user_id"?: string | null
        }
        Update: {
          "date"?: string | null
          "estimated_cost"?: number | null
          "tenant_id"?: string | null
          "total_messages"?: number | null
          "total_tokens"?: number | null
          "updated_at"?: string | null
          "user_id"?: string | null
        }
        Relationships: [
          {
            foreignKeyName: "usage_metrics_user"
            columns: ["user_id","tenant_id"]
            isOneToOne: false
            referencedRelation: "users"
            referencedColumns: ["id","tenant_id"]
          }
        ]
      }
      "mail_completeness": {
        Row: {
          "days_broken": number | null
          "days_stale": number | null
          "days_unprovable": number | null
          "days_verified": number | null
          "email": string | null
          "first_unverified": string | null
          "inbox_id": string | null
          "messages_listed": number | null
          "messages_stored": number | null
          "verified_since": string | null
        }
        Relationships: []
      }
      "message_feedback_summary": {
        Row: {
          "avg_rating": number | null
          "conversation_id": string | null
          "last_feedback_at": string | null
          "message_id": string | null
          "negative_count": number | null
          "positive_count": number | null
          "tenant_id": string | null
          "total_feedback": number | null
        }
        Relationships: []
      }
      "messenger_failed_summary": {
        Row: {
          "error_class": string | null
          "failed_count": number | null
          "fingerprint": string | null
          "first_failed_at": string | null
          "last_error": string | null
          "last_failed_at": string | null
          "retried_count": number | null
          "transport": string | null
          "type": string | null
        }
        Relationships: []
      }
      "messenger_queue_depth": {
        Row: {
          "message_count": number | null
          "oldest_available_at": string | null
          "status": string | null
          "transport": string | null
        }
        Relationships: []
      }
      "messenger_schedules_summary": {
        Row: {
          "enabled": boolean | null
          "id": string | null
          "kind": string | null
          "last_run_at": string | null
          "missed_runs": number | null
          "name": string | null
          "next_run_at": string | null
          "queue": string | null
          "runs": number | null
          "schedule": string | null
          "skipped_runs": number | null
          "timezone": string | null
          "transport": string | null
          "type": string | null
        }
        Insert: {
          "enabled"?: boolean | null
          "id"?: string | null
          "kind"?: string | null
          "last_run_at"?: string | null
          "missed_runs"?: number | null
          "name"?: string | null
          "next_run_at"?: string | null
          "queue"?: string | null
          "runs"?: number | null
          "schedule"?: never
          "skipped_runs"?: number | null
          "timezone"?: string | null
          "transport"?: string | null
          "type"?: string | null
        }
        Update: {
          "enabled"?: boolean | null
          "id"?: string | null
          "kind"?: string | null
          "last_run_at"?: string | null
          "missed_runs"?: number | null
          "name"?: string | null
          "next_run_at"?: string | null
          "queue"?: string | null
          "runs"?: number | null
          "schedule"?: never
          "skipped_runs"?: number | null
          "timezone"?: string | null
          "transport"?: string | null
          "type"?: string | null
        }
        Relationships: []
      }
      "monthly_usage_summary": {
        Row: {
          "active_users": number | null
          "estimated_cost": number | null
          "month": string | null
          "tenant_id": string | null
          "total_messages": number | null
          "total_tokens": number | null
        }
        Relationships: []
      }
      "pending_sync_retries": {
        Row: {
          "id": string | null
          "incremental_key": string | null
          "integration_id": string | null
          "integration_name": string | null
          "max_retries": number | null
          "original_sync_id": string | null
          "retry_at": string | null
          "retry_count": number | null
          "stream": string | null
          "sync_config_id": string | null
          "sync_mode": string | null
          "watermark_value": string | null
        }
        Relationships: [
          {
            foreignKeyName: "integration_sync_configs_integration_id_fkey"
            columns: ["integration_id"]
            isOneToOne: false
            referencedRelation: "integration_configs"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "integration_sync_history_original"
            columns: ["original_sync_id"]
            isOneToOne: false
            referencedRelation: "integration_sync_history"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "integration_sync_history_original"
            columns: ["original_sync_id"]
            isOneToOne: false
            referencedRelation: "pending_sync_retries"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "integration_sync_history_sync_config_id_fkey"
            columns: ["sync_config_id"]
            isOneToOne: false
            referencedRelation: "integration_sync_configs"
            referencedColumns: ["id"]
          }
        ]
      }
      "support_inbox_configurations": {
        Row: {
          "backfill_completed_at": string | null
          "backfill_progress": Json | null
          "backfill_started_at": string | null
          "backfill_status": string | null
          "created_at": string | null
          "id": string | null
          "inbox_id": string | null
          "updated_at": string | null
        }
        Relationships: [
          {
            foreignKeyName: "flux_inbox_configurations_inbox_id_fkey"
            columns: ["inbox_id"]
            isOneToOne: false
            referencedRelation: "flux_inboxes"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "flux_inbox_configurations_inbox_id_fkey"
            columns: ["inbox_id"]
            isOneToOne: false
            referencedRelation: "mail_completeness"
            referencedColumns: ["inbox_id"]
          }
        ]
      }
      "sync_progress": {
        Row: {
          "backfill_status": string | null
          "binds": string | null
          "config_id": string | null
          "email": string | null
          "eta": string | null
          "eta_high": string | null
          "eta_low": string | null
          "gaps": Json | null
          "inbox_id": string | null
          "messages_expected": number | null
          "messages_synced": number | null
          "percent_complete": number | null
          "sync_completed_at": string | null
          "sync_started_at": string | null
          "threads_completed": number | null
          "threads_failed": number | null
          "threads_pending": number | null
          "threads_processing": number | null
          "threads_queued": number | null
          "usable": boolean | null
          "usable_at": string | null
          "windows": number | null
          "windows_listed": number | null
        }
        Relationships: [
          {
            foreignKeyName: "inbox_sync_stats_config_id_fkey"
            columns: ["config_id"]
            isOneToOne: true
            referencedRelation: "flux_inbox_configurations"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "inbox_sync_stats_config_id_fkey"
            columns: ["config_id"]
            isOneToOne: true
            referencedRelation: "support_inbox_configurations"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "inbox_sync_stats_inbox_id_fkey"
            columns: ["inbox_id"]
            isOneToOne: false
            referencedRelation: "flux_inboxes"
            referencedColumns: ["id"]
          },
          {
            foreignKeyName: "inbox_sync_stats_inbox_id_fkey"
            columns: ["inbox_id"]
            isOneToOne: false
            referencedRelation: "mail_completeness"
            referencedColumns: ["inbox_id"]
          }
        ]
      }
    }
    Functions: {
      "acknowledge_thread_job": {
        Args: { "p_config_id": string; "p_error_message"?: string; "p_messages_synced"?: number; "p_msg_id": number; "p_success"?: boolean; "p_thread_id": string }
        Returns: boolean
      }
      "acknowledge_webhook_notification": {
        Args: { "p_error_message"?: string; "p_msg_id"?: number; "p_notification_id": string; "p_processing_duration_ms"?: number; "p_status"?: string }
        Returns: boolean
      }
      "calculate_next_retry": {
        Args: { "p_base_delay"?: string; "p_from"?: string; "p_jitter"?: number; "p_max_delay"?: string; "p_retry_count": number; "p_seed"?: string }
        Returns: string
      }
      "flux_pgmq_delete": {
        Args: { "message_id": number; "queue_name": string }
        Returns: boolean
      }
      "flux_pgmq_list_queues": {
        Args: Record<PropertyKey, never>
        Returns: { "created_at": string; "is_partitioned": boolean; "is_unlogged": boolean; "queue_name": string }[]
      }
      "flux_pgmq_metrics": {
        Args: { "queue_name": string }
        Returns: { "newest_msg_age_sec": number; "oldest_msg_age_sec": number; "queue_length": number; "queue_name": string; "queue_visible_length": number; "scrape_time": string; "total_messages": number }[]
      }
      "flux_pgmq_read": {
        Args: { "qty"?: number; "queue_name": string; "visibility_timeout"?: number }
        Returns: { "enqueued_at": string; "message": Json; "msg_id": number; "read_ct": number; "vt": string }[]
      }
      "flux_pgmq_send": {
        Args: { "delay_seconds"?: number; "message": Json; "queue_name": string }
        Returns: number
      }
      "get_sync_progress": {
        Args: { "config_id": string }
        Returns: {
          "backfill_status": string | null
          "binds": string | null
          "config_id": string | null
          "email": string | null
          "eta": string | null
          "eta_high": string | null
          "eta_low": string | null
          "gaps": Json | null
          "inbox_id": string | null
          "messages_expected": number | null
          "messages_synced": number | null
          "percent_complete": number | null
          "sync_completed_at": string | null
          "sync_started_at": string | null
          "threads_completed": number | null
          "threads_failed": number | null
          "threads_pending": number | null
          "threads_processing": number | null
          "threads_queued": number | null
          "usable": boolean | null
          "usable_at": string | null
          "windows": number | null
          "windows_listed": number | null
        }[]
        SetofOptions: { from: "*"; to: "sync_progress"; isOneToOne: false; isSetofReturn: true }
      } | {
        Args: { "p_config_id": string }
        Returns: {
          "backfill_status": string | null
          "binds": string | null
          "config_id": string | null
          "email": string | null
          "eta": string | null
          "eta_high": string | null
          "eta_low": string | null
          "gaps": Json | null
          "inbox_id": string | null
          "messages_expected": number | null
          "messages_synced": number | null
          "percent_complete": number | null
          "sync_completed_at": string | null
          "sync_started_at": string | null
          "threads_completed": number | null
          "threads_failed": number | null
          "threads_pending": number | null
          "threads_processing": number | null
          "threads_queued": number | null
          "usable": boolean | null
          "usable_at": string | null
          "windows": number | null
          "windows_listed": number | null
        }[]
        SetofOptions: { from: "*"; to: "sync_progress"; isOneToOne: false; isSetofReturn: true }
      }
      "get_webhook_metrics": {
        Args: { "time_window"?: string }
        Returns: { "avg_duration_ms": number; "duplicates": number; "error_rate": number; "errors": number; "ignored": number; "notification_type": string; "oldest_pending_at": string; "p95_duration_ms": number; "pending": number; "processed": number; "total": number }[]
      }
      "increment_usage_metrics": {
        Args: { "p_cost"?: number; "p_date": string; "p_messages"?: number; "p_tenant_id": string; "p_tokens"?: number; "p_user_id": string }
        Returns: undefined
      }
      "initialize_sync_stats": {
        Args: { "p_config_id": string }
        Returns: undefined
      }
      "insert_queued_thread_idempotent": {
        Args: { "p_config_id": string; "p_latest_message_at"?: string; "p_thread_id": string }
        Returns: boolean
      }
      "mail_change_token": {
        Args: { "scope"?: string; "subject"?: string; "valid_for"?: string }
        Returns: string
      }
      "mail_changes": {
        Args: { "inbox"?: string; "page_size"?: number; "since"?: string }
        Returns: { "id": string; "inbox_id": string; "key": string; "kind": string; "op": string; "origin": string; "position": string; "thread_id": string }[]
      }
      "mail_counts": {
        Args: { "count_up_to"?: number; "inbox"?: string }
        Returns: { "folder_id": string; "folder_name": string; "inbox_id": string; "starred": number; "threads": number; "unread": number; "up_to": number }[]
      }
      "mail_messages": {
        Args: { "attached"?: boolean; "before"?: string; "before_id"?: string; "inbox"?: string; "page_size"?: number }
        Returns: {
          "alive_lo": number | null
          "bcc_addresses": Json | null
          "body": string | null
          "cc_addresses": NonNullable<Json>
          "changed_in": unknown
          "core_hash": string | null
          "created_at": string
          "deleted_at": string | null
          "doubt_hi": number | null
          "extra_hash": string | null
          "folders": NonNullable<Json>
          "from_addresses": NonNullable<Json>
          "has_attachments": boolean | null
          "hi": number
          "id": string
          "inbox_id": string
          "lo": number
          "message_date": string | null
          "metadata": NonNullable<Json>
          "not_found": number
          "not_found_at": string | null
          "nylas_message_id": string
          "nylas_thread_id": string | null
          "origin": string
          "provisional": boolean
          "reader_notes": Json | null
          "refetch_at": string | null
          "refetch_claimed_at": string | null
          "reply_to_addresses": Json | null
          "rfc822_lo": number | null
          "rfc822_message_id": string | null
          "snippet": string
          "starred": boolean
          "subject": string
          "to_addresses": NonNullable<Json>
          "unread": boolean
          "updated_at": string
        }[]
        SetofOptions: { from: "*"; to: "flux_email_messages"; isOneToOne: false; isSetofReturn: true }
      }
      "mail_search": {
        Args: { "after"?: string; "inbox"?: string; "page_size"?: number; "query": string }
        Returns: { "from_addresses": Json; "has_attachments": boolean; "inbox_id": string; "latest_message_at": string; "message_count": number; "message_date": string; "message_id": string; "next": string; "nylas_message_id": string; "nylas_thread_id": string; "rank": number; "ranked": boolean; "snippet": string; "starred": boolean; "subject": string; "thread_id": string; "unread": boolean }[]
      }
      "mail_thread_messages": {
        Args: { "before"?: string; "before_id"?: string; "page_size"?: number; "thread": string }
        Returns: {
          "alive_lo": number | null
          "bcc_addresses": Json | null
          "body": string | null
          "cc_addresses": NonNullable<Json>
          "changed_in": unknown
          "core_hash": string | null
          "created_at": string
          "deleted_at": string | null
          "doubt_hi": number | null
          "extra_hash": string | null
          "folders": NonNullable<Json>
          "from_addresses": NonNullable<Json>
          "has_attachments": boolean | null
          "hi": number
          "id": string
          "inbox_id": string
          "lo": number
          "message_date": string | null
          "metadata": NonNullable<Json>
          "not_found": number
          "not_found_at": string | null
          "nylas_message_id": string
          "nylas_thread_id": string | null
          "origin": string
          "provisional": boolean
          "reader_notes": Json | null
          "refetch_at": string | null
          "refetch_claimed_at": string | null
          "reply_to_addresses": Json | null
          "rfc822_lo": number | null
          "rfc822_message_id": string | null
          "snippet": string
          "starred": boolean
          "subject": string
          "to_addresses": NonNullable<Json>
          "unread": boolean
          "updated_at": string
        }[]
        SetofOptions: { from: "*"; to: "flux_email_messages"; isOneToOne: false; isSetofReturn: true }
      }
      "mail_threads": {
        Args: { "before"?: string; "before_id"?: string; "folder"?: string; "inbox"?: string; "page_size"?: number; "participant"?: string; "starred"?: boolean; "unread"?: boolean }
        Returns: {
          "changed_in": unknown
          "created_at": string
          "earliest_message_at": string | null
          "folders": NonNullable<Json>
          "has_attachments": boolean
          "id": string
          "inbox_id": string
          "latest_message_at": string | null
          "message_count": number
          "nylas_thread_id": string
          "participants": NonNullable<Json>
          "snippet": string
          "starred": boolean
          "subject": string
          "unread": boolean
          "updated_at": string
        }[]
        SetofOptions: { from: "*"; to: "flux_email_threads"; isOneToOne: false; isSetofReturn: true }
      }
      "message_thread": {
        Args: { "": Database["public"]["Tables"]["flux_email_messages"]["Row"] }
        Returns: {
          "changed_in": unknown
          "created_at": string
          "earliest_message_at": string | null
          "folders": NonNullable<Json>
          "has_attachments": boolean
          "id": string
          "inbox_id": string
          "latest_message_at": string | null
          "message_count": number
          "nylas_thread_id": string
          "participants": NonNullable<Json>
          "snippet": string
          "starred": boolean
          "subject": string
          "unread": boolean
          "updated_at": string
        }
        SetofOptions: { from: "flux_email_messages"; to: "flux_email_threads"; isOneToOne: true; isSetofReturn: true }
      }
      "messenger_backfill_schedule": {
        Args: { "p_from": string; "p_name": string; "p_to": string }
        Returns: { "message_id": number; "slot": string }[]
      }
      "messenger_batch": {
        Args: { "p_callback"?: Json }
        Returns: string
      }
      "messenger_batch_close": {
        Args: { "p_id": string }
        Returns: { "completed": number; "failed": number; "finished": boolean; "total": number }[]
      }
      "messenger_claim": {
        Args: { "p_lease"?: string; "p_n"?: number; "p_queues": (string)[]; "p_transport": string; "p_worker": string }
        Returns: { "attempts": number; "available_at": string; "body": Json; "crashes": number; "created_at": string; "deliveries": number; "headers": Json; "id": number; "locked_until": string; "priority": number; "queue": string; "tenant_id": string; "token": number; "type": string }[]
      }
      "messenger_complete": {
        Args: { "p_ids": (number)[]; "p_tokens": (number)[] }
        Returns: { "id": number; "outcome": string }[]
      }
      "messenger_extend": {
        Args: { "p_ids": (number)[]; "p_lease"?: string; "p_tokens": (number)[] }
        Returns: { "id": number; "outcome": string }[]
      }
      "messenger_fail": {
        Args: { "p_classes"?: (string)[]; "p_ids": (number)[]; "p_messages": (string)[]; "p_retry_after"?: (string)[]; "p_tokens": (number)[]; "p_verdicts"?: (string)[] }
        Returns: { "available_at": string; "id": number; "outcome": string }[]
      }
      "messenger_preview_schedule": {
        Args: { "p_after"?: string; "p_n"?: number; "p_name": string }
        Returns: string[]
      }
      "messenger_prune": {
        Args: { "p_limit"?: number }
        Returns: number
      }
      "messenger_release": {
        Args: { "p_delay"?: string; "p_ids": (number)[]; "p_tokens": (number)[] }
        Returns: { "id": number; "outcome": string }[]
      }
      "messenger_rescue": {
        Args: { "p_limit"?: number; "p_workers"?: (string)[] }
        Returns: { "id": number; "outcome": string }[]
      }
      "messenger_retry_failed": {
        Args: { "p_by"?: string; "p_delay"?: string; "p_force"?: boolean; "p_ids": (string)[]; "p_spacing"?: string; "p_transport"?: string }
        Returns: { "failed_id": string; "message_id": number; "outcome": string }[]
      }
      "messenger_run_schedule_now": {
        Args: { "p_name": string }
        Returns: number
      }
      "messenger_run_schedules": {
        Args: { "p_limit"?: number }
        Returns: { "message_id": number; "name": string; "outcome": string; "schedule_id": string; "slot": string }[]
      }
      "messenger_send": {
        Args: { "p_messages": (Json)[] }
        Returns: { "created": boolean; "id": number; "ordinal": number }[]
      } | {
        Args: { "p_available_at"?: string; "p_batch_id"?: string; "p_body"?: Json; "p_delay"?: string; "p_expires_at"?: string; "p_headers"?: Json; "p_idempotency_key"?: string; "p_idempotency_window"?: string; "p_max_attempts"?: number; "p_on_duplicate"?: string; "p_priority"?: number; "p_queue"?: string; "p_tenant_id"?: string; "p_transport"?: string; "p_type": string }
        Returns: { "created": boolean; "id": number }[]
      }
      "queue_inbox_backfill": {
        Args: { "p_end_date"?: string; "p_inbox_id": string; "p_start_date"?: string }
        Returns: string
      }
      "queue_nylas_webhook_notification": {
        Args: { "p_grant_id"?: string; "p_notification_id": string; "p_notification_type": string; "p_payload": Json }
        Returns: boolean
      }
      "queue_thread_sync": {
        Args: { "p_config_id": string; "p_delay_seconds"?: number; "p_grant_id"?: string; "p_inbox_id"?: string; "p_thread_id": string }
        Returns: number
      }
      "queue_whole_inbox_backfill": {
        Args: { "p_end_date"?: string; "p_inbox_id": string }
        Returns: string
      }
      "schedule_sync_retry": {
        Args: { "p_sync_id": string }
        Returns: string
      }
      "thread_messages": {
        Args: { "": Database["public"]["Tables"]["flux_email_threads"]["Row"] }
        Returns: {
          "alive_lo": number | null
          "bcc_addresses": Json | null
          "body": string | null
          "cc_addresses": NonNullable<Json>
          "changed_in": unknown
          "core_hash": string | null
          "created_at": string
          "deleted_at": string | null
          "doubt_hi": number | null
          "extra_hash": string | null
          "folders": NonNullable<Json>
          "from_addresses": NonNullable<Json>
          "has_attachments": boolean | null
          "hi": number
          "id": string
          "inbox_id": string
          "lo": number
          "message_date": string | null
          "metadata": NonNullable<Json>
          "not_found": number
          "not_found_at": string | null
          "nylas_message_id": string
          "nylas_thread_id": string | null
          "origin": string
          "provisional": boolean
          "reader_notes": Json | null
          "refetch_at": string | null
          "refetch_claimed_at": string | null
          "reply_to_addresses": Json | null
          "rfc822_lo": number | null
          "rfc822_message_id": string | null
          "snippet": string
          "starred": boolean
          "subject": string
          "to_addresses": NonNullable<Json>
          "unread": boolean
          "updated_at": string
        }[]
        SetofOptions: { from: "flux_email_threads"; to: "flux_email_messages"; isOneToOne: false; isSetofReturn: true }
      }
      "transition_to_thread_sync": {
        Args: { "p_config_id": string }
        Returns: boolean
      }
      "update_backfill_orchestration_progress": {
        Args: { "p_config_id": string; "p_progress": Json }
        Returns: Json
      }
      "update_sync_watermark": {
        Args: { "p_sync_config_id": string; "p_synced_at"?: string; "p_watermark": string }
        Returns: string
      }
      "uuid_generate_v1": {
        Args: Record<PropertyKey, never>
        Returns: string
      }
      "uuid_generate_v1mc": {
        Args: Record<PropertyKey, never>
        Returns: string
      }
      "uuid_generate_v3": {
        Args: { "name": string; "namespace": string }
        Returns: string
      }
      "uuid_generate_v4": {
        Args: Record<PropertyKey, never>
        Returns: string
      }
      "uuid_generate_v5": {
        Args: { "name": string; "namespace": string }
        Returns: string
      }
      "uuid_nil": {
        Args: Record<PropertyKey, never>
        Returns: string
      }
      "uuid_ns_dns": {
        Args: Record<PropertyKey, never>
        Returns: string
      }
      "uuid_ns_oid": {
        Args: Record<PropertyKey, never>
        Returns: string
      }
      "uuid_ns_url": {
        Args: Record<PropertyKey, never>
        Returns: string
      }
      "uuid_ns_x500": {
        Args: Record<PropertyKey, never>
        Returns: string
      }
    }
    Enums: {
      [_ in never]: never
    }
    CompositeTypes: {
      [_ in never]: never
    }
  }
}

type WithoutInternals = Omit<Database, "__InternalSupabase">
type DefaultSchema = WithoutInternals[Extract<keyof Database, "public">]
type In = { schema: keyof WithoutInternals }
type Rows<Schema extends { Tables: unknown; Views: unknown }> = Schema["Tables"] & Schema["Views"]

/** What a row of a table or view has. */
export type Tables<
  Name extends keyof Rows<DefaultSchema> | In,
  Of extends Name extends In ? keyof Rows<WithoutInternals[Name["schema"]]> : never = never
> = Name extends In
  ? Rows<WithoutInternals[Name["schema"]]>[Of] extends { Row: infer R } ? R : never
  : Name extends keyof Rows<DefaultSchema>
    ? Rows<DefaultSchema>[Name] extends { Row: infer R } ? R : never
    : never

/** What is given to insert one. */
export type TablesInsert<
  Name extends keyof DefaultSchema["Tables"] | In,
  Of extends Name extends In ? keyof WithoutInternals[Name["schema"]]["Tables"] : never = never
> = Name extends In
  ? WithoutInternals[Name["schema"]]["Tables"][Of] extends { Insert: infer I } ? I : never
  : Name extends keyof DefaultSchema["Tables"]
    ? DefaultSchema["Tables"][Name] extends { Insert: infer I } ? I : never
    : never

/** What is given to update some. */
export type TablesUpdate<
  Name extends keyof DefaultSchema["Tables"] | In,
  Of extends Name extends In ? keyof WithoutInternals[Name["schema"]]["Tables"] : never = never
> = Name extends In
  ? WithoutInternals[Name["schema"]]["Tables"][Of] extends { Update: infer U } ? U : never
  : Name extends keyof DefaultSchema["Tables"]
    ? DefaultSchema["Tables"][Name] extends { Update: infer U } ? U : never
    : never

/** The values of an enum. */
export type Enums<
  Name extends keyof DefaultSchema["Enums"] | In,
  Of extends Name extends In ? keyof WithoutInternals[Name["schema"]]["Enums"] : never = never
> = Name extends In
  ? WithoutInternals[Name["schema"]]["Enums"][Of]
  : Name extends keyof DefaultSchema["Enums"] ? DefaultSchema["Enums"][Name] : never

/** The fields of a composite type. */
export type CompositeTypes<
  Name extends keyof DefaultSchema["CompositeTypes"] | In,
  Of extends Name extends In ? keyof WithoutInternals[Name["schema"]]["CompositeTypes"] : never = never
> = Name extends In
  ? WithoutInternals[Name["schema"]]["CompositeTypes"][Of]
  : Name extends keyof DefaultSchema["CompositeTypes"] ? DefaultSchema["CompositeTypes"][Name] : never

export const Constants = {
  "public": {
    Enums: {
    },
  },
} as const
