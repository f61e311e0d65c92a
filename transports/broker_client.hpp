#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace nova::base {
class secrets;
}

namespace nova::transports {

/// What is wrong between this program and a broker.
enum class broker_failure : uint8_t {
  unreachable,    // no connection, or it broke; what was asked for may have happened
  refused,        // a wrong password, no rights
  secret_missing, // the password's name leads to no value here
  full,           // it takes no more for now: memory, disk
  malformed,      // settings that lead nowhere, or an answer that is none
  not_built,      // this program was built without what talks to it
};
std::string to_string(broker_failure);

/// Every failure of this folder. `what()` is one line for people and has no secrets.
class broker_error : public std::runtime_error {
public:
  broker_error(broker_failure kind, const std::string& what)
    : std::runtime_error(what), kind_(kind) {}

  [[nodiscard]] broker_failure kind() const noexcept {
    return kind_;
  }

private:
  broker_failure kind_;
};

/// How a transport's broker is reached: a row of messenger_transports.
struct broker_settings {
  std::string type;                          // redis, rabbitmq, sqs
  std::map<std::string, std::string> config; // as the table has it; without secrets
  std::string consumer; // names who receives, for people who look at the broker
  std::shared_ptr<const base::secrets> secrets;
};

/// A message on its way to a broker.
struct outgoing_message {
  std::string id; // the same when it is sent twice
  std::string payload;
};

/// A message that a broker has given out and not yet forgotten.
struct delivery {
  std::string receipt; // of this delivery
  std::string id;      // by which the broker knows the message, the same for each delivery
  std::string payload;
  int32_t deliveries = 1; // how often it was given out, this time included
};

/// A delivery that is to come again, with another payload.
struct returned_message {
  std::string receipt;
  outgoing_message message;
  std::chrono::milliseconds delay{0};
};

/// A connection with one broker, for one transport. It is made at the first use, and again after it
/// broke. Blocks, for some seconds at most beyond what it was told to wait; belongs to one thread.
/// Every function throws `broker_error`.
class broker_client {
public:
  broker_client() = default;
  virtual ~broker_client() = default;
  broker_client(const broker_client&) = delete;
  broker_client& operator=(const broker_client&) = delete;

  /// When it returns the broker has them for good, but for those whose places it returns: these it
  /// never takes, since they are too large. After an error some may be there, and are sent again.
  [[nodiscard]] virtual std::vector<size_t> publish(const std::vector<outgoing_message>& some) = 0;

  /// Up to so many; none after the wait. Each is its receiver's until `lease` has passed, its
  /// receiver is gone, or it is settled.
  [[nodiscard]] virtual std::vector<delivery> receive(size_t most,
                                                      std::chrono::milliseconds wait) = 0;

  /// The broker forgets them. Returns how many were still the receiver's.
  virtual size_t acknowledge(const std::vector<std::string>& receipts) = 0;

  /// Puts them back at the end, or after their delay, as new messages, and forgets the deliveries;
  /// what breaks between the two leaves both. Returns how many were still the receiver's.
  virtual size_t put_back(const std::vector<returned_message>& some) = 0;

  /// Holds deliveries for another `lease`.
  virtual void extend(const std::vector<std::string>& receipts) = 0;

  /// How many messages it has, also delayed ones and, where it counts them, those that receivers
  /// have; nothing: it does not say.
  [[nodiscard]] virtual std::optional<int64_t> depth() = 0;

  /// How long a delivery is its receiver's unless `extend` holds it.
  [[nodiscard]] virtual std::chrono::milliseconds lease() const = 0;
};

/// A client of a broker of that type; connects to nothing yet. Throws `broker_error`: not_built,
/// malformed.
std::unique_ptr<broker_client> make_broker_client(broker_settings settings);

/// The value of a key of the config, or what counts without it.
std::string value_of(const broker_settings& settings, const std::string& key,
                     const std::string& otherwise = {});

/// The password that `secret_name` names; empty when the config names none. Throws `broker_error`:
/// secret_missing.
std::string password_of(const broker_settings& settings);

/// `lease_s` of the config, else a minute.
std::chrono::milliseconds lease_of(const broker_settings& settings);

} // namespace nova::transports
