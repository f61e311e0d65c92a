#include "syncs/postgres_source.hpp"

#include "base/json_text.hpp"
#include "json/json_reader.hpp"
#include "pg/connection_string.hpp"
#include "pg/copy_in.hpp"
#include "pg/error.hpp"
#include "pg/integrations/sync_columns.hpp"
#include "pg/integrations/sync_horizon.hpp"
#include "pg/integrations/sync_least.hpp"
#include "pg/integrations/sync_place.hpp"
#include "pg/integrations/sync_session.hpp"
#include "pg/integrations/sync_tables.hpp"
#include "syncs/source_words.hpp"
#include "syncs/sql_text.hpp"
#include "syncs/sync_failure.hpp"
#include "syncs/table_digest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace nova::syncs {
namespace {

using columns = std::vector<opened_stream::column>;

constexpr int64_t page_rows = 50'000;
// Runs in a row in which the watermark is held back, until that is told.
constexpr int64_t stalled_runs = 5;

class table_source : public connector {
public:
  table_source(std::string url, stream_settings settings, std::string stream, sync_stop& stop)
    : url_(std::move(url)), settings_(std::move(settings)), stop_(stop) {
    settings_.expect_known(
      {"schema", "table", "key", "columns", "page_rows", "overlap", "target", "deletes"});
    auto named = settings_.text("table", std::move(stream));
    auto schema = settings_.text("schema");
    place_ = schema.empty() ? table_of(named) : table_name{schema, named};
    rows_ = settings_.number("page_rows", 1, 1'000'000).value_or(page_rows);
  }

  std::vector<std::pair<std::string, std::string>> test() override {
    return guarded([this] {
      connect();
      auto found = look_at_table();
      auto moment = pg::sync_horizon{}.run(*conn_);
      return std::vector<std::pair<std::string, std::string>>{
        {"connected as", conn_->user()},
        {"table", place_.schema + "." + place_.table},
        {"rows, about", found.rows < 0 ? "unknown" : std::to_string(found.rows)},
        {"key", fmt::format("{}", fmt::join(key_, ", "))},
        {"columns", each(names_, [this](size_t i) { return names_[i]; })},
        {"open transactions", moment.all_seen
                                ? moment.oldest ? "seen, since " + *moment.oldest : "seen, none"
                                : "not all are seen: grant pg_read_all_stats; until then the "
                                  "overlap has to do"}};
    });
  }

  std::vector<found_stream> discover() override {
    return guarded([this] {
      connect();
      std::vector<found_stream> all;
      for (const auto& one : pg::sync_tables{}.run(*conn_))
        all.push_back({one.schema + "." + one.table,
                       fmt::format("{} rows, key: {}", one.rows < 0 ? 0 : one.rows,
                                   one.key.empty() ? "none" : one.key)});
      return all;
    });
  }

  opened_stream open(const pg::sync_task& run, const columns& target) override {
    return guarded([&] {
      run_ = run;
      connect();
      auto found = look_at_table();
      auto opened = choose_columns(target);
      if (found.rows >= 0)
        opened.total = found.rows;
      opened.key = key_;
      opened.whole = run_.mode == "full";
      read_checkpoint();
      if (run_.mode == "delta")
        throw sync_failure("config", "a postgres source has no cursor of changes: use incremental "
                                     "with a column that grows");
      if (run_.mode == "incremental" && run_.incremental_key.empty())
        throw sync_failure("config", "an incremental sync needs incremental_key, the column that "
                                     "grows with every change");
      if (!run_.incremental_key.empty())
        find_limit();
      if (run_.mode == "incremental")
        opened.total.reset();
      make_statements();
      return opened;
    });
  }

  sync_page next(const row_sink& sink) override {
    return guarded([&] { return read_page(sink); });
  }

  void again() override {
    after_ = before_;
  }

  sync_end end() override {
    return guarded([this] {
      sync_end found;
      found.complete = run_.mode == "full";
      if (run_.mode == "full" && !run_.incremental_key.empty() && largest_)
        found.watermark = capped(*largest_);
      bool held = seen_ && run_.mode == "incremental" && last_mark_
                  && capped(*last_mark_) != mark(*last_mark_);
      bool moved = !run_.watermark || (moved_to_ && *moved_to_ != mark(*run_.watermark));
      stalled_ = held && !moved ? stalled_ + 1 : 0;
      if (stalled_ >= stalled_runs)
        found.stalled = fmt::format(
          "{} runs read records and the watermark stays at {}: a transaction of the source is open "
          "since {}, and what it wrote may still come",
          stalled_, run_.watermark.value_or("none"), oldest_.value_or("unknown"));
      found.state = state_text();
      return found;
    });
  }

