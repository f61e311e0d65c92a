#include "transports/rabbitmq_client.hpp"

#include "transports/broker_url.hpp"

#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <string_view>
#include <utility>

// Two connections: one publishes with confirms, one has a consumer whose prefetch is the credit of
// who receives. All queues are quorum queues, so what is confirmed is on disk:
//
//   publish ─▶ QUEUE ── a consumer ──▶ unsettled ── acknowledge: basic.ack
//                ▲                        │
//                └── dead-lettered ── QUEUE.delay.MS ◀── put_back: published, confirmed, then acked
//
// A queue of delays gives all its messages the same time to live, so that none waits behind one
// that waits for longer; delays are rounded up to one of four in each power of two.

namespace nova::transports {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

constexpr uint16_t amqp_port = 5672;
constexpr auto connect_limit = 5s;
constexpr auto confirm_limit = 10s;
constexpr int frame_max = 131'072;
constexpr amqp_channel_t channel = 1;
constexpr int64_t delay_max_ms = int64_t{24} * 3600 * 1000;
// A queue of delays goes when nobody has put anything into it for so long after its last message.
constexpr int64_t queue_kept_ms = int64_t{3600} * 1000;

timeval time_of(std::chrono::milliseconds time) {
  auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  return {seconds.count(), std::chrono::microseconds{time - seconds}.count()};
}

amqp_bytes_t bytes_of(std::string_view text) {
  amqp_bytes_t made;
  made.len = text.size();
  made.bytes = const_cast<char*>(text.data());
  return made;
}

std::string_view text_of(const amqp_bytes_t& bytes) {
  return bytes.len == 0 ? std::string_view{}
                        : std::string_view{static_cast<const char*>(bytes.bytes), bytes.len};
}

[[noreturn]] void refuse(uint16_t code, std::string_view text, const char* what) {
  auto kind = code == AMQP_ACCESS_REFUSED || code == AMQP_NOT_ALLOWED ? broker_failure::refused
              : code == AMQP_RESOURCE_ERROR                           ? broker_failure::full
              : code == AMQP_CONNECTION_FORCED || code == AMQP_INTERNAL_ERROR
                ? broker_failure::unreachable
                : broker_failure::malformed;
  throw broker_error{kind, std::string{"RabbitMQ says to "} + what + ": " + std::to_string(code)
                             + ' ' + std::string{text.substr(0, 300)}};
}

/// What the server closed a channel or the connection with.
[[noreturn]] void refuse(const amqp_method_t& method, const char* what) {
  if (method.id == AMQP_CONNECTION_CLOSE_METHOD) {
    const auto* said = static_cast<const amqp_connection_close_t*>(method.decoded);
    refuse(said->reply_code, text_of(said->reply_text), what);
  }
  if (method.id == AMQP_CHANNEL_CLOSE_METHOD) {
    const auto* said = static_cast<const amqp_channel_close_t*>(method.decoded);
    refuse(said->reply_code, text_of(said->reply_text), what);
  }
  throw broker_error{broker_failure::malformed, std::string{"RabbitMQ ended to "} + what};
}

[[noreturn]] void lost(int status, const char* what) {
  throw broker_error{broker_failure::unreachable,
                     std::string{"the connection with RabbitMQ broke ("} + what
                       + "): " + amqp_error_string2(status)};
}

amqp_table_entry_t entry(const char* key, std::string_view text) {
  amqp_table_entry_t made{};
  made.key = amqp_cstring_bytes(key);
  made.value.kind = AMQP_FIELD_KIND_UTF8;
  made.value.value.bytes = bytes_of(text);
  return made;
}

amqp_table_entry_t entry(const char* key, int64_t number) {
  amqp_table_entry_t made{};
  made.key = amqp_cstring_bytes(key);
  made.value.kind = AMQP_FIELD_KIND_I64;
  made.value.value.i64 = number;
  return made;
}

/// Quorum queues count in a header how often they gave a message out before.
int32_t deliveries_of(const amqp_basic_properties_t& of) {
  if ((of._flags & AMQP_BASIC_HEADERS_FLAG) == 0)
    return 1;
  for (int i = 0; i < of.headers.num_entries; ++i) {
    const auto& one = of.headers.entries[i];
    if (text_of(one.key) != "x-delivery-count")
      continue;
    int64_t count = 0;
    switch (one.value.kind) {
      case AMQP_FIELD_KIND_I8: count = one.value.value.i8; break;
      case AMQP_FIELD_KIND_U8: count = one.value.value.u8; break;
      case AMQP_FIELD_KIND_I16: count = one.value.value.i16; break;
      case AMQP_FIELD_KIND_U16: count = one.value.value.u16; break;
      case AMQP_FIELD_KIND_I32: count = one.value.value.i32; break;
      case AMQP_FIELD_KIND_U32: count = one.value.value.u32; break;
      case AMQP_FIELD_KIND_I64: count = one.value.value.i64; break;
      default: break;
    }
    return static_cast<int32_t>(std::clamp<int64_t>(count, 0, 1'000'000)) + 1;
  }
  return 1;
}

/// Up to a quarter more.
int64_t rounded_up(int64_t ms) {
  constexpr int64_t least = 64, steps = 4;
  ms = std::clamp(ms, least, delay_max_ms);
  auto step = static_cast<int64_t>(std::bit_floor(static_cast<uint64_t>(ms))) / steps;
  return (ms + step - 1) / step * step;
}

} // namespace

