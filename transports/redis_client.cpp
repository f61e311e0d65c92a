#include "transports/redis_client.hpp"

#include "transports/broker_url.hpp"

#include <hiredis/hiredis.h>

#include <algorithm>
#include <string_view>
#include <utility>

// One stream, one group, one sorted set:
//
//   publish ─▶ STREAM ── XREADGROUP ──▶ a receiver's, in the group's list of pending entries
//                 ▲ ▲                        │ acknowledge: XACK and XDEL
//                 │ └── put_back, no delay ──┤
//                 │                          └─ lease over: XAUTOCLAIM gives it to who receives
//                 next
//   {STREAM}:delayed ◀── put_back, delay
//
// Each step that takes from one place and puts into another is a script, which Redis runs as a
// whole. The stream is never trimmed by its length: an entry goes when it is done.

namespace nova::transports {
namespace {

using steady = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr uint16_t redis_port = 6379;
constexpr auto connect_limit = 5s;
constexpr auto answer_limit = 10s;
// Between two looks for what is due.
constexpr auto move_pause = 200ms;
constexpr auto rescue_pause_least = 500ms;

// ARGV: group, then ids. Those that were still pending.
constexpr const char* acknowledge_script = R"(
local n = 0
for i = 2, #ARGV do
  if redis.call('XACK', KEYS[1], ARGV[1], ARGV[i]) == 1 then
    redis.call('XDEL', KEYS[1], ARGV[i])
    n = n + 1
  end
end
return n)";

// ARGV: group, id of the entry, id of the message, payload, due in milliseconds or 0 for now. Equal
// payloads of two entries are two members.
constexpr const char* put_back_script = R"(
if redis.call('XACK', KEYS[1], ARGV[1], ARGV[2]) == 0 then return 0 end
redis.call('XDEL', KEYS[1], ARGV[2])
if ARGV[5] == '0' then
  redis.call('XADD', KEYS[1], '*', 'message', ARGV[4], 'id', ARGV[3])
else
  redis.call('ZADD', KEYS[2], ARGV[5], ARGV[2] .. ' ' .. ARGV[3] .. ' ' .. ARGV[4])
end
return 1)";

// ARGV: now in milliseconds.
constexpr const char* move_script = R"(
local due = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[1], 'LIMIT', 0, 100)
for _, member in ipairs(due) do
  local id, payload = string.match(member, '^%S+ (%S*) (.*)$')
  redis.call('XADD', KEYS[1], '*', 'message', payload, 'id', id)
  redis.call('ZREM', KEYS[2], member)
end
return #due)";

// ARGV: group, own name. Receivers that have nothing and have not been seen for a day are
// forgotten: every process has a name of its own.
constexpr const char* forget_script = R"(
for _, one in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local is = {}
  for i = 1, #one, 2 do is[one[i]] = one[i + 1] end
  if is.pending == 0 and is.idle > 86400000 and is.name ~= ARGV[2] then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], is.name)
  end
end
return 0)";

timeval time_of(std::chrono::milliseconds time) {
  auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  return {seconds.count(), std::chrono::microseconds{time - seconds}.count()};
}

std::string_view text_of(const redisReply& from) {
  return from.str == nullptr ? std::string_view{} : std::string_view{from.str, from.len};
}

broker_failure failure_of(std::string_view error) {
  for (std::string_view begin : {"WRONGPASS", "NOAUTH", "NOPERM", "ERR invalid password",
                                 "ERR AUTH", "ERR Client sent AUTH"})
    if (error.starts_with(begin))
      return broker_failure::refused;
  for (std::string_view begin : {"OOM", "MISCONF"})
    if (error.starts_with(begin))
      return broker_failure::full;
  for (std::string_view begin : {"LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN"})
    if (error.starts_with(begin))
      return broker_failure::unreachable;
  return broker_failure::malformed;
}

[[noreturn]] void refuse(std::string_view error) {
  throw broker_error{failure_of(error), "Redis says: " + std::string{error.substr(0, 500)}};
}

const redisReply& part(const redisReply& of, size_t which) {
  if (of.type != REDIS_REPLY_ARRAY || which >= of.elements || of.element[which] == nullptr)
    throw broker_error{broker_failure::malformed, "an answer of Redis has not the expected parts"};
  return *of.element[which];
}

