#include "simulator/webhook_routes.hpp"

#include "simulator/api_objects.hpp"
#include "simulator/json_read.hpp"

#include <algorithm>

namespace nova::simulator {
namespace {

using base::bad_input;

tl::expected<destination, bad_input> read_destination(const std::string& body) {
  auto document = read_json(body);
  if (!document)
    return tl::unexpected(document.error());
  object_reader in{*document, ""};
  destination out;
  in.text("webhook_url", out.url);
  in.text("description", out.description);
  in.texts("trigger_types", out.triggers);
  in.texts("notification_email_addresses", out.emails);
  in.truth("compressed_delivery", out.compressed);
  if (auto bad = in.finish())
    return tl::unexpected(*bad);
  if (!out.url.starts_with("http://") && !out.url.starts_with("https://"))
    return tl::unexpected(bad_input{"webhook_url", "must be a URL with http or https"});
  return out;
}

http::response created(const call& call, const destination& made) {
  return data_answer(call, to_json(made, true));
}

void create(const std::shared_ptr<call>& call, const webhook_parts& parts,
            const std::function<void(http::response)>& reply) {
  auto wanted = read_destination(call->body);
  if (wanted && wanted->triggers.empty())
    wanted = tl::unexpected(bad_input{"trigger_types", "must name at least one trigger"});
  if (!wanted) {
    reply(refuse(*call, wanted.error()));
    return;
  }
  auto& hooks = parts.hooks;
  hooks.challenge(wanted->url, [call, reply, &hooks, wanted = *wanted](const auto& failure) {
    reply(failure ? refuse(*call, {"webhook_url", *failure}) : created(*call, hooks.add(wanted)));
  });
}

http::response list(const call& call, const deliveries& hooks) {
  std::string data = "[";
  for (const auto& one : hooks.list()) {
    data += data.size() > 1 ? "," : "";
    data += to_json(one, false);
  }
  return data_answer(call, data + "]");
}

http::response get(const call& call, const deliveries& hooks) {
  auto known = hooks.find(call.from.path[2]);
  return known ? data_answer(call, to_json(*known, false)) : not_found(call);
}

/// What `PUT` may set; an absent field stays.
struct destination_change {
  destination next;
  std::optional<std::string> status;
};

tl::expected<destination_change, bad_input> read_change(const std::string& body,
                                                        const destination& known) {
  auto document = read_json(body);
  if (!document)
    return tl::unexpected(document.error());
  object_reader in{*document, ""};
  destination_change out{known, std::nullopt};
  std::string status;
  in.text("webhook_url", out.next.url);
  in.text("description", out.next.description);
  in.texts("trigger_types", out.next.triggers);
  in.texts("notification_email_addresses", out.next.emails);
  in.truth("compressed_delivery", out.next.compressed);
  in.text("status", status);
  if (auto bad = in.finish())
    return tl::unexpected(*bad);
  if (in.has("status")) {
    if (status != "active" && status != "pause")
      return tl::unexpected(bad_input{"status", "must be active or pause"});
    out.status = status;
  }
  return out;
}

void change(const std::shared_ptr<call>& call, const webhook_parts& parts,
            const std::function<void(http::response)>& reply) {
  const auto id = call->from.path[2];
  auto known = parts.hooks.find(id);
  if (!known) {
    reply(not_found(*call));
    return;
  }
  auto wanted = read_change(call->body, *known);
  if (!wanted) {
    reply(refuse(*call, wanted.error()));
    return;
  }
  auto apply = [call, reply, id, &hooks = parts.hooks, wanted = *wanted] {
    auto changed = hooks.change(id, [&](destination& one) {
      auto health = one.health;
      one = wanted.next;
      one.health = health;
      if (wanted.status == "active")
        one.health.activate();
      else if (wanted.status == "pause")
        one.health.pause();
    });
    reply(changed ? data_answer(*call, to_json(*changed, false)) : not_found(*call));
  };
  // Who is set active again must answer the challenge once more.
  if (wanted->status != "active") {
    apply();
    return;
  }
  parts.hooks.challenge(wanted->next.url, [call, reply, apply](const auto& failure) {
    if (failure)
      reply(refuse(*call, {"webhook_url", *failure}));
    else
      apply();
  });
}

http::response rotate_secret(const call& call, deliveries& hooks) {
  auto changed = hooks.change(call.from.path[3], [&](destination& one) {
    one.secret = hex16(call.in.next_number()) + one.secret.substr(0, 16);
  });
  return changed ? created(call, *changed) : not_found(call);
}

void answer_destinations(const std::shared_ptr<call>& call, const webhook_parts& parts,
                         const std::function<void(http::response)>& reply) {
  const auto& path = call->from.path; // v3 webhooks [<id> | rotate-secret <id>]
  const auto& method = call->from.method;
  if (path.size() == 2 && method == "POST")
    create(call, parts, reply);
  else if (path.size() == 2 && method == "GET")
    reply(list(*call, parts.hooks));
  else if (path.size() == 4 && path[2] == "rotate-secret" && method == "POST")
    reply(rotate_secret(*call, parts.hooks));
  else if (path.size() == 3 && method == "PUT")
    change(call, parts, reply);
  else if (path.size() == 3 && method == "DELETE")
    reply(parts.hooks.remove(path[2]) ? done_answer(*call) : not_found(*call));
  else if (path.size() == 3 && method == "GET")
    reply(get(*call, parts.hooks));
  else
    reply(not_found(*call));
}

/// `POST /sim/webhooks`: a destination without questions, signed with the secret of the ready line.
http::response add_target(const call& call, const webhook_parts& parts) {
  auto wanted = read_destination(call.body);
  if (!wanted)
    return refuse(call, wanted.error());
  if (wanted->triggers.empty())
    wanted->triggers = mail_triggers();
  wanted->secret = parts.secret;
  return created(call, parts.hooks.add(*wanted));
}

http::response send_notification(const call& call, deliveries& hooks) {
  auto document = read_json(call.body);
  if (!document)
    return refuse(call, document.error());
  object_reader in{*document, ""};
  event what;
  std::string raw;
  in.text("type", what.type);
  in.text("source", what.source);
  in.text("grant_id", what.grant_id);
  in.text("raw", raw);
  in.other("object", [&](const rapidjson::Value& value, const std::string&) {
    what.object = to_json(value);
    return tl::expected<void, bad_input>{};
  });
  if (auto bad = in.finish())
    return refuse(call, *bad);
  if (in.has("raw"))
    hooks.send_raw(raw);
  else if (what.type.empty())
    return refuse(call, {"type", "is required, unless raw has the bytes to send"});
  else
    hooks.send(what);
  return done_answer(call);
}

/// `GET /sim/webhooks/lost`: what a test must find missing, or found by other means.
http::response lost_answer(const call& call, const deliveries& hooks) {
  std::string data = "[";
  for (const auto& one : hooks.lost()) {
    data.append(data.size() > 1 ? ",{\"number\":" : "{\"number\":")
      .append(std::to_string(one.number));
    for (const auto& [name, value] :
         {std::pair{"type", &one.type}, {"grant_id", &one.grant_id}, {"id", &one.object_id}}) {
      data.append(",\"").append(name).append("\":");
      append_text(data, *value);
    }
    data += '}';
  }
  return data_answer(call, data + "]");
}

http::response live_answer(const call& call, const webhook_parts& parts) {
  const auto progress = parts.live.progress();
  return data_answer(call, std::string("{\"running\":") + (progress.running ? "true" : "false")
                             + ",\"done\":" + std::to_string(progress.done)
                             + ",\"count\":" + std::to_string(progress.count)
                             + ",\"webhooks\":" + to_json(parts.hooks.statistics()) + "}");
}

http::response answer_live(const call& call, const webhook_parts& parts) {
  if (call.from.method == "DELETE") {
    parts.live.stop();
  } else if (call.from.method == "POST") {
    auto options = read_live_options(call.body);
    if (!options)
      return refuse(call, options.error());
    if (!options->grant.empty() && call.in.find_grant(options->grant) == nullptr)
      return refuse(call, {"grant", "is none of this simulator"});
    if (!parts.live.start(*options))
      return error_answer(call, 409, "invalid_request_error", "a live run is under way");
    parts.hooks.distort(options->how);
  }
  return live_answer(call, parts);
}

} // namespace

bool is_webhook_route(const call& call) {
  const auto& path = call.from.path;
  if (path.size() < 2)
    return false;
  return (path[0] == "v3" && path[1] == "webhooks")
         || (path[0] == "sim" && path.size() == 2
             && (path[1] == "webhooks" || path[1] == "notifications" || path[1] == "live"))
         || (path[0] == "sim" && path.size() == 3 && path[1] == "webhooks" && path[2] == "lost");
}

void answer_webhooks(const std::shared_ptr<call>& call, const webhook_parts& parts,
                     const std::function<void(http::response)>& reply) {
  const auto& path = call->from.path;
  const auto& method = call->from.method;
  if (path[0] == "v3")
    answer_destinations(call, parts, reply);
  else if (path.size() == 3)
    reply(method == "GET" ? lost_answer(*call, parts.hooks) : not_found(*call));
  else if (path[1] == "live")
    reply(answer_live(*call, parts));
  else if (path[1] == "webhooks" && method == "POST")
    reply(add_target(*call, parts));
  else if (path[1] == "webhooks" && method == "GET")
    reply(list(*call, parts.hooks));
  else if (path[1] == "notifications" && method == "POST")
    reply(send_notification(*call, parts.hooks));
  else
    reply(not_found(*call));
}

} // namespace nova::simulator
