#include "syncs/http_source.hpp"

#include "base/clock.hpp"
#include "base/json_text.hpp"
#include "base/printable.hpp"
#include "json/json_reader.hpp"
#include "pg/copy_in.hpp"
#include "syncs/http_fetch.hpp"
#include "syncs/http_words.hpp"
#include "syncs/sync_failure.hpp"

#include <curl/curl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <rapidjson/pointer.h>

#include <algorithm>
#include <charconv>
#include <exception>
#include <utility>

namespace nova::syncs {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds retry_after_most = 300s;
constexpr int throttles_most = 8;
constexpr int tries_most = 3;
constexpr size_t key_bytes_max = 2000; // an index holds them
constexpr int64_t pages_most = 10'000'000;
constexpr int64_t group_rows = 10'000;
constexpr size_t group_bytes = size_t{4} << 20;

std::string as_text(const rapidjson::Value& value) {
  if (value.IsString())
    return {value.GetString(), value.GetStringLength()};
  rapidjson::StringBuffer text;
  base::json_writer out{text};
  value.Accept(out);
  return {text.GetString(), text.GetSize()};
}

std::string now_text() {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                     fmt::gmtime(static_cast<std::time_t>(base::seconds_of(base::wall_now()))));
}

class list_source : public connector {
public:
  using columns = std::vector<opened_stream::column>;

  list_source(http_source_setup setup, request_gates& gates, sync_stop& stop)
    : setup_(std::move(setup)), gates_(gates), stop_(stop), page_(setup_.stream.part("page")),
      delta_(setup_.stream.part("delta")), auth_(setup_.system.part("auth")) {
    setup_.system.expect_known({"url", "auth", "rate", "allow_private", "headers"});
    setup_.stream.expect_known({"path", "query", "items", "key", "deleted", "since", "page",
                                "delta", "target", "target_columns", "deletes", "overlap",
                                "expired", "answer_max"});
    page_.expect_known({"kind", "next", "param", "size_param", "size", "first", "more"});
    delta_.expect_known({"param", "next"});
    auth_.expect_known({"kind", "header", "prefix", "user", "token_url", "client_id", "scope"});
    read_settings();
    fetch_limits limits;
    limits.allow_private = setup_.system.flag("allow_private", false);
    limits.proxy = setup_.proxy;
    limits.answer_max = static_cast<size_t>(
      setup_.stream.number("answer_max", 1024, int64_t{256} << 20).value_or(int64_t{16} << 20));
    fetch_.emplace(limits, stop_);
  }

  std::vector<std::pair<std::string, std::string>> test() override {
    begin_listing({});
    auto page = next([](std::string_view) {});
    return {{"url", address_},
            {"records of the first page", std::to_string(page.rows)},
            {"of them bad", std::to_string(page.bad.size())},
            {"more pages", page.last ? "no" : "yes"}};
  }

  std::vector<found_stream> discover() override {
    throw sync_failure("config", "an API says nothing of what it has: name the path of a stream in "
                                 "its settings");
  }

  opened_stream open(const pg::sync_task& run, const columns&) override {
    run_ = run;
    read_state();
    opened_stream opened;
    if (run_.mode == "delta" && delta_.empty())
      throw sync_failure("config",
                         "a delta sync needs the setting delta, {\"param\": …, \"next\": …}");
    if (run_.mode == "incremental" && (since_.empty() || run_.incremental_key.empty()))
      throw sync_failure("config",
                         "an incremental sync needs the setting since, the parameter that "
                         "takes the watermark, and incremental_key, a JSON pointer into "
                         "each record");
    begun_ = now_text();
    std::vector<std::pair<std::string, std::string>> more;
    whole_ = run_.mode == "full" || (run_.mode == "delta" && cursor_.empty());
    if (run_.mode == "delta" && !cursor_.empty())
      more.emplace_back(delta_.text("param"), cursor_);
    if (run_.mode == "incremental" && run_.watermark)
      more.emplace_back(since_, *run_.watermark);
    whole_ = whole_ || (run_.mode == "incremental" && !run_.watermark);
    begin_listing(more);
    if (!resume_.empty())
      at_ = resume_;
    opened.whole = whole_;
    return opened;
  }