void rabbitmq_client::connection_end::operator()(amqp_connection_state_t_* of) const {
  amqp_destroy_connection(of);
}

rabbitmq_client::rabbitmq_client(broker_settings settings)
  : settings_(std::move(settings)), queue_(value_of(settings_, "queue", "nova")) {
  auto url = parse_broker_url(value_of(settings_, "url"), "amqp", amqp_port);
  if (!url)
    throw broker_error{broker_failure::malformed, to_string(url.error())};
  host_ = url->host;
  port_ = url->port;
}

rabbitmq_client::~rabbitmq_client() = default;

/// Throws what the last call left, and ends the connection then.
void rabbitmq_client::expect_good(connection& of, const char* what) const {
  auto reply = amqp_get_rpc_reply(of.get());
  if (reply.reply_type == AMQP_RESPONSE_NORMAL)
    return;
  auto dead = std::move(of);
  if (reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION)
    refuse(reply.reply, what);
  lost(reply.library_error, what);
}

rabbitmq_client::connection rabbitmq_client::connect() const {
  auto password = password_of(settings_);
  connection made{amqp_new_connection()};
  auto* socket = made ? amqp_tcp_socket_new(made.get()) : nullptr;
  if (socket == nullptr)
    throw broker_error{broker_failure::unreachable, "no connection with RabbitMQ: out of memory"};
  auto limit = time_of(connect_limit);
  if (auto status = amqp_socket_open_noblock(socket, host_.c_str(), port_, &limit);
      status != AMQP_STATUS_OK)
    throw broker_error{broker_failure::unreachable, "no connection with RabbitMQ at " + host_ + ':'
                                                      + std::to_string(port_) + ": "
                                                      + amqp_error_string2(status)};
  // Instead of heartbeats, which only a thread that never waits for anything else can send.
  int on = 1;
  unsigned int unanswered_ms = 30'000;
  ::setsockopt(amqp_get_sockfd(made.get()), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  ::setsockopt(amqp_get_sockfd(made.get()), IPPROTO_TCP, TCP_USER_TIMEOUT, &unanswered_ms,
               sizeof unanswered_ms);
  auto answer_limit = time_of(confirm_limit);
  amqp_set_rpc_timeout(made.get(), &answer_limit);
  amqp_set_handshake_timeout(made.get(), &answer_limit);
  auto login = amqp_login(made.get(), value_of(settings_, "vhost", "/").c_str(), 0, frame_max, 0,
                          AMQP_SASL_METHOD_PLAIN, value_of(settings_, "user", "guest").c_str(),
                          password.c_str());
  if (login.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION)
    refuse(login.reply, "log in");
  if (login.reply_type != AMQP_RESPONSE_NORMAL)
    lost(login.library_error, "log in");
  amqp_channel_open(made.get(), channel);
  expect_good(made, "open a channel");
  return made;
}

/// Of a queue of delays what is in it comes into the queue behind its time.
void rabbitmq_client::declare(const std::string& queue, std::chrono::milliseconds delay) {
  std::vector<amqp_table_entry_t> arguments{entry("x-queue-type", std::string_view{"quorum"})};
  if (delay.count() > 0)
    for (const auto& one :
         {entry("x-message-ttl", delay.count()), entry("x-expires", delay.count() + queue_kept_ms),
          entry("x-dead-letter-exchange", std::string_view{}),
          entry("x-dead-letter-routing-key", std::string_view{queue_}),
          entry("x-dead-letter-strategy", std::string_view{"at-least-once"}),
          entry("x-overflow", std::string_view{"reject-publish"})})
      arguments.push_back(one);
  amqp_queue_declare(publisher_.get(), channel, bytes_of(queue), 0, 1, 0, 0,
                     {static_cast<int>(arguments.size()), arguments.data()});
  expect_good(publisher_, "declare a queue");
}

void rabbitmq_client::connect_publisher() {
  if (publisher_)
    return;
  publisher_ = connect();
  published_ = 0;
  declare(queue_, 0ms);
  amqp_confirm_select(publisher_.get(), channel);
  expect_good(publisher_, "confirm what is published");
}

/// The credit is that of the first question: a consumer that is changed while it has deliveries
/// ends the connection (INTERNAL_ERROR, RabbitMQ 3.10).
void rabbitmq_client::connect_receiver(size_t credit) {
  if (receiver_)
    return;
  connect_publisher(); // declares the queue
  receiver_ = connect();
  ++generation_;
  unsettled_.clear();
  constexpr size_t credit_least = 10;
  auto prefetch = static_cast<uint16_t>(std::clamp<size_t>(credit, credit_least, UINT16_MAX));
  amqp_basic_qos(receiver_.get(), channel, 0, prefetch, 0);
  expect_good(receiver_, "set the prefetch");
  amqp_basic_consume(receiver_.get(), channel, bytes_of(queue_), amqp_empty_bytes, 0, 0, 0,
                     amqp_empty_table);
  expect_good(receiver_, "consume");
}

/// Waits until the broker has all from `first` to `last`.
void rabbitmq_client::confirm(uint64_t first, uint64_t last) {
  std::set<uint64_t> open;
  for (auto tag = first; tag <= last; ++tag)
    open.insert(tag);
  auto deadline = steady::now() + confirm_limit;
  while (!open.empty()) {
    amqp_maybe_release_buffers(publisher_.get());
    auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady::now());
    auto limit = time_of(std::max(left, 0ms));
    amqp_frame_t frame;
    auto status = amqp_simple_wait_frame_noblock(publisher_.get(), &frame, &limit);
    auto dead = [this] { return std::exchange(publisher_, nullptr); };
    if (status == AMQP_STATUS_TIMEOUT) {
      auto ended = dead();
      throw broker_error{broker_failure::full, "RabbitMQ does not confirm what is published: an "
                                               "alarm of its memory or disk, or a queue "
                                               "without a leader"};
    }
    if (status != AMQP_STATUS_OK) {
      auto ended = dead();
      lost(status, "publish");
    }
    if (frame.frame_type != AMQP_FRAME_METHOD)
      continue; // of a message that was returned
    const auto& method = frame.payload.method;
    if (method.id == AMQP_BASIC_ACK_METHOD) {
      const auto* said = static_cast<const amqp_basic_ack_t*>(method.decoded);
      if (said->multiple)
        open.erase(open.begin(), open.upper_bound(said->delivery_tag));
      else
        open.erase(said->delivery_tag);
    } else if (method.id == AMQP_BASIC_NACK_METHOD) {
      auto ended = dead();
      throw broker_error{broker_failure::full, "RabbitMQ did not take what was published"};
    } else if (method.id == AMQP_BASIC_RETURN_METHOD) {
      auto ended = dead();
      throw broker_error{broker_failure::malformed, "somebody has deleted the queue"};
    } else if (method.id == AMQP_CHANNEL_CLOSE_METHOD
               || method.id == AMQP_CONNECTION_CLOSE_METHOD) {
      auto ended = dead();
      refuse(method, "publish");
    }
  }
}

