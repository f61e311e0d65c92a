#pragma once

#include "transports/broker_client.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

struct redisContext;
struct redisReply;

namespace nova::transports {

/// A transport in a stream of Redis 6.2 or later. Every message is an entry with the field
/// `message`; a consumer group gives each to one receiver; what waits for its time is in a sorted
/// set beside the stream. Without TLS, which the client library does not have. See the `.cpp`.
class redis_client : public broker_client {
public:
  explicit redis_client(broker_settings settings);
  ~redis_client() override;

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
  struct context_end {
    void operator()(redisContext* context) const;
  };
  struct reply_end {
    void operator()(redisReply* reply) const;
  };
  using reply = std::unique_ptr<redisReply, reply_end>;
  using words = std::vector<std::string>;

  void connect();
  void make_group();
  void append(const words& command);
  reply next_reply();
  reply run(const words& command);
  int64_t now_ms();
  void move_due();
  std::vector<delivery> rescue(size_t most);
  void count_deliveries(std::vector<delivery>& some);
  std::vector<delivery> read_new(size_t most, std::chrono::milliseconds wait);

  broker_settings settings_;
  std::string host_;
  int port_ = 0;
  std::string database_, stream_, delayed_, group_;
  std::chrono::milliseconds lease_;
  std::unique_ptr<redisContext, context_end> context_;
  std::chrono::steady_clock::time_point next_move_{}, next_rescue_{};
  std::string rescue_cursor_ = "0-0";
};

} // namespace nova::transports