  sync_page next(const row_sink& sink) override {
    if (!std::exchange(repeat_, false))
      read_pages();
    size_t from = 0;
    for (auto end : ends_) {
      sink(std::string_view{lines_}.substr(from, end - from));
      from = end;
    }
    return current_;
  }

  void again() override {
    repeat_ = true;
  }

  sync_end end() override {
    sync_end known;
    known.complete = whole_;
    if (!run_.incremental_key.empty() && largest_)
      known.watermark =
        run_.watermark_type == "timestamp" && *largest_ > begun_ ? begun_ : *largest_;
    if (!next_delta_.empty()) {
      rapidjson::StringBuffer text;
      base::json_writer out{text};
      out.StartObject();
      out.Key("cursor");
      out.String(next_delta_.c_str());
      out.EndObject();
      known.state = text.GetString();
    } else if (run_.mode == "delta") {
      known.stalled = "the last page has no cursor for the next run at " + delta_.text("next");
    }
    return known;
  }

  std::optional<int64_t> list_keys(const row_sink&) override {
    return std::nullopt;
  }

  std::optional<part_digests> digest(const std::vector<std::string>&, int) override {
    return std::nullopt;
  }

private:
  rapidjson::Pointer pointer(const stream_settings& settings, const char* name,
                             const std::string& text) const {
    rapidjson::Pointer made{text.c_str(), text.size()};
    if (!made.IsValid())
      settings.refuse(name, "is '" + text + "': it takes a JSON pointer, such as /data/items");
    return made;
  }

  void read_settings() {
    const auto& stream = setup_.stream;
    auto url = setup_.system.text("url");
    if (!url.starts_with("http://") && !url.starts_with("https://"))
      setup_.system.refuse("url", "is '" + url + "': it takes the address of the API, https://…");
    if (url.ends_with('/'))
      url.pop_back();
    auto path = stream.text("path", "/" + setup_.name);
    address_ = url + (path.starts_with('/') ? path : "/" + path);
    pause_ = pace_of(setup_.system, setup_.system.text("rate"));
    items_ = pointer(stream, "items", stream.text("items"));
    key_ = pointer(stream, "key", stream.text("key", "/id"));
    if (auto deleted = stream.text("deleted"); !deleted.empty())
      deleted_ = pointer(stream, "deleted", deleted);
    since_ = stream.text("since");
    kind_ = page_.text("kind", "none");
    if (kind_ != "none" && kind_ != "cursor" && kind_ != "page" && kind_ != "offset"
        && kind_ != "link")
      page_.refuse("kind", "is '" + kind_ + "': there are none, cursor, page, offset and link");
    if (kind_ == "cursor" && page_.text("next").empty())
      page_.refuse("next", "is empty: a cursor is found by a JSON pointer");
    size_ = page_.number("size", 1, 1'000'000).value_or(0);
    auto how = auth_.text("kind", "none");
    if (how != "none" && how != "header" && how != "basic" && how != "oauth2")
      auth_.refuse("kind", "is '" + how + "': there are none, header, basic and oauth2");
    if (how != "none" && setup_.secret.empty())
      auth_.refuse("kind", "is '" + how + "', and the integration names no secret");
    if (how == "oauth2" && auth_.text("token_url").empty())
      auth_.refuse("token_url", "is empty");
  }

  void read_state() {
    rapidjson::Document read;
    auto text_at = [&](const std::string& json, const char* name) -> std::string {
      if (!json::parse(read, json) || !read.IsObject())
        return {};
      auto found = read.FindMember(name);
      return found != read.MemberEnd() && found->value.IsString() ? found->value.GetString() : "";
    };
    cursor_ = text_at(run_.state, "cursor");
    if (text_at(run_.checkpoint, "run") == run_.claim.id)
      resume_ = text_at(run_.checkpoint, "next");
  }

