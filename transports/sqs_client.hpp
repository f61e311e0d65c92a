#pragma once

#include "http/curl.hpp"
#include "transports/aws_signature.hpp"
#include "transports/broker_client.hpp"

#include <rapidjson/document.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace nova::transports {

/// A transport in a standard queue of Amazon SQS, by its JSON protocol. See the `.cpp`.
class sqs_client : public broker_client {
public:
  explicit sqs_client(broker_settings settings);
  ~sqs_client() override;

  [[nodiscard]] std::vector<size_t> publish(const std::vector<outgoing_message>& some) override;
  [[nodiscard]] std::vector<delivery> receive(size_t most, std::chrono::milliseconds wait) override;
  size_t acknowledge(const std::vector<std::string>& receipts) override;
  size_t put_back(const std::vector<returned_message>& some) override;
  void extend(const std::vector<std::string>& receipts) override;
  [[nodiscard]] std::optional<int64_t> depth() override;

  [[nodiscard]] std::chrono::milliseconds lease() const override {
    return lease_;
  }

private:
  /// One call of the service, from its preparation to its answer.
  struct call {
    http::curl::easy easy;
    http::curl::header_list headers;
    std::string body, answer;
    std::chrono::steady_clock::time_point began;
  };
  struct entry {
    size_t place;
    std::string text; // JSON
  };

  std::unique_ptr<call> prepare(const char* action, std::string body,
                                std::chrono::milliseconds limit);
  rapidjson::Document answer_of(const call& done, CURLcode result);
  rapidjson::Document ask(const char* action, std::string body);
  std::vector<size_t> ask_in_batches(const char* action, const std::vector<entry>& entries,
                                     size_t& good);
  std::vector<size_t> send(const std::vector<outgoing_message>& some,
                           const std::vector<std::chrono::milliseconds>& delays);
  void begin_poll(size_t most);
  void end_poll();

  broker_settings settings_;
  std::string endpoint_, queue_url_;
  std::chrono::milliseconds lease_;
  http::curl::easy connection_; // kept from call to call
  http::curl::multi multi_;
  std::unique_ptr<call> poll_; // waits for messages
  std::vector<delivery> came_; // more than were asked for
};

} // namespace nova::transports
