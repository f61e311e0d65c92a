#include "transports/sqs_client.hpp"

#include "base/ensure.hpp"
#include "base/json_text.hpp"
#include "json/json_reader.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

// Each call is a POST with the name of the action in a header field and JSON in its body. A
// receiver waits at the service for up to twenty seconds (a call that waits costs as much as one
// that does not), while others are made beside it:
//
//   receive ─▶ begin_poll ─── answer ──▶ came_ ─▶ the receiver
//                 ▲  (acknowledge, put_back, extend by the other handle meanwhile)
//
// What is put back is sent anew, with another payload, and then deleted.

namespace nova::transports {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

constexpr auto connect_limit = 5s;
constexpr auto answer_limit = 20s;
constexpr auto poll_wait = 20s; // the longest that SQS takes
constexpr size_t batch_max = 10;
constexpr size_t batch_bytes_max = size_t{256} << 10;
constexpr size_t message_bytes_max = size_t{1} << 20;
constexpr size_t answer_bytes_max = size_t{64} << 20;
constexpr int64_t delay_max_s = 900;

size_t take_body(char* bytes, size_t size, size_t count, void* into) {
  auto& answer = *static_cast<std::string*>(into);
  if (answer.size() + size * count > answer_bytes_max)
    return 0;
  answer.append(bytes, size * count);
  return size * count;
}

std::string quoted(std::string_view text) {
  return base::json_string(text);
}

std::string_view text_of(const rapidjson::Value& object, const char* key) {
  if (!object.IsObject())
    return {};
  auto found = object.FindMember(key);
  return found != object.MemberEnd() && found->value.IsString()
           ? std::string_view{found->value.GetString(), found->value.GetStringLength()}
           : std::string_view{};
}

int64_t number_of(std::string_view text) {
  int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

bool has_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) {
    return text.find(word) != std::string_view::npos;
  });
}

broker_failure failure_of(long status, std::string_view code) {
  if (has_any(code, {"AccessDenied", "InvalidClientTokenId", "SignatureDoesNotMatch",
                     "UnrecognizedClient", "InvalidSecurity", "MissingAuthentication",
                     "IncompleteSignature", "OptInRequired", "ExpiredToken"}))
    return broker_failure::refused;
  if (has_any(code, {"OverLimit", "Throttl"}))
    return broker_failure::full;
  if (has_any(code, {"NonExistentQueue", "QueueDoesNotExist"}))
    return broker_failure::malformed;
  constexpr long forbidden = 403, server_error = 500;
  return status == forbidden      ? broker_failure::refused
         : status >= server_error ? broker_failure::unreachable
                                  : broker_failure::malformed;
}

/// What SQS says of a message that it would take at no other time either.
bool never_taken(std::string_view code) {
  return has_any(code, {"InvalidMessageContents", "TooLong", "InvalidParameterValue"});
}

std::vector<delivery> deliveries_of(const rapidjson::Document& answer) {
  std::vector<delivery> all;
  if (!answer.IsObject())
    return all;
  auto found = answer.FindMember("Messages");
  if (found == answer.MemberEnd() || !found->value.IsArray())
    return all;
  for (const auto& one : found->value.GetArray()) {
    delivery made;
    made.receipt = text_of(one, "ReceiptHandle");
    made.id = text_of(one, "MessageId");
    made.payload = text_of(one, "Body");
    if (auto attributes = one.FindMember("Attributes"); attributes != one.MemberEnd())
      made.deliveries = static_cast<int32_t>(std::clamp<int64_t>(
        number_of(text_of(attributes->value, "ApproximateReceiveCount")), 1, 1'000'000));
    all.push_back(std::move(made));
  }
  return all;
}

} // namespace

sqs_client::sqs_client(broker_settings settings)
  : settings_(std::move(settings)), queue_url_(value_of(settings_, "queue_url")),
    lease_(lease_of(settings_)) {
  static const auto ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  base::ensure(ready == CURLE_OK, "curl starts");
  auto host = queue_url_.find("://");
  auto end = host == std::string::npos ? host : queue_url_.find('/', host + 3);
  if (end == std::string::npos || end + 1 == queue_url_.size())
    throw broker_error{broker_failure::malformed,
                       "queue_url is not the URL of a queue, such as "
                       "https://sqs.eu-central-1.amazonaws.com/123456789012/NAME"};
  endpoint_ = queue_url_.substr(0, end + 1);
  if (value_of(settings_, "access_key_id").empty() || value_of(settings_, "secret_name").empty())
    throw broker_error{broker_failure::malformed,
                       "access_key_id and secret_name say as whom SQS is asked: one is missing"};
  connection_.reset(curl_easy_init());
  multi_.reset(curl_multi_init());
  base::ensure(connection_ != nullptr && multi_ != nullptr, "curl has memory");
}

sqs_client::~sqs_client() {
  end_poll();
}

void sqs_client::end_poll() {
  if (poll_)
    curl_multi_remove_handle(multi_.get(), poll_->easy.get());
  poll_.reset();
}

