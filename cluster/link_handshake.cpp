#include "cluster/link_handshake.hpp"

#include "base/ensure.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <array>
#include <utility>

// Frames of a length (two bytes, the high one first) and a body:
//
//   caller                                   acceptor
//     challenge: magic, nonce C      ──▶
//                                    ◀──      challenge: magic, nonce A
//     hello C, proof C               ──▶
//                                    ◀──      verdict: yes and hello A, or no and why; proof A
//
// A proof is the HMAC-SHA256 under the secret of: the role, both nonces, the binding, and what is
// proved. The role makes a proof that was sent to us useless when it is sent back; fresh nonces of
// both sides make a recorded one useless; the acceptor's proof also covers the caller's hello. The
// acceptor says nothing about itself before the caller has proved that it knows the secret.
namespace nova::cluster {
namespace {

using side = link_handshake::side;

constexpr std::string_view magic{"nova-link-1\n"};
constexpr size_t nonce_size = 32;
constexpr size_t proof_size = 32;
constexpr size_t length_size = 2;
constexpr char verdict_yes = 'y';
constexpr char verdict_no = 'n';
constexpr size_t refusal_max = 300;

std::string make_nonce() {
  std::array<unsigned char, nonce_size> bytes{};
  base::ensure(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1,
               "random bytes are available");
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void put_number(std::string& to, uint64_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
    to += static_cast<char>(value >> shift);
}

void put_text(std::string& to, std::string_view text) {
  put_number(to, text.size(), 1);
  to += text;
}

/// Takes fields off the front of some bytes; after the first that is not there all are empty.
class reader {
public:
  explicit reader(std::string_view bytes) : rest_(bytes) {}

  std::string_view bytes(size_t count) {
    if (count > rest_.size())
      good_ = false;
    auto taken = good_ ? rest_.substr(0, count) : std::string_view{};
    rest_.remove_prefix(taken.size());
    return taken;
  }

  uint64_t number(size_t size) {
    uint64_t value = 0;
    for (unsigned char byte : bytes(size))
      value = value << 8 | byte;
    return value;
  }

  std::string text() {
    return std::string{bytes(number(1))};
  }

  [[nodiscard]] bool at_end() const {
    return good_ && rest_.empty();
  }

private:
  std::string_view rest_;
  bool good_ = true;
};

bool printable(std::string_view text) {
  for (unsigned char c : text)
    if (c < 0x20 || c == 0x7f)
      return false;
  return true;
}

bool equal_secretly(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace

std::string encode(const link_hello& hello) {
  base::ensure(hello.cluster.size() <= link_hello::text_max
                 && hello.name.size() <= link_hello::text_max,
               "names of cluster and node are short");
  std::string body;
  put_text(body, hello.cluster);
  put_text(body, hello.name);
  put_number(body, static_cast<uint64_t>(hello.node), 8);
  put_number(body, static_cast<uint64_t>(hello.epoch), 8);
  put_number(body, hello.protocol, 4);
  put_number(body, hello.protocol_min, 4);
  put_number(body, static_cast<uint64_t>(hello.wanted), 8);
  return body;
}

tl::expected<link_hello, base::bad_input> parse_link_hello(std::string_view bytes) {
  reader in{bytes};
  link_hello hello;
  hello.cluster = in.text();
  hello.name = in.text();
  hello.node = static_cast<int64_t>(in.number(8));
  hello.epoch = static_cast<int64_t>(in.number(8));
  hello.protocol = static_cast<uint32_t>(in.number(4));
  hello.protocol_min = static_cast<uint32_t>(in.number(4));
  hello.wanted = static_cast<int64_t>(in.number(8));
  if (!in.at_end())
    return tl::unexpected(base::bad_input{"hello", "is cut or too long"});
  for (const auto* text : {&hello.cluster, &hello.name})
    if (text->empty() || text->size() > link_hello::text_max || !printable(*text))
      return tl::unexpected(
        base::bad_input{"hello", "a name is 1 to 100 bytes without control characters"});
  if (hello.node <= 0 || hello.epoch < 0 || hello.wanted < 0)
    return tl::unexpected(base::bad_input{"hello", "an incarnation is a positive number"});
  if (hello.protocol_min > hello.protocol)
    return tl::unexpected(base::bad_input{"hello", "the oldest protocol is above the newest"});
  return hello;
}

link_handshake::link_handshake(parts with) : parts_(std::move(with)) {
  base::ensure(parts_.secret.size() >= secret_min, "the cluster secret is long enough");
  own_nonce_ = make_nonce();
  // An acceptor waits for the caller's challenge, so that who only connects learns nothing.
  if (parts_.which == side::caller)
    send_frame(std::string{magic} + own_nonce_);
}

size_t link_handshake::wants() const noexcept {
  if (state_ != state::running)
    return 0;
  return frame_size_ == 0 ? length_size : frame_size_;
}

void link_handshake::feed(std::string_view bytes) {
  base::ensure(state_ == state::running && bytes.size() == wants(), "as many bytes as wanted");
  if (frame_size_ > 0) {
    frame_size_ = 0;
    take_frame(bytes);
    return;
  }
  frame_size_ = reader{bytes}.number(length_size);
  if (frame_size_ == 0 || frame_size_ > frame_max
      || (step_ == step::challenge && frame_size_ != magic.size() + nonce_size))
    fail("it does not speak the protocol of links");
}

std::string link_handshake::output() {
  return std::exchange(output_, {});
}

link_handshake::state link_handshake::now() const noexcept {
  return state_;
}

const link_hello& link_handshake::peer() const noexcept {
  return peer_;
}

const std::string& link_handshake::reason() const noexcept {
  return reason_;
}

bool link_handshake::proved() const noexcept {
  return proved_;
}

void link_handshake::take_frame(std::string_view frame) {
  switch (step_) {
    case step::challenge: take_challenge(frame); return;
    case step::hello: take_hello(frame); return;
    case step::verdict: take_verdict(frame); return;
    case step::over: return;
  }
}

void link_handshake::take_challenge(std::string_view frame) {
  if (!frame.starts_with(magic)) {
    fail("it does not speak the protocol of links");
    return;
  }
  peer_nonce_ = frame.substr(magic.size());
  if (parts_.which == side::acceptor) {
    step_ = step::hello;
    send_frame(std::string{magic} + own_nonce_);
    return;
  }
  caller_hello_ = encode(parts_.own);
  step_ = step::verdict;
  send_frame(caller_hello_ + proof(side::caller, caller_hello_));
}

void link_handshake::take_hello(std::string_view frame) {
  if (frame.size() < proof_size) {
    fail("its hello is too short");
    return;
  }
  caller_hello_ = frame.substr(0, frame.size() - proof_size);
  if (!equal_secretly(frame.substr(frame.size() - proof_size),
                      proof(side::caller, caller_hello_))) {
    fail("it does not know the cluster's secret");
    return;
  }
  proved_ = true;
  auto hello = parse_link_hello(caller_hello_);
  if (hello)
    peer_ = *hello;
  auto refusal = !hello ? to_string(hello.error())
                 : hello->wanted != parts_.own.node
                   ? "it wants incarnation " + std::to_string(hello->wanted) + ", this is "
                       + std::to_string(parts_.own.node)
                 : parts_.accept ? parts_.accept(*hello)
                                 : std::string{};
  auto body = refusal.empty() ? verdict_yes + encode(parts_.own)
                              : verdict_no + refusal.substr(0, refusal_max);
  send_frame(body + proof(side::acceptor, body));
  if (!refusal.empty()) {
    fail(refusal);
    return;
  }
  step_ = step::over;
  state_ = state::done;
}

void link_handshake::take_verdict(std::string_view frame) {
  if (frame.size() <= proof_size) {
    fail("its verdict is too short");
    return;
  }
  auto body = frame.substr(0, frame.size() - proof_size);
  if (!equal_secretly(frame.substr(body.size()), proof(side::acceptor, body))) {
    fail("it does not know the cluster's secret");
    return;
  }
  proved_ = true;
  auto content = body.substr(1);
  if (body.front() != verdict_yes) {
    fail("it refuses: " + std::string{printable(content) ? content : "for reasons of its own"});
    return;
  }
  auto hello = parse_link_hello(content);
  if (!hello) {
    fail(to_string(hello.error()));
    return;
  }
  if (hello->node != parts_.own.wanted) {
    fail("it is incarnation " + std::to_string(hello->node) + ", not "
         + std::to_string(parts_.own.wanted));
    return;
  }
  if (auto refusal = parts_.accept ? parts_.accept(*hello) : std::string{}; !refusal.empty()) {
    fail(refusal);
    return;
  }
  peer_ = *hello;
  step_ = step::over;
  state_ = state::done;
}

void link_handshake::send_frame(std::string_view body) {
  put_number(output_, body.size(), length_size);
  output_ += body;
}

void link_handshake::fail(std::string reason) {
  state_ = state::failed;
  step_ = step::over;
  reason_ = std::move(reason);
}

std::string link_handshake::proof(side of, std::string_view body) const {
  auto calls = parts_.which == side::caller;
  std::string text{of == side::caller ? "nova link caller" : "nova link acceptor"};
  text += '\0';
  text += calls ? own_nonce_ : peer_nonce_;
  text += calls ? peer_nonce_ : own_nonce_;
  put_number(text, parts_.binding.size(), length_size);
  text += parts_.binding;
  put_number(text, caller_hello_.size(), length_size);
  text += caller_hello_;
  put_number(text, body.size(), length_size);
  text += body;
  std::array<unsigned char, proof_size> out{};
  unsigned length = 0;
  auto* done =
    HMAC(EVP_sha256(), parts_.secret.data(), static_cast<int>(parts_.secret.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), out.data(), &length);
  base::ensure(done != nullptr && length == out.size(), "HMAC-SHA256 is available");
  return {reinterpret_cast<const char*>(out.data()), out.size()};
}

} // namespace nova::cluster