/// An entry of a stream: its id and its fields.
delivery delivery_of(const redisReply& entry) {
  delivery made;
  made.receipt = made.id = text_of(part(entry, 0));
  const auto& fields = part(entry, 1);
  std::string others;
  bool ours = false;
  for (size_t i = 0; i + 1 < fields.elements; i += 2) {
    auto name = text_of(part(fields, i)), value = text_of(part(fields, i + 1));
    if (name == "message") {
      made.payload = value;
      ours = true;
    }
    others.append(others.empty() ? "" : " ").append(name).append(" ").append(value);
  }
  if (!ours)
    made.payload = std::move(others); // no message of ours: who receives it says so
  return made;
}

std::vector<delivery> deliveries_of(const redisReply& entries) {
  std::vector<delivery> all;
  for (size_t i = 0; i < entries.elements; ++i)
    // One that was deleted meanwhile has no fields.
    if (const auto& entry = part(entries, i);
        entry.type == REDIS_REPLY_ARRAY && part(entry, 1).type == REDIS_REPLY_ARRAY)
      all.push_back(delivery_of(entry));
  return all;
}

} // namespace

void redis_client::context_end::operator()(redisContext* context) const {
  redisFree(context);
}

void redis_client::reply_end::operator()(redisReply* reply) const {
  freeReplyObject(reply);
}

redis_client::redis_client(broker_settings settings)
  : settings_(std::move(settings)), stream_(value_of(settings_, "stream", "nova")),
    group_(value_of(settings_, "group", "nova")), lease_(lease_of(settings_)) {
  auto url = parse_broker_url(value_of(settings_, "url"), "redis", redis_port);
  if (!url)
    throw broker_error{broker_failure::malformed, to_string(url.error())};
  host_ = url->host;
  port_ = url->port;
  database_ = url->path;
  delayed_ = '{' + stream_ + "}:delayed";
}

redis_client::~redis_client() = default;

void redis_client::connect() {
  if (context_)
    return;
  auto password = password_of(settings_);
  context_.reset(redisConnectWithTimeout(host_.c_str(), port_, time_of(connect_limit)));
  if (!context_ || context_->err != 0) {
    auto reason = context_ ? std::string{context_->errstr} : std::string{"out of memory"};
    context_.reset();
    throw broker_error{broker_failure::unreachable, "no connection with Redis at " + host_ + ':'
                                                      + std::to_string(port_) + ": " + reason};
  }
  redisSetTimeout(context_.get(), time_of(answer_limit));
  redisEnableKeepAlive(context_.get());
  try {
    if (auto user = value_of(settings_, "user"); !password.empty())
      run(user.empty() ? words{"AUTH", password} : words{"AUTH", user, password});
    if (!database_.empty())
      run({"SELECT", database_});
    make_group();
    run({"EVAL", forget_script, "1", stream_, group_, settings_.consumer});
  } catch (const broker_error&) {
    context_.reset();
    throw;
  }
}

void redis_client::make_group() {
  try {
    run({"XGROUP", "CREATE", stream_, group_, "0", "MKSTREAM"});
  } catch (const broker_error& failure) {
    if (std::string_view{failure.what()}.find("BUSYGROUP") == std::string_view::npos)
      throw; // else it is there
  }
}

void redis_client::append(const words& command) {
  std::vector<const char*> texts;
  std::vector<size_t> sizes;
  for (const auto& word : command) {
    texts.push_back(word.data());
    sizes.push_back(word.size());
  }
  redisAppendCommandArgv(context_.get(), static_cast<int>(texts.size()), texts.data(),
                         sizes.data());
}

/// What is asked for in one pipeline has all its answers read, so that none is taken for another's:
/// an error of the connection ends it, an error of Redis is left in its answer.
redis_client::reply redis_client::next_reply() {
  void* got = nullptr;
  if (redisGetReply(context_.get(), &got) != REDIS_OK || got == nullptr) {
    std::string reason = context_->errstr;
    context_.reset();
    throw broker_error{broker_failure::unreachable, "the connection with Redis broke: " + reason};
  }
  return reply{static_cast<redisReply*>(got)};
}

redis_client::reply redis_client::run(const words& command) {
  append(command);
  auto answer = next_reply();
  if (answer->type == REDIS_REPLY_ERROR) {
    auto error = std::string{text_of(*answer)};
    if (error.starts_with("NOGROUP")) // somebody emptied it: the next use makes it again
      context_.reset();
    refuse(error);
  }
  return answer;
}