  std::optional<int64_t> list_keys(const row_sink& sink) override {
    return guarded([&]() -> std::optional<int64_t> {
      auto text = fmt::format("copy (select {} from {} t) to stdout", quoted_list(key_, "t."),
                              quoted(place_));
      pg::transaction look{*conn_};
      pg::sync_session{}.run(*conn_);
      auto count = conn_->copy_out(text.c_str(), [&](std::string_view row) { give(sink, row); });
      look.commit();
      return static_cast<int64_t>(count);
    });
  }

  std::optional<part_digests> digest(const std::vector<std::string>& prefixes,
                                     int digits) override {
    return guarded([&]() -> std::optional<part_digests> {
      return digest_of(*conn_, {place_, columns_, key_}, prefixes, digits);
    });
  }

private:
  template <class Work>
  auto guarded(Work work) -> decltype(work()) {
    try {
      stop_.check();
      return work();
    } catch (const pg::error& reason) {
      if (of_sink_)
        std::rethrow_exception(std::exchange(of_sink_, nullptr));
      stop_.check(); // what was cancelled is no failure of its own
      fail_at_source(reason);
    }
  }

  /// What the sink throws is none of the source's failures.
  void give(const row_sink& sink, std::string_view row) {
    try {
      sink(row);
    } catch (...) {
      of_sink_ = std::current_exception();
      throw;
    }
  }

  void connect() {
    if (conn_)
      return;
    if (auto fault = pg::connection_string_fault(url_))
      throw sync_failure("config", "the secret is no connection string; " + *fault);
    pg::connection_settings how;
    how.url = url_;
    how.prepare = false; // a pooler may be in between
    how.application_name = "nova/sync";
    how.read_only = true;
    conn_ = std::make_unique<pg::connection>(how);
    stop_.runs_on(*conn_);
  }

  pg::sync_table look_at_table() {
    auto found = pg::sync_place{place_.schema, place_.table}.run(*conn_);
    auto there = pg::sync_columns{place_.schema, place_.table}.run(*conn_);
    if (!found || there.empty())
      throw sync_failure("schema", fmt::format("the source has no table {}.{}, or it may not be "
                                               "seen",
                                               place_.schema, place_.table));
    if (found->rows_hidden)
      throw sync_failure("auth", fmt::format("row-level security hides rows of {}.{} from {}: they "
                                             "would be taken for deleted",
                                             place_.schema, place_.table, conn_->user()));
    key_ = settings_.list("key");
    if (key_.empty())
      key_ = found->primary_key;
    if (key_.empty())
      throw sync_failure("config", fmt::format("{}.{} has no primary key: name columns that tell "
                                               "its rows apart, \"key\": [\"id\"]",
                                               place_.schema, place_.table));
    source_ = std::move(there);
    names_.clear();
    for (const auto& one : source_)
      names_.push_back(one.name);
    return *found;
  }

  [[nodiscard]] const pg::sync_column* column(const std::string& name) const {
    auto found = std::ranges::find(source_, name, &pg::sync_column::name);
    return found == source_.end() ? nullptr : &*found;
  }

  void expect_column(const char* what, const std::string& name) const {
    if (column(name) == nullptr)
      throw sync_failure("config", fmt::format("{}: {}.{} has no column {}", what, place_.schema,
                                               place_.table, name));
  }

  /// Those that both sides have, what the order goes by first.
  opened_stream choose_columns(const columns& target) {
    opened_stream opened;
    auto wanted = settings_.list("columns");
    for (const auto& name : wanted)
      expect_column("columns", name);
    std::vector<std::string> order;
    if (!run_.incremental_key.empty()) {
      expect_column("incremental_key", run_.incremental_key);
      auto type = watermark_type_of(column(run_.incremental_key)->type);
      if (type != run_.watermark_type)
        throw sync_failure("config", fmt::format("watermark_type is {}, and the column {} is of "
                                                 "type {}: it takes {}",
                                                 run_.watermark_type, run_.incremental_key,
                                                 column(run_.incremental_key)->type, type));
    }
    if (run_.mode == "incremental")
      order.push_back(run_.incremental_key);
    for (const auto& name : key_) {
      expect_column("key", name);
      if (std::ranges::find(order, name) == order.end())
        order.push_back(name);
    }
    order_ = order;
    for (const auto& name : names_)
      if (std::ranges::find(order, name) == order.end()
          && (wanted.empty() || std::ranges::find(wanted, name) != wanted.end()))
        order.push_back(name);
    names_.clear();
    columns_.clear();
    for (const auto& name : order) {
      auto here = std::ranges::find(target, name, &opened_stream::column::name);
      if (here == target.end() && !target.empty()) {
        if (std::ranges::find(order_, name) != order_.end())
          throw sync_failure("schema", "the target has no column " + name);
        opened.ignored.push_back(name);
        continue;
      }
      names_.push_back(name);
      columns_.push_back(
        here == target.end() ? opened_stream::column{name, column(name)->type, true} : *here);
    }
    opened.columns = columns_;
    return opened;
  }