void rabbitmq_client::send(const std::string& queue, const std::vector<outgoing_message>& some) {
  auto first = published_ + 1;
  for (const auto& one : some) {
    amqp_basic_properties_t properties{};
    properties._flags =
      AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_MESSAGE_ID_FLAG;
    properties.content_type = amqp_cstring_bytes("application/json");
    properties.delivery_mode = AMQP_DELIVERY_PERSISTENT;
    properties.message_id = bytes_of(one.id);
    constexpr amqp_boolean_t mandatory = 1;
    auto status = amqp_basic_publish(publisher_.get(), channel, amqp_empty_bytes, bytes_of(queue),
                                     mandatory, 0, &properties, bytes_of(one.payload));
    if (status != AMQP_STATUS_OK) {
      publisher_.reset();
      lost(status, "publish");
    }
    ++published_;
  }
  if (!some.empty())
    confirm(first, published_);
}

std::vector<size_t> rabbitmq_client::publish(const std::vector<outgoing_message>& some) {
  connect_publisher();
  send(queue_, some);
  return {};
}

std::vector<delivery> rabbitmq_client::receive(size_t most, std::chrono::milliseconds wait) {
  connect_receiver(most);
  std::vector<delivery> all;
  while (all.size() < most) {
    amqp_maybe_release_buffers(receiver_.get());
    amqp_envelope_t envelope;
    auto limit = time_of(all.empty() ? wait : 0ms);
    auto reply = amqp_consume_message(receiver_.get(), &envelope, &limit, 0);
    if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION
        && reply.library_error == AMQP_STATUS_TIMEOUT)
      break;
    if (reply.reply_type != AMQP_RESPONSE_NORMAL) {
      amqp_frame_t frame;
      auto none = time_of(0ms);
      auto dead = std::move(receiver_);
      if (reply.library_error == AMQP_STATUS_UNEXPECTED_STATE
          && amqp_simple_wait_frame_noblock(dead.get(), &frame, &none) == AMQP_STATUS_OK
          && frame.frame_type == AMQP_FRAME_METHOD)
        refuse(frame.payload.method, "receive");
      lost(reply.library_error, "receive");
    }
    delivery made;
    made.receipt = std::to_string(generation_) + ' ' + std::to_string(envelope.delivery_tag);
    made.payload = text_of(envelope.message.body);
    made.deliveries = deliveries_of(envelope.message.properties);
    if ((envelope.message.properties._flags & AMQP_BASIC_MESSAGE_ID_FLAG) != 0)
      made.id = text_of(envelope.message.properties.message_id);
    if (made.id.empty())
      made.id = settings_.consumer + ' ' + made.receipt + ' '
                + std::to_string(steady::now().time_since_epoch().count());
    unsettled_.insert(envelope.delivery_tag);
    all.push_back(std::move(made));
    amqp_destroy_envelope(&envelope);
  }
  return all;
}

