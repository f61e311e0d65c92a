#pragma once

#include "transports/broker_client.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

struct amqp_connection_state_t_;

namespace nova::transports {

/// A transport in a quorum queue of RabbitMQ 3.10 or later, by AMQP 0-9-1. Without TLS. See the
/// `.cpp`.
class rabbitmq_client : public broker_client {
public:
  explicit rabbitmq_client(broker_settings settings);
  ~rabbitmq_client() override;

  [[nodiscard]] std::vector<size_t> publish(const std::vector<outgoing_message>& some) override;
  [[nodiscard]] std::vector<delivery> receive(size_t most, std::chrono::milliseconds wait) override;
  size_t acknowledge(const std::vector<std::string>& receipts) override;
  size_t put_back(const std::vector<returned_message>& some) override;
  /// A delivery is its receiver's as long as the connection stands.
  void extend(const std::vector<std::string>&) override {}
  [[nodiscard]] std::optional<int64_t> depth() override;

  [[nodiscard]] std::chrono::milliseconds lease() const override {
    return lease_of(settings_);
  }

private:
  struct connection_end {
    void operator()(amqp_connection_state_t_* connection) const;
  };
  using connection = std::unique_ptr<amqp_connection_state_t_, connection_end>;

  [[nodiscard]] connection connect() const;
  void expect_good(connection& of, const char* what) const;
  void declare(const std::string& queue, std::chrono::milliseconds delay);
  void connect_publisher();
  void connect_receiver(size_t credit);
  void confirm(uint64_t first, uint64_t last);
  void send(const std::string& queue, const std::vector<outgoing_message>& some);
  std::string delay_queue(std::chrono::milliseconds delay);
  [[nodiscard]] uint64_t tag_of(const std::string& receipt) const;

  broker_settings settings_;
  std::string host_, queue_;
  int port_ = 0;
  connection publisher_, receiver_;
  uint64_t published_ = 0;        // of this publisher
  uint64_t generation_ = 0;       // of the receiver
  std::set<uint64_t> unsettled_;  // delivery tags
  std::set<std::string> delayed_; // queues that this client has put something into
};

} // namespace nova::transports