  void read_checkpoint() {
    rapidjson::Document read;
    after_.clear();
    if (run_.mode == "full" && json::parse(read, run_.checkpoint) && read.IsObject()
        && read.HasMember("after") && read["after"].IsArray()
        && read["after"].Size() == key_.size())
      for (const auto& one : read["after"].GetArray())
        if (one.IsString())
          after_.emplace_back(std::string{one.GetString(), one.GetStringLength()});
    if (after_.size() != key_.size())
      after_.clear();
    if (json::parse(read, run_.state) && read.IsObject()) {
      if (auto found = read.FindMember("stalled");
          found != read.MemberEnd() && found->value.IsInt64())
        stalled_ = found->value.GetInt64();
      auto pending = read.FindMember("pending");
      if (pending != read.MemberEnd() && pending->value.IsObject()
          && pending->value.HasMember("value") && pending->value["value"].IsString()
          && pending->value.HasMember("at") && pending->value["at"].IsString())
        pending_ = {pending->value["value"].GetString(), pending->value["at"].GetString()};
    }
  }

  /// What a watermark may be at most. The largest value first, and then who is open: whoever may
  /// still commit a smaller one is seen.
  void find_limit() {
    auto text =
      fmt::format("select max({})::text from {}", quoted(run_.incremental_key), quoted(place_));
    pg::transaction look{*conn_};
    pg::sync_session{}.run(*conn_);
    largest_ =
      conn_->exec(sql::statement{"sync_largest", text.c_str()}).value<std::optional<std::string>>();
    auto moment = pg::sync_horizon{}.run(*conn_);
    look.commit();
    oldest_ = moment.oldest;
    if (!moment.all_seen) {
      pending_.reset();
      return;
    }
    if (run_.watermark_type == "timestamp") {
      limit_ = moment.oldest.value_or(moment.now);
      return;
    }
    if (!moment.oldest) {
      limit_ = largest_;
      pending_.reset();
      return;
    }
    // All that was open when the candidate was noted has ended: nothing below it can come.
    if (pending_ && pending_->second < *moment.oldest) {
      limit_ = pending_->first;
      pending_.reset();
    } else {
      limit_ = run_.watermark;
    }
    if (!pending_ && largest_)
      pending_ = {*largest_, moment.now};
    nothing_is_safe_ = !limit_;
  }

  /// A watermark in the one form in which they compare as texts.
  [[nodiscard]] std::string mark(const std::string& value) {
    return pg::sync_least{run_.watermark_type, value, value}.run(*conn_);
  }

  [[nodiscard]] std::optional<std::string> capped(const std::string& value) {
    if (nothing_is_safe_)
      return std::nullopt;
    return pg::sync_least{run_.watermark_type, value, limit_.value_or(value)}.run(*conn_);
  }

  void make_statements() {
    auto type = [this](const std::string& name) { return column(name)->type; };
    auto by = [&](const std::string& name) {
      return "t." + quoted(name)
             + (run_.mode == "incremental" && name == run_.incremental_key
                    && run_.watermark_type == "text"
                  ? " collate \"C\""
                  : "");
    };
    auto ordered = each(order_, [&](size_t i) { return by(order_[i]); });
    auto place = each(order_, [&](size_t i) {
      return fmt::format("current_setting('nova.sync_after_{}')::{}", i, type(order_[i]));
    });
    auto head =
      fmt::format("copy (select {} from {} t where ", quoted_list(names_, "t."), quoted(place_));
    auto tail = fmt::format(" order by {} limit {}) to stdout", ordered, rows_);
    go_on_ = fmt::format("{}({}) > ({}){}", head, ordered, place, tail);
    std::string first = "true";
    if (run_.mode == "incremental") {
      auto of = by(run_.incremental_key);
      first = of + " is not null";
      if (run_.watermark && run_.watermark_type == "text")
        first = of + " >= current_setting('nova.sync_floor')";
      else if (run_.watermark)
        first = fmt::format("{} >= (current_setting('nova.sync_floor')::{} - "
                            "current_setting('nova.sync_overlap')::{})::{}",
                            of, run_.watermark_type == "number" ? "numeric" : "timestamptz",
                            run_.watermark_type == "number" ? "numeric" : "interval",
                            type(run_.incremental_key));
    }
    begin_ = head + first + tail;
  }