  void begin_listing(const std::vector<std::pair<std::string, std::string>>& more) {
    query_ = setup_.stream.texts("query");
    query_.insert(query_.end(), more.begin(), more.end());
    if (auto name = page_.text("size_param"); !name.empty() && size_ > 0)
      query_.emplace_back(name, std::to_string(size_));
    at_ = kind_ == "page"     ? std::to_string(page_.number("first", 0, 1).value_or(1))
          : kind_ == "offset" ? "0"
                              : "";
    pages_ = 0;
  }

  [[nodiscard]] std::string url() const {
    if (kind_ == "link" && !at_.empty())
      return at_;
    auto made = address_;
    char between = made.find('?') == std::string::npos ? '?' : '&';
    auto add = [&](const std::string& name, const std::string& value) {
      made += between + encoded(name) + '=' + encoded(value);
      between = '&';
    };
    for (const auto& [name, value] : query_)
      add(name, value);
    if (!at_.empty())
      add(page_.text("param", kind_), at_);
    return made;
  }

  std::vector<std::string> headers() {
    std::vector<std::string> all;
    for (const auto& [name, value] : setup_.system.texts("headers"))
      all.push_back(name + ": " + value);
    auto how = auth_.text("kind", "none");
    if (how == "header")
      all.push_back(auth_.text("header", "Authorization") + ": " + auth_.text("prefix", "Bearer ")
                    + setup_.secret);
    else if (how == "basic")
      all.push_back("Authorization: Basic "
                    + base64(auth_.text("user").empty()
                               ? setup_.secret
                               : auth_.text("user") + ':' + setup_.secret));
    else if (how == "oauth2")
      all.push_back("Authorization: Bearer " + token());
    for (const auto& line : all)
      if (line.find_first_of("\r\n") != std::string::npos)
        throw sync_failure("config", "a header has a line end: " + line.substr(0, line.find(':')));
    return all;
  }

  /// Client credentials; the secret is the client's.
  const std::string& token() {
    if (!token_.empty())
      return token_;
    fetch_request asked{auth_.text("token_url")};
    asked.form = "grant_type=client_credentials&client_id=" + encoded(auth_.text("client_id"))
                 + "&client_secret=" + encoded(setup_.secret);
    if (auto scope = auth_.text("scope"); !scope.empty())
      *asked.form += "&scope=" + encoded(scope);
    auto answer = fetch_->run(asked);
    if (answer.status == 0)
      throw sync_failure("network", "the token: " + answer.failure);
    rapidjson::Document read;
    if (answer.status >= 300)
      throw sync_failure(answer.status >= 500 ? "source" : "auth",
                         fmt::format("the token: HTTP {}", answer.status));
    if (!json::parse(read, answer.body) || !read.IsObject() || !read.HasMember("access_token")
        || !read["access_token"].IsString())
      throw sync_failure("auth", "the token: the answer has no access_token");
    token_ = read["access_token"].GetString();
    return token_;
  }

  static std::chrono::seconds wait_of(const std::string& header) {
    int64_t seconds = 0;
    auto [end, failure] = std::from_chars(header.data(), header.data() + header.size(), seconds);
    if (failure != std::errc{} || end != header.data() + header.size()) {
      auto date = curl_getdate(header.c_str(), nullptr);
      seconds = date < 0 ? 5 : static_cast<int64_t>(date) - base::seconds_of(base::wall_now());
    }
    return std::chrono::seconds{std::max<int64_t>(seconds, 1)};
  }

