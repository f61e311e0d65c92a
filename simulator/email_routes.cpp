#include "simulator/answers.hpp"
#include "simulator/api_objects.hpp"
#include "simulator/changes.hpp"

#include <algorithm>
#include <utility>

// The lists and objects of mail. Each list is: read the page and the filter, take places from the
// mailbox, write what is there now.

namespace nova::simulator {
namespace {

constexpr size_t any_email_max = 25;
constexpr size_t object_bytes = 1200; // of JSON around a body

/// The names of the parameters that the two lists call differently.
struct window_names {
  const char* after;
  const char* before;
};
constexpr window_names thread_window{"latest_message_after", "latest_message_before"};
constexpr window_names message_window{"received_after", "received_before"};

tl::expected<void, base::bad_input> read_folders(const call& call, message_filter& filter) {
  const auto& known = call.grant->mail->source().folders();
  for (const auto& [name, id] : call.from.query) {
    if (name != "in")
      continue;
    auto same = [&id = id](const folder_record& folder) { return folder.id == id; };
    if (std::none_of(known.begin(), known.end(), same))
      return tl::unexpected(base::bad_input{"in", "must be the id of a folder, not its name"});
    filter.in.push_back(id);
  }
  return {};
}

tl::expected<void, base::bad_input> read_window(const call& call, window_names names,
                                                message_filter& filter) {
  auto after = number_value(call.from, names.after);
  auto before = number_value(call.from, names.before);
  if (!after || !before)
    return tl::unexpected(!after ? after.error() : before.error());
  const int64_t beside = call.current.inclusive_windows ? 0 : 1;
  if (*after)
    filter.date_min = **after + beside;
  if (*before)
    filter.date_max = **before - beside;
  const auto horizon = call.current.imap_horizon.count();
  if (call.grant->provider != provider::imap)
    return {};
  if (call.from.value("query_imap") == "true") {
    if (filter.in.size() != 1)
      return tl::unexpected(base::bad_input{"query_imap", "needs the folder to look in: in=<id>"});
  } else if (horizon > 0)
    filter.date_min = std::max(filter.date_min, call.now - horizon);
  return {};
}

tl::expected<message_filter, base::bad_input> read_filter(const call& call, window_names names) {
  message_filter filter;
  if (auto done = read_folders(call, filter); !done)
    return tl::unexpected(done.error());
  if (auto done = read_window(call, names, filter); !done)
    return tl::unexpected(done.error());
  for (auto [name, out] : {std::pair{"unread", &filter.unread},
                           {"starred", &filter.starred},
                           {"has_attachment", &filter.has_attachments}}) {
    auto value = truth_value(call.from, name);
    if (!value)
      return tl::unexpected(value.error());
    *out = *value;
  }
  filter.subject = call.from.value("subject").value_or("");
  if (auto native = call.from.value("search_query_native"))
    filter.subject = *native; // of a provider's language only: words of the subject
  filter.any_email = call.from.values("any_email");
  if (filter.any_email.size() > any_email_max)
    return tl::unexpected(base::bad_input{"any_email", "must be at most 25 addresses"});
  filter.from = call.from.values("from");
  filter.to = call.from.values("to");
  filter.cc = call.from.values("cc");
  filter.bcc = call.from.values("bcc");
  return filter;
}

bool shuffled(const call& call) {
  return call.suffers(fault_kind::disorder)
         || (call.grant->provider == provider::google && call.current.google_disorder);
}

place_page take(const call& call, const place_lister& list, const page_request& page) {
  if (call.grant->habits().offset_cursors)
    return take_offset_page(list, page.from, page.limit);
  return shuffled(call) ? take_shuffled_page(list, page.from, page.limit)
                        : take_page(list, page.from, page.limit);
}

/// The index of the provider does not have it yet.
bool lags(const call& call, const message_record& message) {
  const auto lag = call.current.index_lag.count();
  return lag > 0 && message.came_at_ms + lag > call.in.now_ms();
}

/// Writes the objects of a page between the brackets of `data`.
class list_writer {
public:
  list_writer(call& call, const char* nested_name, size_t bytes)
    : call_(call), out_(open_envelope(call, bytes)) {
    out_ += ",\"data\":";
    nested_ = call.suffers(fault_kind::nested_data);
    if (nested_)
      out_.append("{\"").append(nested_name).append("\":");
    out_ += '[';
  }

  /// Where the next object is to be appended.
  std::string& next() {
    if (++call_.objects > 1)
      out_ += ',';
    if (call_.objects == 1 && call_.suffers(fault_kind::null_element))
      out_ += "null,";
    return out_;
  }