std::unique_ptr<sqs_client::call> sqs_client::prepare(const char* action, std::string body,
                                                      std::chrono::milliseconds limit) {
  auto made = std::make_unique<call>();
  made->easy = connection_ ? std::move(connection_) : http::curl::easy{curl_easy_init()};
  made->body = std::move(body);
  made->began = steady::now();
  auto* easy = made->easy.get();
  base::ensure(easy != nullptr, "curl has memory");
  curl_easy_reset(easy);
  http::curl::append(made->headers, "Content-Type: application/x-amz-json-1.0");
  http::curl::append(made->headers, std::string{"X-Amz-Target: AmazonSQS."} + action);
  // No field that curl is told to leave out: it would sign it all the same.
  curl_easy_setopt(easy, CURLOPT_URL, endpoint_.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, made->headers.get());
  curl_easy_setopt(easy, CURLOPT_POST, 1L);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(made->body.size()));
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, made->body.data());
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(limit.count()));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(std::chrono::milliseconds{connect_limit}.count()));
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L); // several threads
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &made->answer);
  sign_as(easy, {value_of(settings_, "access_key_id"), password_of(settings_),
                 value_of(settings_, "region"), "sqs"});
  return made;
}

rapidjson::Document sqs_client::answer_of(const call& done, CURLcode result) {
  if (result != CURLE_OK)
    throw broker_error{broker_failure::unreachable,
                       "no answer of SQS at " + endpoint_ + ": " + curl_easy_strerror(result)};
  long status = 0;
  curl_easy_getinfo(done.easy.get(), CURLINFO_RESPONSE_CODE, &status);
  rapidjson::Document parsed;
  auto good = json::parse(parsed, done.answer.empty() ? "{}" : done.answer);
  constexpr long ok = 200;
  if (status == ok && good && parsed.IsObject())
    return parsed;
  auto code = std::string{good ? text_of(parsed, "__type") : ""};
  code = code.substr(code.find('#') == std::string::npos ? 0 : code.find('#') + 1);
  auto text = good ? text_of(parsed, "message") : std::string_view{};
  if (text.empty() && good)
    text = text_of(parsed, "Message");
  throw broker_error{failure_of(status, code), "SQS says: " + std::to_string(status) + ' ' + code
                                                 + ' ' + std::string{text.substr(0, 300)}};
}

rapidjson::Document sqs_client::ask(const char* action, std::string body) {
  auto made = prepare(action, std::move(body), answer_limit);
  auto result = curl_easy_perform(made->easy.get());
  auto answer = answer_of(*made, result);
  connection_ = std::move(made->easy);
  return answer;
}

/// Ten at a time, and no more bytes than one call may have. Returns the places of those that are
/// never taken.
std::vector<size_t> sqs_client::ask_in_batches(const char* action,
                                               const std::vector<entry>& entries, size_t& good) {
  std::vector<size_t> never;
  for (size_t from = 0; from < entries.size();) {
    size_t to = from, bytes = 0;
    std::string list;
    while (to < entries.size() && to - from < batch_max
           && (to == from || bytes + entries[to].text.size() <= batch_bytes_max)) {
      bytes += entries[to].text.size();
      list += (to == from ? "{\"Id\":\"" : ",{\"Id\":\"") + std::to_string(to) + "\","
              + entries[to].text + '}';
      ++to;
    }
    rapidjson::Document answer;
    try {
      answer = ask(action, "{\"QueueUrl\":" + quoted(queue_url_) + ",\"Entries\":[" + list + "]}");
    } catch (const broker_error& failure) {
      if (to - from > 1 || failure.kind() != broker_failure::malformed
          || !never_taken(failure.what()))
        throw;
      never.push_back(entries[from].place);
      from = to;
      continue;
    }
    if (auto done = answer.FindMember("Successful");
        done != answer.MemberEnd() && done->value.IsArray())
      good += done->value.Size();
    if (auto failed = answer.FindMember("Failed");
        failed != answer.MemberEnd() && failed->value.IsArray())
      for (const auto& one : failed->value.GetArray()) {
        auto place = static_cast<size_t>(number_of(text_of(one, "Id")));
        auto code = text_of(one, "Code");
        if (place < entries.size() && never_taken(code))
          never.push_back(entries[place].place);
        else if (!has_any(code, {"ReceiptHandle", "MessageNotInflight"})) // it is another's by now
          throw broker_error{broker_failure::full, "SQS says: " + std::string{code}};
      }
    from = to;
  }
  return never;
}