  fetched get(const std::string& where) {
    bool renewed = false;
    int throttles = 0, tries = 0;
    for (;;) {
      stop_.pause(gates_.take(setup_.gate, pause_));
      auto answer = fetch_->run({where, headers()});
      if (answer.status >= 200 && answer.status < 300)
        return answer;
      if (answer.refused)
        throw sync_failure("config", answer.failure);
      if (answer.status == 429 || (answer.status == 503 && !answer.retry_after.empty())) {
        auto wait = wait_of(answer.retry_after.empty() ? "5" : answer.retry_after);
        gates_.close(setup_.gate, std::min(wait, retry_after_most));
        if (wait > retry_after_most || ++throttles > throttles_most)
          throw sync_failure("rate_limited", fmt::format("HTTP {}, to be asked again after {} s",
                                                         answer.status, wait.count()));
        continue;
      }
      if (answer.status == 401 && auth_.text("kind") == "oauth2" && !std::exchange(renewed, true)) {
        token_.clear();
        continue;
      }
      if (answer.status == 401 || answer.status == 403)
        throw sync_failure("auth", fmt::format("HTTP {}: the source does not take the secret",
                                               answer.status));
      if (is_expired(answer.status))
        throw cursor_expired{};
      if ((answer.status == 0 || answer.status >= 500) && ++tries < tries_most) {
        stop_.pause(std::chrono::seconds{1 << tries});
        continue;
      }
      if (answer.status == 0)
        throw sync_failure("network", "the source: " + answer.failure);
      throw sync_failure("source", fmt::format("HTTP {}", answer.status));
    }
  }

  [[nodiscard]] bool is_expired(int status) const {
    auto held = run_.mode == "delta" || kind_ == "cursor";
    return held
           && (status == 410 || setup_.stream.number("expired", 400, 499).value_or(410) == status);
  }

  /// Several pages of the source are one of ours: a transaction costs as much as many records.
  /// Those before one that fails are kept.
  void read_pages() {
    if (failed_)
      std::rethrow_exception(std::exchange(failed_, nullptr));
    lines_.clear();
    ends_.clear();
    current_ = {};
    do {
      auto before = current_.rows;
      try {
        read_page();
      } catch (const sync_stopped&) {
        throw;
      } catch (const std::runtime_error&) {
        if (before == 0)
          throw;
        failed_ = std::current_exception();
        return;
      }
    } while (!current_.last && current_.rows < group_rows && lines_.size() < group_bytes);
  }

  void read_page() {
    stop_.check();
    if (++pages_ > pages_most)
      throw sync_failure("stalled", "the listing does not end");
    auto answer = get(url());
    current_.bytes += static_cast<int64_t>(answer.body.size());
    auto digest = std::hash<std::string>{}(answer.body);
    rapidjson::Document read;
    json::bounds bounds;
    bounds.bytes_max = size_t{256} << 20;
    if (auto parsed = json::parse_in_place(read, answer.body, bounds); !parsed)
      throw sync_failure("source", "the answer is no JSON: " + base::to_string(parsed.error()));
    const auto* items = items_.Get(read);
    if (items == nullptr || !items->IsArray())
      throw sync_failure("source",
                         "the answer has no list at '" + setup_.stream.text("items") + "'");
    for (const auto& item : items->GetArray())
      add(item);
    current_.rows += items->Size();
    if (items->Size() > 0 && kind_ != "none" && digest == std::exchange(last_digest_, digest))
      throw sync_failure("stalled", "a page is as the one before it: the source does not take the "
                                    "parameter of the page");
    go_on(read, answer.link, items->Size());
  }

  void add(const rapidjson::Value& item) {
    auto record = as_text(item);
    const auto* key = item.IsObject() || item.IsArray() ? key_.Get(item) : nullptr;
    auto reject = [&](std::string why) {
      current_.bad.push_back(
        {fmt::format("page {}, record {}", pages_, ends_.size() + current_.bad.size()),
         std::move(why), std::move(record)});
    };
    if (key == nullptr || key->IsNull() || key->IsObject() || key->IsArray())
      return reject("it has no key at " + setup_.stream.text("key", "/id"));
    auto name = as_text(*key);
    if (name.empty() || name.size() > key_bytes_max || name.find('\0') != std::string::npos)
      return reject("its key is empty, longer than 2,000 bytes, or has a zero byte");
    if (deleted_)
      if (const auto* gone = deleted_->Get(item);
          gone != nullptr && !gone->IsNull() && !gone->IsFalse()) {
        current_.gone.push_back(std::move(name));
        return;
      }
    if (!run_.incremental_key.empty())
      note_change(item);
    pg::append_copy_text(lines_, name);
    lines_ += '\t';
    pg::append_copy_text(lines_, record);
    lines_ += '\n';
    ends_.push_back(lines_.size());
  }

