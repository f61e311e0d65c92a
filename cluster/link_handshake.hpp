#pragma once

#include "base/bad_input.hpp"

#include <tl/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace nova::cluster {

/// Who an end of a link says it is. Believed only with the proof that goes with it.
struct link_hello {
  static constexpr size_t text_max = 100;

  std::string cluster; // its name, as that of the node at most `text_max` bytes
  std::string name;
  int64_t node = 0; // the incarnation
  int64_t epoch = 0;
  uint32_t protocol = 1, protocol_min = 1;
  /// The incarnation that a caller means to reach; 0 in an answer. So nobody can pass a call meant
  /// for one node on to another.
  int64_t wanted = 0;

  friend bool operator==(const link_hello&, const link_hello&) = default;
};

[[nodiscard]] std::string encode(const link_hello& hello);

/// Takes any bytes.
[[nodiscard]] tl::expected<link_hello, base::bad_input> parse_link_hello(std::string_view bytes);

/// How two nodes prove to each other that both know the cluster's secret, before a byte reaches
/// CAF. The secret is never sent. Does no input or output itself: the owner reads exactly `wants()`
/// bytes, feeds them and sends `output()`. Holds at most one frame.
class link_handshake {
public:
  enum class side { caller, acceptor };
  enum class state { running, done, failed };

  /// Looks at a peer that has proved itself; a text refuses it, and is told to it.
  using judge = std::function<std::string(const link_hello& peer)>;

  struct parts {
    side which = side::caller;
    std::string secret; // at least `secret_min` bytes
    link_hello own;
    /// What both ends of an encrypted channel know and nobody else does; empty without one. Makes
    /// a proof worthless on any other channel.
    std::string binding;
    judge accept;
  };

  static constexpr size_t secret_min = 16;
  static constexpr size_t frame_max = 1024;

  explicit link_handshake(parts with);

  /// How many bytes to read next, never 0 while running. Reading more would take bytes that belong
  /// to CAF.
  [[nodiscard]] size_t wants() const noexcept;
  /// Takes exactly as many.
  void feed(std::string_view bytes);
  /// What is to be sent; the next call gives what came since. To be sent also when it failed.
  [[nodiscard]] std::string output();

  [[nodiscard]] state now() const noexcept;
  /// When done; of an acceptor also when it refused who proved itself.
  [[nodiscard]] const link_hello& peer() const noexcept;
  /// When failed: why, for the log.
  [[nodiscard]] const std::string& reason() const noexcept;
  /// Whether the peer had proved itself: a refusal then is news for an operator, else it may be
  /// anybody.
  [[nodiscard]] bool proved() const noexcept;

private:
  enum class step { challenge, hello, verdict, over };

  void take_frame(std::string_view frame);
  void take_challenge(std::string_view frame);
  void take_hello(std::string_view frame);
  void take_verdict(std::string_view frame);
  void send_frame(std::string_view body);
  void fail(std::string reason);
  [[nodiscard]] std::string proof(side of, std::string_view body) const;

  parts parts_;
  state state_ = state::running;
  step step_ = step::challenge;
  size_t frame_size_ = 0; // 0: the length of a frame comes next
  std::string own_nonce_, peer_nonce_;
  std::string caller_hello_; // as sent
  std::string output_;
  link_hello peer_;
  std::string reason_;
  bool proved_ = false;
};

} // namespace nova::cluster