std::vector<size_t> sqs_client::send(const std::vector<outgoing_message>& some,
                                     const std::vector<std::chrono::milliseconds>& delays) {
  std::vector<size_t> never;
  std::vector<entry> entries;
  for (size_t i = 0; i < some.size(); ++i) {
    if (some[i].payload.size() > message_bytes_max) {
      never.push_back(i);
      continue;
    }
    auto text = "\"MessageBody\":" + quoted(some[i].payload);
    if (i < delays.size() && delays[i].count() > 0) {
      auto seconds = std::chrono::ceil<std::chrono::seconds>(delays[i]).count();
      text += ",\"DelaySeconds\":" + std::to_string(std::min<int64_t>(seconds, delay_max_s));
    }
    entries.push_back({i, std::move(text)});
  }
  size_t good = 0;
  auto more = ask_in_batches("SendMessageBatch", entries, good);
  never.insert(never.end(), more.begin(), more.end());
  return never;
}

std::vector<size_t> sqs_client::publish(const std::vector<outgoing_message>& some) {
  return send(some, {});
}

void sqs_client::begin_poll(size_t most) {
  auto seconds = std::chrono::duration_cast<std::chrono::seconds>(lease_).count();
  // Under both names: the newer one is deaf to the older services, and the other way round.
  poll_ = prepare("ReceiveMessage",
                  "{\"QueueUrl\":" + quoted(queue_url_) + ",\"MaxNumberOfMessages\":"
                    + std::to_string(std::min(most, batch_max)) + ",\"WaitTimeSeconds\":"
                    + std::to_string(std::chrono::seconds{poll_wait}.count())
                    + ",\"VisibilityTimeout\":" + std::to_string(seconds)
                    + ",\"AttributeNames\":[\"ApproximateReceiveCount\"]"
                      ",\"MessageSystemAttributeNames\":[\"ApproximateReceiveCount\"]}",
                  answer_limit + poll_wait);
  curl_multi_add_handle(multi_.get(), poll_->easy.get());
}

std::vector<delivery> sqs_client::receive(size_t most, std::chrono::milliseconds wait) {
  auto deadline = steady::now() + wait;
  if (came_.empty() && !poll_)
    begin_poll(most);
  while (came_.empty()) {
    int running = 0, left = 0;
    curl_multi_perform(multi_.get(), &running);
    if (auto* message = curl_multi_info_read(multi_.get(), &left);
        message != nullptr && message->msg == CURLMSG_DONE) {
      auto result = message->data.result;
      auto done = std::move(poll_);
      curl_multi_remove_handle(multi_.get(), done->easy.get());
      auto answer = answer_of(*done, result);
      // What nobody looked at for too long is another's by now.
      if (steady::now() - done->began < poll_wait + lease_)
        came_ = deliveries_of(answer);
      break;
    }
    auto rest = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady::now());
    if (rest <= 0ms)
      break;
    curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(rest.count()), nullptr);
  }
  auto count = static_cast<long>(std::min(most, came_.size()));
  std::vector<delivery> given{std::make_move_iterator(came_.begin()),
                              std::make_move_iterator(came_.begin() + count)};
  came_.erase(came_.begin(), came_.begin() + count);
  return given;
}

size_t sqs_client::acknowledge(const std::vector<std::string>& receipts) {
  std::vector<entry> entries;
  for (const auto& receipt : receipts)
    entries.push_back({entries.size(), "\"ReceiptHandle\":" + quoted(receipt)});
  size_t good = 0;
  ask_in_batches("DeleteMessageBatch", entries, good);
  return good;
}

size_t sqs_client::put_back(const std::vector<returned_message>& some) {
  std::vector<outgoing_message> messages;
  std::vector<std::chrono::milliseconds> delays;
  for (const auto& one : some) {
    messages.push_back(one.message);
    delays.push_back(one.delay);
  }
  auto never = send(messages, delays);
  std::vector<std::string> receipts;
  for (size_t i = 0; i < some.size(); ++i)
    if (std::ranges::find(never, i) == never.end()) // else it comes as it was, when its lease ends
      receipts.push_back(some[i].receipt);
  return acknowledge(receipts);
}

void sqs_client::extend(const std::vector<std::string>& receipts) {
  auto seconds = std::chrono::duration_cast<std::chrono::seconds>(lease_).count();
  std::vector<entry> entries;
  for (const auto& receipt : receipts)
    entries.push_back({entries.size(), "\"ReceiptHandle\":" + quoted(receipt)
                                         + ",\"VisibilityTimeout\":" + std::to_string(seconds)});
  size_t good = 0;
  ask_in_batches("ChangeMessageVisibilityBatch", entries, good);
}

std::optional<int64_t> sqs_client::depth() {
  auto answer =
    ask("GetQueueAttributes", "{\"QueueUrl\":" + quoted(queue_url_)
                                + ",\"AttributeNames\":[\"ApproximateNumberOfMessages\","
                                  "\"ApproximateNumberOfMessagesNotVisible\","
                                  "\"ApproximateNumberOfMessagesDelayed\"]}");
  auto found = answer.FindMember("Attributes");
  if (found == answer.MemberEnd())
    return std::nullopt;
  int64_t sum = 0;
  for (const char* name : {"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible",
                           "ApproximateNumberOfMessagesDelayed"})
    sum += number_of(text_of(found->value, name));
  return sum;
}

} // namespace nova::transports
