#include "simulator/json_read.hpp"
#include "simulator/live.hpp"

namespace nova::simulator {

using base::bad_input;

tl::expected<live_options, bad_input> read_live_options(const std::string& text,
                                                        const live_options& defaults) {
  auto document = read_json(text.empty() ? "{}" : text);
  if (!document)
    return tl::unexpected(document.error());
  live_options out = defaults;
  object_reader in{*document, ""};
  in.number("rate", out.rate, 0, 1e6);
  in.whole("count", out.count);
  in.text("grant", out.grant);
  in.number("thread_replied", out.thread_replied, 0, 1);
  in.number("duplicates", out.how.duplicates, 0, 1);
  in.number("truncated", out.how.truncated, 0, 1);
  in.number("transformed", out.how.transformed, 0, 1);
  in.number("mislabelled", out.how.mislabelled, 0, 1);
  in.number("lost", out.how.lost, 0, 1);
  in.number("unknown", out.how.unknown, 0, 1);
  in.number("gzip", out.how.gzip, 0, 1);
  uint64_t reorder_ms = 0;
  uint64_t coalesce_ms = 0;
  in.whole("reorder_ms", reorder_ms);
  in.whole("coalesce_ms", coalesce_ms);
  out.how.reorder = std::chrono::milliseconds{reorder_ms};
  out.how.coalesce = std::chrono::milliseconds{coalesce_ms};
  in.other("mix",
           [&out](const rapidjson::Value& value,
                  const std::string& where) -> tl::expected<void, bad_input> {
             object_reader mix{value, where};
             // Given a mix, what it does not name does not happen.
             out.mix = {0, 0, 0, 0, 0, 0, 0, 0, 0};
             for (auto [name, weight] : {std::pair{"create", &out.mix.create},
                                         {"reply", &out.mix.reply},
                                         {"edit", &out.mix.edit},
                                         {"move", &out.mix.move},
                                         {"remove", &out.mix.remove},
                                         {"change_id", &out.mix.change_id},
                                         {"split", &out.mix.split},
                                         {"merge", &out.mix.merge},
                                         {"draft_sent", &out.mix.draft_sent}})
               mix.number(name, *weight, 0, 1e6);
             if (auto bad = mix.finish())
               return tl::unexpected(*bad);
             return {};
           });
  if (auto bad = in.finish())
    return tl::unexpected(*bad);
  return out;
}

} // namespace nova::simulator
