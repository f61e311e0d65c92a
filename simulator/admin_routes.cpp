#include "simulator/answers.hpp"
#include "simulator/api_objects.hpp"
#include "simulator/changes.hpp"
#include "simulator/json_read.hpp"

#include <algorithm>

namespace nova::simulator {
namespace {

using base::bad_input;

constexpr int64_t truth_page = 1000, truth_page_max = 10'000;

http::response settings_answer(const call& call) {
  const auto now = call.in.current();
  std::string out = "{";
  auto put = [&out](const char* name, const std::string& value) {
    out.append(out.size() > 1 ? ",\"" : "\"").append(name).append("\":").append(value);
  };
  auto truth = [](bool value) { return std::string(value ? "true" : "false"); };
  put("gzip", truth(now.gzip));
  put("latency_ms", std::to_string(now.latency.count()));
  put("rate_limits", truth(now.rate_limits));
  put("units_list", std::to_string(now.units_list));
  put("units_object", std::to_string(now.units_object));
  put("units_thread", std::to_string(now.units_thread));
  put("units_folder", std::to_string(now.units_folder));
  put("inclusive_windows", truth(now.inclusive_windows));
  put("clamp_limits", truth(now.clamp_limits));
  put("threads_page_max", std::to_string(now.threads_page_max));
  put("messages_page_max", std::to_string(now.messages_page_max));
  put("google_disorder", truth(now.google_disorder));
  put("cursor_lifetime_s", std::to_string(now.cursor_lifetime.count()));
  put("imap_horizon_s", std::to_string(now.imap_horizon.count()));
  put("imap_tells_old", truth(now.imap_tells_old));
  put("index_lag_ms", std::to_string(now.index_lag.count()));
  std::string left_out;
  append_text(left_out, now.fields_left_out);
  put("fields_left_out", left_out);
  put("webhooks_lost", std::to_string(now.webhooks_lost));
  return data_answer(call, out + "}");
}

http::response change_settings(const call& call) {
  auto document = read_json(call.body);
  if (!document)
    return refuse(call, document.error());
  auto next = call.in.current();
  object_reader in{*document, ""};
  auto whole = [&in](const char* name, auto& out, double low, double high) {
    double value = static_cast<double>(out);
    in.number(name, value, low, high);
    out = static_cast<std::remove_reference_t<decltype(out)>>(value);
  };
  auto span = [&whole](const char* name, auto& out) {
    auto count = out.count();
    whole(name, count, 0, 1e9);
    out = std::remove_reference_t<decltype(out)>{count};
  };
  in.truth("gzip", next.gzip);
  span("latency_ms", next.latency);
  in.truth("rate_limits", next.rate_limits);
  whole("units_list", next.units_list, 0, 1e6);
  whole("units_object", next.units_object, 0, 1e6);
  whole("units_thread", next.units_thread, 0, 1e6);
  whole("units_folder", next.units_folder, 0, 1e6);
  in.truth("inclusive_windows", next.inclusive_windows);
  in.truth("clamp_limits", next.clamp_limits);
  whole("threads_page_max", next.threads_page_max, 1, 500);
  whole("messages_page_max", next.messages_page_max, 1, 500);
  in.truth("google_disorder", next.google_disorder);
  span("cursor_lifetime_s", next.cursor_lifetime);
  span("imap_horizon_s", next.imap_horizon);
  in.truth("imap_tells_old", next.imap_tells_old);
  span("index_lag_ms", next.index_lag);
  in.text("fields_left_out", next.fields_left_out);
  in.number("webhooks_lost", next.webhooks_lost, 0, 1);
  if (auto bad = in.finish())
    return refuse(call, *bad);
  call.in.change(next);
  return settings_answer(call);
}

http::response set_faults(const call& call) {
  auto script = fault_script::parse(call.from.method == "DELETE" ? "{}" : call.body);
  if (!script)
    return refuse(call, script.error());
  call.in.set_faults(std::move(*script));
  return done_answer(call);
}

http::response statistics_answer(const call& call) {
  std::string out = "{\"requests\":" + call.in.statistics.to_json() + ",\"grants\":{";
  bool first = true;
  for (const auto& grant : call.in.grants()) {
    out += first ? "" : ",";
    first = false;
    append_text(out, grant->id);
    std::lock_guard lock{grant->guard};
    const auto& usage = grant->condition.usage;
    out += ":{\"concurrent_max\":" + std::to_string(usage.concurrent_max())
           + ",\"gmail_units\":" + std::to_string(usage.spent().gmail_units)
           + ",\"provider_requests\":" + std::to_string(usage.spent().provider_requests) + "}";
  }
  return data_answer(call, out + "}}");
}

http::response list_grants(const call& call) {
  std::string out = "[";
  for (const auto& grant : call.in.grants()) {
    out += out.size() > 1 ? ",{\"id\":" : "{\"id\":";
    append_text(out, grant->id);
    out += ",\"email\":";
    append_text(out, grant->email);
    out += ",\"provider\":";
    append_text(out, to_string(grant->provider));
    out += ",\"access_token\":";
    append_text(out, grant->access_token);
    out += ",\"messages\":" + std::to_string(grant->mail->visit(0, 0, [](const message_record&) {}))
           + "}";
  }
  return data_answer(call, out + "]");
}

http::response truth(const call& call, const grant_state& grant) {
  auto offset = number_value(call.from, "offset");
  auto limit = number_value(call.from, "limit");
  if (!offset || !limit)
    return refuse(call, !offset ? offset.error() : limit.error());
  const int64_t skip = offset->value_or(0);
  const int64_t size = limit->value_or(truth_page);
  if (skip < 0 || size < 1 || size > truth_page_max)
    return refuse(call, {"limit", "must be from 1 to 10000, offset 0 or more"});
  http::response out;
  out.content_type = "application/x-ndjson";
  const uint64_t all = grant.mail->visit(static_cast<uint64_t>(skip), static_cast<uint64_t>(size),
                                         [&](const message_record& message) {
                                           append_message(out.body, grant.id, message);
                                           out.body += '\n';
                                         });
  out.headers.emplace_back("x-sim-total", std::to_string(all));
  return out;
}

tl::expected<void, bad_input> read_people(const rapidjson::Value& from, std::vector<address>& out,
                                          const std::string& where) {
  if (!from.IsArray())
    return tl::unexpected(bad_input{where, "must be a list of {email, name}"});
  for (rapidjson::SizeType i = 0; i < from.Size(); ++i) {
    object_reader in{from[i], where + "[" + std::to_string(i) + "]"};
    address one;
    in.text("email", one.email);
    in.text("name", one.name);
    if (auto bad = in.finish())
      return tl::unexpected(*bad);
    out.push_back(std::move(one));
  }
  return {};
}

tl::expected<new_message, bad_input> read_new_message(const std::string& body) {
  auto document = read_json(body.empty() ? "{}" : body);
  if (!document)
    return tl::unexpected(document.error());
  object_reader in{*document, ""};
  new_message out;
  in.text("id", out.id);
  in.text("thread_id", out.thread_id);
  in.text("message_id_header", out.header_id);
  in.text("subject", out.subject);
  if (in.has("body"))
    out.body.emplace();
  std::string text;
  in.text("body", out.body ? *out.body : text);
  for (auto [name, people] : {std::pair{"from", &out.from},
                              {"to", &out.to},
                              {"cc", &out.cc},
                              {"bcc", &out.bcc},
                              {"reply_to", &out.reply_to}})
    in.other(name, [people = people](const rapidjson::Value& value, const std::string& where) {
      return read_people(value, *people, where);
    });
  in.texts("folders", out.folders);
  uint64_t date = 0;
  in.whole("date", date);
  if (in.has("date"))
    out.date = static_cast<int64_t>(date);
  in.truth("unread", out.unread);
  in.truth("starred", out.starred);
  in.truth("sent", out.sent);
  in.truth("draft", out.draft);
  if (auto bad = in.finish())
    return tl::unexpected(*bad);
  return out;
}

tl::expected<message_edit, bad_input> read_edit(const std::string& body) {
  auto document = read_json(body);
  if (!document)
    return tl::unexpected(document.error());
  object_reader in{*document, ""};
  message_edit out;
  auto optional = [&in](const char* name, auto& target, auto read) {
    std::remove_reference_t<decltype(*target)> value{};
    (in.*read)(name, value);
    if (in.has(name))
      target = std::move(value);
  };
  optional("subject", out.subject, &object_reader::text);
  optional("body", out.body, &object_reader::text);
  optional("folders", out.folders, &object_reader::texts);
  optional("unread", out.unread, &object_reader::truth);
  optional("starred", out.starred, &object_reader::truth);
  if (auto bad = in.finish())
    return tl::unexpected(*bad);
  return out;
}

http::response message_answer(const call& call, const grant_state& grant,
                              const std::optional<message_record>& message) {
  if (!message)
    return not_found(call);
  std::string data;
  append_message(data, grant.id, *message);
  return data_answer(call, data);
}

http::response change_message(const call& call, grant_state& grant, changes change) {
  const auto& path = call.from.path; // sim grants <grant> messages <id> [move]
  const auto& method = call.from.method;
  if (path.size() == 4 && method == "POST") {
    auto wanted = read_new_message(call.body);
    return wanted ? message_answer(call, grant, change.create(grant, *wanted))
                  : refuse(call, wanted.error());
  }
  if (path.size() == 5 && (method == "PUT" || method == "PATCH")) {
    auto edit = read_edit(call.body);
    return edit ? message_answer(call, grant, change.edit(grant, path[4], *edit))
                : refuse(call, edit.error());
  }
  if (path.size() == 5 && method == "DELETE")
    return change.remove(grant, path[4]) ? done_answer(call) : not_found(call);
  if (path.size() != 6 || path[5] != "move" || method != "POST")
    return not_found(call);
  auto document = read_json(call.body);
  if (!document)
    return refuse(call, document.error());
  object_reader in{*document, ""};
  std::string folder;
  bool new_id = false;
  in.text("folder", folder);
  in.truth("new_id", new_id);
  if (auto bad = in.finish())
    return refuse(call, *bad);
  const auto id_changes = in.has("new_id") ? std::optional{new_id} : std::nullopt;
  return message_answer(call, grant, change.move(grant, path[4], folder, id_changes));
}

http::response regroup(const call& call, grant_state& grant, changes change) {
  auto document = read_json(call.body);
  if (!document)
    return refuse(call, document.error());
  object_reader in{*document, ""};
  std::vector<std::string> ids;
  std::string from;
  std::string into;
  const bool split = call.from.path[3] == "split";
  if (split) {
    in.texts("message_ids", ids);
  } else {
    in.text("from", from);
    in.text("into", into);
  }
  if (auto bad = in.finish())
    return refuse(call, *bad);
  if (!split)
    return change.merge(grant, from, into) ? done_answer(call) : not_found(call);
  auto thread_id = change.split(grant, ids);
  if (!thread_id)
    return not_found(call);
  std::string data = "{\"thread_id\":";
  append_text(data, *thread_id);
  return data_answer(call, data + "}");
}

http::response habits_answer(const call& call, grant_state& grant) {
  const auto truth = [](bool value) { return value ? "true" : "false"; };
  return data_answer(call, std::string("{\"offset_cursors\":")
                             .append(truth(grant.habits().offset_cursors))
                             .append(",\"move_changes_id\":")
                             .append(truth(grant.move_changes_id()))
                             .append(",\"lists_each_folder\":")
                             .append(truth(grant.habits().lists_each_folder))
                             .append("}"));
}

http::response change_habits(const call& call, grant_state& grant) {
  auto document = read_json(call.body);
  if (!document)
    return refuse(call, document.error());
  object_reader in{*document, ""};
  auto next = grant.habits();
  bool changes_id = grant.move_changes_id();
  in.truth("offset_cursors", next.offset_cursors);
  in.truth("move_changes_id", changes_id);
  in.truth("lists_each_folder", next.lists_each_folder);
  if (auto bad = in.finish())
    return refuse(call, *bad);
  if (in.has("move_changes_id"))
    next.move_changes_id = changes_id;
  {
    std::lock_guard lock{grant.guard};
    grant.condition.habits = next;
  }
  return habits_answer(call, grant);
}

http::response answer_grant(const call& call, grant_state& grant) {
  const auto& what = call.from.path[3];
  changes change{call.in};
  if (call.from.value("quiet") == "true")
    change = change.quiet();
  if (what == "truth" && call.from.method == "GET")
    return truth(call, grant);
  if (what == "messages")
    return change_message(call, grant, change);
  if (what == "habits" && call.from.path.size() == 4)
    return call.from.method == "GET" ? habits_answer(call, grant) : change_habits(call, grant);
  if (call.from.method != "POST" || call.from.path.size() != 4)
    return not_found(call);
  if (what == "split" || what == "merge")
    return regroup(call, grant, change);
  if (what == "replace") {
    const auto next = change.replace(grant);
    if (!next)
      return not_found(call);
    std::string data = "{\"id\":";
    append_text(data, next->id);
    return data_answer(call, data + "}");
  }
  if (what == "expire")
    change.expire(grant);
  else if (what == "reauthorise")
    change.reauthorise(grant, call.from.value("backfill") != "false");
  else
    return not_found(call);
  return done_answer(call);
}

} // namespace

http::response answer_admin(call& call) {
  const auto& path = call.from.path;
  const auto& method = call.from.method;
  const std::string what = path.size() > 1 ? path[1] : "";
  if (what == "grants" && path.size() > 3) {
    auto* grant = call.in.find_grant(path[2]);
    return grant == nullptr ? not_found(call) : answer_grant(call, *grant);
  }
  if (what == "grants" && path.size() == 2 && method == "GET")
    return list_grants(call);
  if (path.size() != 2)
    return not_found(call);
  if (what == "settings")
    return method == "GET" ? settings_answer(call) : change_settings(call);
  if (what == "faults" && method != "GET")
    return set_faults(call);
  if (what == "statistics" && method == "GET")
    return statistics_answer(call);
  return not_found(call);
}

} // namespace nova::simulator