/// Zero: of an earlier connection, whose deliveries come again.
uint64_t rabbitmq_client::tag_of(const std::string& receipt) const {
  auto blank = receipt.find(' ');
  uint64_t tag = 0;
  if (!receiver_ || receipt.substr(0, blank) != std::to_string(generation_))
    return 0;
  std::from_chars(receipt.data() + blank + 1, receipt.data() + receipt.size(), tag);
  return unsettled_.count(tag) > 0 ? tag : 0;
}

size_t rabbitmq_client::acknowledge(const std::vector<std::string>& receipts) {
  size_t counted = 0;
  for (const auto& receipt : receipts) {
    auto tag = tag_of(receipt);
    if (tag == 0)
      continue;
    if (auto status = amqp_basic_ack(receiver_.get(), channel, tag, 0); status != AMQP_STATUS_OK) {
      receiver_.reset();
      lost(status, "acknowledge");
    }
    unsettled_.erase(tag);
    ++counted;
  }
  return counted;
}

std::string rabbitmq_client::delay_queue(std::chrono::milliseconds delay) {
  auto ms = rounded_up(delay.count());
  auto name = queue_ + ".delay." + std::to_string(ms);
  declare(name, std::chrono::milliseconds{ms}); // each time: it may have gone since
  delayed_.insert(name);
  return name;
}

size_t rabbitmq_client::put_back(const std::vector<returned_message>& some) {
  connect_publisher();
  size_t counted = 0;
  for (const auto& one : some) {
    if (tag_of(one.receipt) == 0)
      continue;
    send(one.delay.count() > 0 ? delay_queue(one.delay) : queue_, {one.message});
    counted += acknowledge({one.receipt});
  }
  return counted;
}

std::optional<int64_t> rabbitmq_client::depth() {
  connect_publisher();
  // Those of delays go when they are no longer used: declared again, they are there.
  for (const auto& queue : delayed_)
    declare(queue, std::chrono::milliseconds{std::stoll(queue.substr(queue.rfind('.') + 1))});
  auto ready = [this](const std::string& queue) -> int64_t {
    const auto* said =
      amqp_queue_declare(publisher_.get(), channel, bytes_of(queue), 1, 1, 0, 0, amqp_empty_table);
    if (said == nullptr)
      expect_good(publisher_, "look at a queue");
    return said == nullptr ? 0 : said->message_count;
  };
  auto sum = ready(queue_) + static_cast<int64_t>(unsettled_.size());
  for (const auto& queue : delayed_)
    sum += ready(queue);
  return sum;
}

} // namespace nova::transports