  http::response end(const page_request& page, const std::optional<cursor>& next) {
    out_ += nested_ ? "]}" : "]";
    close_list(out_, call_, page, next);
    call_.listed = true;
    http::response out;
    out.body = std::move(out_);
    return out;
  }

private:
  call& call_;
  std::string out_;
  bool nested_ = false;
};

/// A message as its mailbox lists it: once, or once for each folder (`lists_each_folder`).
void list_message(list_writer& out, const call& call, message_record message, field_mask fields) {
  if (!call.grant->habits().lists_each_folder || message.folders.size() < 2) {
    append_message(out.next(), call.grant->id, message, fields);
    return;
  }
  for (auto& folder : std::exchange(message.folders, {})) {
    message.folders = {std::move(folder)};
    append_message(out.next(), call.grant->id, message, fields);
  }
}

/// A list without a single object, as the faults want it. The cursor leads back to the same page,
/// so that nothing is lost for who goes on.
http::response hollow_page(call& call, const page_request& page) {
  http::response out;
  out.body = open_envelope(call, 0);
  out.body += call.suffers(fault_kind::null_data) ? ",\"data\":null" : ",\"data\":[]";
  close_list(out.body, call, page, page.from);
  return out;
}

bool hollow(const call& call) {
  return call.suffers(fault_kind::empty_page) || call.suffers(fault_kind::null_data);
}

field_mask wanted(const call& call, field_mask (*parse)(std::string_view),
                  std::string_view optional_fields) {
  field_mask mask = parse(call.from.value("select").value_or(""));
  if (call.suffers(fault_kind::missing_fields))
    mask &= ~parse(optional_fields);
  if (!call.current.fields_left_out.empty())
    mask &= ~parse(call.current.fields_left_out);
  return mask;
}

/// `fields` of messages: the standard ones, or with headers. `raw_mime` is not simulated.
tl::expected<field_mask, base::bad_input> wanted_of_message(const call& call,
                                                            std::string_view optional_fields) {
  const auto mask = wanted(call, message_fields, optional_fields) & ~header_field;
  const auto fields = call.from.value("fields").value_or("standard");
  if (fields == "include_headers" || fields == "include_basic_headers")
    return mask | header_field;
  if (fields == "standard" || fields == "include_tracking_options")
    return mask;
  return tl::unexpected(
    base::bad_input{"fields", "must be standard, include_headers, include_basic_headers or "
                              "include_tracking_options"});
}

http::response list_threads(call& call) {
  auto page =
    read_page(call, std::min(20, call.current.threads_page_max), call.current.threads_page_max);
  if (!page)
    return page.error();
  auto filter = read_filter(call, thread_window);
  if (!filter)
    return refuse(call, filter.error());
  if (hollow(call))
    return hollow_page(call, *page);
  const auto& mail = *call.grant->mail;
  const auto cut = take(
    call, [&](position start, size_t count) { return mail.list_threads(*filter, start, count); },
    *page);
  const auto fields =
    wanted(call, thread_fields, "participants,subject,snippet,draft_ids,earliest_message_date");
  list_writer out{call, "threads", cut.places.size() * 6 * object_bytes};
  for (const auto& place : cut.places)
    if (auto messages = mail.thread_at(place); !messages.empty())
      append_thread(out.next(), call.grant->id, summarise(messages), fields);
  return out.end(*page, cut.next);
}

/// The messages of one thread: all of them are made anyway.
http::response list_thread_messages(call& call, const page_request& page, field_mask fields,
                                    const message_filter& filter) {
  auto messages = call.grant->mail->find_thread(*call.from.value("thread_id"));
  std::erase_if(messages, [&](const message_record& message) {
    return message.date < filter.date_min || message.date > filter.date_max
           || !matches(filter, message) || lags(call, message);
  });
  if (call.suffers(fault_kind::lagging_index) && !messages.empty())
    messages.pop_back();
  auto list = [&](position start, size_t count) {
    std::vector<position> places;
    for (size_t i = messages.size(); i-- > 0 && places.size() < count;) {
      const position place{messages[i].date, 0, static_cast<uint32_t>(i)};
      if (start < place)
        places.push_back(place);
    }
    return places;
  };
  const auto cut = take(call, list, page);
  size_t bytes = 0;
  for (const auto& place : cut.places)
    bytes += object_bytes + messages[place.index].body.bytes;
  list_writer out{call, "messages", bytes};
  for (const auto& place : cut.places)
    list_message(out, call, messages[place.index], fields);
  return out.end(page, cut.next);
}

http::response list_messages(call& call) {
  const int most = call.current.messages_page_max;
  auto page = read_page(call, std::min(50, most), most);
  if (!page)
    return page.error();
  auto filter = read_filter(call, message_window);
  if (!filter)
    return refuse(call, filter.error());
  if (hollow(call))
    return hollow_page(call, *page);
  const auto fields = wanted_of_message(call, "from,to,cc,bcc,reply_to,snippet,attachments");
  if (!fields)
    return refuse(call, fields.error());
  if (call.from.value("thread_id"))
    return list_thread_messages(call, *page, *fields, *filter);
  const auto& mail = *call.grant->mail;
  auto cut = take(
    call, [&](position start, size_t count) { return mail.list_messages(*filter, start, count); },
    *page);
  if (call.suffers(fault_kind::lagging_index) && !cut.places.empty())
    cut.places.erase(cut.places.begin());
  list_writer out{call, "messages", cut.places.size() * 5 * object_bytes};
  for (const auto& place : cut.places)
    if (auto message = mail.message_at(place); message && !lags(call, *message))
      list_message(out, call, std::move(*message), *fields);
  return out.end(*page, cut.next);
}

http::response get_thread(call& call, const std::string& id) {
  call.objects = 1; // also one that is not there is asked for
  auto messages = call.grant->mail->find_thread(id);
  if (messages.empty())
    return not_found(call);
  std::string data;
  append_thread(data, call.grant->id, summarise(messages), wanted(call, thread_fields, ""));
  return data_answer(call, data);
}

http::response get_message(call& call, const std::string& id) {
  if (call.suffers(fault_kind::id_change))
    changes{call.in}.rename(*call.grant, id);
  const auto fields = wanted_of_message(call, "from,snippet");
  if (!fields)
    return refuse(call, fields.error());
  call.objects = 1;
  auto message = call.grant->mail->find_message(id);
  if (!message || lags(call, *message) || call.suffers(fault_kind::lagging_index))
    return not_found(call);
  std::string data;
  append_message(data, call.grant->id, *message, *fields);
  return data_answer(call, data);
}

http::response list_folders(call& call) {
  auto page = read_page(call, 50, 200);
  if (!page)
    return page.error();
  const auto& folders = call.grant->mail->source().folders();
  auto list = [&](position start, size_t count) {
    std::vector<position> places;
    for (size_t i = 0; i < folders.size() && places.size() < count; ++i)
      if (const position place{0, i, 0}; start < place)
        places.push_back(place);
    return places;
  };
  const auto cut = take_page(list, page->from, page->limit);
  list_writer out{call, "folders", cut.places.size() * 200};
  for (const auto& place : cut.places)
    append_folder(out.next(), call.grant->id, folders[place.rank],
                  wanted(call, folder_fields, "object"));
  return out.end(*page, cut.next);
}

http::response get_folder(call& call, const std::string& id) {
  for (const auto& folder : call.grant->mail->source().folders()) {
    if (folder.id != id)
      continue;
    call.objects = 1;
    std::string data;
    append_folder(data, call.grant->id, folder, wanted(call, folder_fields, ""));
    return data_answer(call, data);
  }
  return not_found(call);
}

http::response get_attachment(call& call, const std::string& id, bool download) {
  auto message_id = call.from.value("message_id");
  if (!message_id || message_id->empty())
    return error_answer(call, 400, "message_id_required_error", "message_id is required");
  auto message = call.grant->mail->find_message(*message_id);
  if (!message)
    return not_found(call);
  for (const auto& file : message->attachments) {
    if (file.id != id)
      continue;
    call.objects = 1;
    if (download) {
      http::response out;
      out.content_type = "application/octet-stream";
      out.body = attachment_bytes(file);
      return out;
    }
    std::string data;
    append_attachment(data, call.grant->id, file);
    return data_answer(call, data);
  }
  return not_found(call);
}

} // namespace

http::response answer_email(call& call) {
  const auto& path = call.from.path; // v3 grants <grant> <kind> [<id> [download]]
  const auto& kind = path[3];
  if (kind == "attachments" && path.size() >= 5 && path.size() <= 6) {
    if (path.size() == 6 && path[5] != "download")
      return not_found(call);
    return get_attachment(call, path[4], path.size() == 6);
  }
  if (path.size() > 5)
    return not_found(call);
  const bool one = path.size() == 5;
  if (kind == "threads")
    return one ? get_thread(call, path[4]) : list_threads(call);
  if (kind == "messages")
    return one ? get_message(call, path[4]) : list_messages(call);
  if (kind == "folders")
    return one ? get_folder(call, path[4]) : list_folders(call);
  return not_found(call);
}

} // namespace nova::simulator