  void note_change(const rapidjson::Value& item) {
    auto place =
      run_.incremental_key.starts_with('/') ? run_.incremental_key : "/" + run_.incremental_key;
    const auto* value = rapidjson::Pointer{place.c_str(), place.size()}.Get(item);
    if (value == nullptr || value->IsNull() || value->IsObject() || value->IsArray())
      return;
    auto text = as_text(*value);
    if (!largest_ || is_less(*largest_, text))
      largest_ = text;
  }

  [[nodiscard]] bool is_less(const std::string& a, const std::string& b) const {
    if (run_.watermark_type != "number")
      return a < b;
    return std::strtod(a.c_str(), nullptr) < std::strtod(b.c_str(), nullptr);
  }

  void go_on(const rapidjson::Document& read, const std::string& link, size_t count) {
    auto before = at_;
    auto text_at = [&](const stream_settings& of, const char* name) -> std::string {
      auto place = of.text(name);
      if (place.empty())
        return {};
      const auto* found = pointer(of, name, place).Get(read);
      return found == nullptr || found->IsNull() || found->IsFalse() ? "" : as_text(*found);
    };
    auto full = size_ == 0 ? count > 0 : count >= static_cast<size_t>(size_);
    auto more = page_.text("more").empty() ? full : !text_at(page_, "more").empty();
    if (kind_ == "cursor") {
      at_ = text_at(page_, "next");
    } else if (kind_ == "link") {
      at_ = next_link(link);
      if (at_.starts_with('/'))
        at_ = origin_of(address_) + at_;
      if (!at_.empty() && origin_of(at_) != origin_of(address_))
        throw sync_failure("source", "the next page is of another host: " + origin_of(at_));
    } else if (kind_ == "page") {
      at_ = more ? std::to_string(std::stoll(before) + 1) : "";
    } else if (kind_ == "offset") {
      at_ = more ? std::to_string(std::stoll(before) + static_cast<int64_t>(count)) : "";
    } else {
      at_.clear();
    }
    current_.last = at_.empty();
    if (!current_.last && at_ == before)
      throw sync_failure("stalled", "the next page is the same as this one");
    if (auto cursor = text_at(delta_, "next"); !cursor.empty())
      next_delta_ = cursor;
    if (!current_.last) {
      rapidjson::StringBuffer text;
      base::json_writer out{text};
      out.StartObject();
      out.Key("run");
      out.String(run_.claim.id.c_str());
      out.Key("next");
      out.String(at_.data(), static_cast<rapidjson::SizeType>(at_.size()));
      out.EndObject();
      current_.checkpoint = text.GetString();
    }
  }

  http_source_setup setup_;
  request_gates& gates_;
  sync_stop& stop_;
  stream_settings page_, delta_, auth_;
  std::optional<http_fetch> fetch_;
  pg::sync_task run_;
  std::string address_, since_, kind_;
  rapidjson::Pointer items_, key_;
  std::optional<rapidjson::Pointer> deleted_;
  std::chrono::nanoseconds pause_{0};
  int64_t size_ = 0, pages_ = 0;
  std::vector<std::pair<std::string, std::string>> query_;
  std::string at_; // the cursor, page, offset or link of the next page
  std::string cursor_, resume_, next_delta_, token_, begun_;
  std::optional<std::string> largest_;
  std::string lines_; // of the page
  std::vector<size_t> ends_;
  sync_page current_;
  size_t last_digest_ = 0;
  std::exception_ptr failed_; // of the page behind those that were given
  bool repeat_ = false, whole_ = false;
};

} // namespace

std::unique_ptr<connector> http_source(http_source_setup setup, request_gates& gates,
                                       sync_stop& stop) {
  return std::make_unique<list_source>(std::move(setup), gates, stop);
}

} // namespace nova::syncs