std::vector<size_t> redis_client::publish(const std::vector<outgoing_message>& some) {
  connect();
  for (const auto& one : some)
    append({"XADD", stream_, "*", "message", one.payload, "id", one.id});
  std::string refused;
  for (size_t i = 0; i < some.size(); ++i)
    if (auto answer = next_reply(); answer->type == REDIS_REPLY_ERROR)
      refused = text_of(*answer);
  if (!refused.empty())
    refuse(refused);
  return {};
}

int64_t redis_client::now_ms() {
  auto answer = run({"TIME"});
  auto number = [&](size_t which) {
    return std::stoll(std::string{text_of(part(*answer, which))});
  };
  constexpr int64_t per_second = 1000;
  return number(0) * per_second + number(1) / per_second;
}

void redis_client::move_due() {
  if (steady::now() < next_move_)
    return;
  next_move_ = steady::now() + move_pause;
  run({"EVAL", move_script, "2", stream_, delayed_, std::to_string(now_ms())});
}

std::vector<delivery> redis_client::rescue(size_t most) {
  if (steady::now() < next_rescue_)
    return {};
  next_rescue_ =
    steady::now() + std::max<std::chrono::milliseconds>(lease_ / 4, rescue_pause_least);
  auto answer =
    run({"XAUTOCLAIM", stream_, group_, settings_.consumer, std::to_string(lease_.count()),
         rescue_cursor_, "COUNT", std::to_string(most)});
  rescue_cursor_ = text_of(part(*answer, 0));
  auto found = deliveries_of(part(*answer, 1));
  if (rescue_cursor_ != "0-0")
    next_rescue_ = steady::now(); // there is more
  count_deliveries(found);
  return found;
}

void redis_client::count_deliveries(std::vector<delivery>& some) {
  for (const auto& one : some)
    append({"XPENDING", stream_, group_, one.receipt, one.receipt, "1"});
  for (auto& one : some) {
    auto answer = next_reply();
    if (answer->type == REDIS_REPLY_ARRAY && answer->elements == 1)
      one.deliveries = static_cast<int32_t>(part(part(*answer, 0), 3).integer);
  }
}

std::vector<delivery> redis_client::read_new(size_t most, std::chrono::milliseconds wait) {
  words command{"XREADGROUP", "GROUP", group_, settings_.consumer, "COUNT", std::to_string(most)};
  if (wait > 0ms) // 0 would be for ever
    command.insert(command.end(), {"BLOCK", std::to_string(wait.count())});
  command.insert(command.end(), {"STREAMS", stream_, ">"});
  auto answer = run(command);
  if (answer->type != REDIS_REPLY_ARRAY)
    return {}; // nothing came
  return deliveries_of(part(part(*answer, 0), 1));
}

std::vector<delivery> redis_client::receive(size_t most, std::chrono::milliseconds wait) {
  connect();
  move_due();
  auto found = rescue(most);
  return found.empty() ? read_new(most, std::min<std::chrono::milliseconds>(wait, answer_limit / 2))
                       : found;
}

size_t redis_client::acknowledge(const std::vector<std::string>& receipts) {
  connect();
  words command{"EVAL", acknowledge_script, "1", stream_, group_};
  command.insert(command.end(), receipts.begin(), receipts.end());
  return static_cast<size_t>(run(command)->integer);
}

size_t redis_client::put_back(const std::vector<returned_message>& some) {
  connect();
  auto now = now_ms();
  for (const auto& one : some)
    append({"EVAL", put_back_script, "2", stream_, delayed_, group_, one.receipt, one.message.id,
            one.message.payload,
            one.delay.count() > 0 ? std::to_string(now + one.delay.count()) : "0"});
  size_t counted = 0;
  std::string refused;
  for (size_t i = 0; i < some.size(); ++i) {
    auto answer = next_reply();
    if (answer->type == REDIS_REPLY_ERROR)
      refused = text_of(*answer);
    else
      counted += answer->integer == 1;
  }
  if (!refused.empty())
    refuse(refused);
  return counted;
}

void redis_client::extend(const std::vector<std::string>& receipts) {
  connect();
  // JUSTID: held by who has it already, so it is no further delivery.
  words command{"XCLAIM", stream_, group_, settings_.consumer, "0"};
  command.insert(command.end(), receipts.begin(), receipts.end());
  command.emplace_back("JUSTID");
  run(command);
}

std::optional<int64_t> redis_client::depth() {
  connect();
  return run({"XLEN", stream_})->integer + run({"ZCARD", delayed_})->integer;
}

} // namespace nova::transports