  sync_page read_page(const row_sink& sink) {
    before_ = after_;
    sync_page page;
    pg::sync_session session;
    for (size_t i = 0; i < after_.size(); ++i) {
      session.names.push_back("sync_after_" + std::to_string(i));
      session.values.push_back(*after_[i]);
    }
    if (after_.empty() && run_.watermark) {
      session.names.insert(session.names.end(), {"sync_floor", "sync_overlap"});
      session.values.insert(
        session.values.end(),
        {*run_.watermark,
         settings_.text("overlap", run_.watermark_type == "number" ? "1000" : "5 minutes")});
    }
    std::string last;
    pg::transaction look{*conn_};
    session.run(*conn_);
    conn_->copy_out((after_.empty() ? begin_ : go_on_).c_str(), [&](std::string_view row) {
      last.assign(row);
      ++page.rows;
      page.bytes += static_cast<int64_t>(row.size());
      give(sink, row);
    });
    look.commit();
    page.last = page.rows < rows_;
    if (page.rows == 0) {
      if (run_.mode == "incremental" && last_mark_)
        move_to(page, *last_mark_);
      return page;
    }
    seen_ = true;
    if (!pg::first_copy_fields(last, order_.size(), after_)
        || std::ranges::any_of(after_, [](const auto& one) { return !one; }))
      throw sync_failure("source", "a row of the source has no key");
    if (after_ == before_)
      throw sync_failure("stalled", "a page of the source ends where it began");
    if (run_.mode == "incremental") {
      // Of the last value of a page more rows may be in the next one.
      auto before = std::exchange(last_mark_, after_.front());
      if (page.last)
        move_to(page, *last_mark_);
      else if (before && *before != *last_mark_)
        move_to(page, *before);
    } else {
      page.checkpoint = checkpoint();
    }
    return page;
  }

  void move_to(sync_page& page, const std::string& value) {
    page.watermark = capped(value);
    if (page.watermark)
      moved_to_ = page.watermark;
  }

  [[nodiscard]] std::string checkpoint() const {
    rapidjson::StringBuffer text;
    base::json_writer out{text};
    out.StartObject();
    out.Key("after");
    out.StartArray();
    for (const auto& one : after_)
      out.String(one->data(), static_cast<rapidjson::SizeType>(one->size()));
    out.EndArray();
    out.EndObject();
    return text.GetString();
  }

  [[nodiscard]] std::string state_text() const {
    rapidjson::StringBuffer text;
    base::json_writer out{text};
    out.StartObject();
    out.Key("stalled");
    out.Int64(stalled_);
    out.Key("pending");
    if (pending_) {
      out.StartObject();
      out.Key("value");
      out.String(pending_->first.c_str());
      out.Key("at");
      out.String(pending_->second.c_str());
      out.EndObject();
    } else {
      out.Null();
    }
    out.EndObject();
    return text.GetString();
  }

  using position = std::vector<std::optional<std::string>>;

  std::string url_;
  stream_settings settings_;
  sync_stop& stop_;
  table_name place_;
  int64_t rows_;
  std::unique_ptr<pg::connection> conn_;
  pg::sync_task run_;
  std::vector<pg::sync_column> source_;
  std::vector<std::string> key_, order_, names_; // order_: what pages go by
  columns columns_;
  std::string begin_, go_on_;
  position after_, before_;
  std::optional<std::string> largest_, oldest_, limit_, last_mark_, moved_to_;
  std::optional<std::pair<std::string, std::string>> pending_; // a watermark, and when it was noted
  std::exception_ptr of_sink_;
  bool nothing_is_safe_ = false, seen_ = false;
  int64_t stalled_ = 0;
};

} // namespace

std::unique_ptr<connector> postgres_source(std::string url, stream_settings settings,
                                           std::string stream, sync_stop& stop) {
  return std::make_unique<table_source>(std::move(url), std::move(settings), std::move(stream),
                                        stop);
}

} // namespace nova::syncs
