#include "cluster/link_channel.hpp"

#include "base/ensure.hpp"
#include "cluster/link_certificates.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <stdexcept>
#include <system_error>

namespace nova::cluster {
namespace {

constexpr size_t binding_size = 32;
constexpr std::string_view binding_label{"EXPORTER-nova-link"};

std::string last_tls_error() {
  auto code = ERR_get_error();
  std::array<char, 256> text{};
  ERR_error_string_n(code, text.data(), text.size());
  ERR_clear_error();
  return code == 0 ? "closed by the other side" : text.data();
}

void use(int returned, const char* setting, const std::string& file) {
  if (returned != 1)
    throw std::runtime_error(std::string{setting} + ": '" + file
                             + "' cannot be used: " + last_tls_error());
}

} // namespace

tls_context::tls_context(const tls_files& files) : context_(SSL_CTX_new(TLS_method())) {
  base::ensure(context_ != nullptr, "TLS is available");
  SSL_CTX_set_min_proto_version(context_.get(), TLS1_3_VERSION);
  // A link is made once in a node's life: sessions to resume are only memory.
  SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context_.get(), 0);
  SSL_CTX_set_mode(context_.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  use(SSL_CTX_use_certificate_chain_file(context_.get(), files.certificate.c_str()),
      "NOVA_TLS_CERT", files.certificate);
  use(SSL_CTX_use_PrivateKey_file(context_.get(), files.key.c_str(), SSL_FILETYPE_PEM),
      "NOVA_TLS_KEY", files.key);
  use(SSL_CTX_check_private_key(context_.get()), "NOVA_TLS_KEY", files.key);
  use(SSL_CTX_load_verify_locations(context_.get(), files.authority.c_str(), nullptr),
      "NOVA_TLS_CA", files.authority);
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
}

base::wall_time tls_context::ends_at() const {
  std::tm parts{};
  const auto* own = SSL_CTX_get0_certificate(context_.get());
  base::ensure(own != nullptr && ASN1_TIME_to_tm(X509_get0_notAfter(own), &parts) == 1,
               "a certificate says when it ends");
  return base::wall_time{std::chrono::seconds{::timegm(&parts)}};
}

void tls_context::release::operator()(SSL_CTX* context) const noexcept {
  SSL_CTX_free(context);
}

void link_channel::free_ssl::operator()(SSL* ssl) const noexcept {
  SSL_free(ssl);
}

link_channel::link_channel(http::unique_fd socket, const tls_context* tls, bool caller)
  : socket_(std::move(socket)) {
  if (!tls)
    return;
  ssl_.reset(SSL_new(tls->get()));
  base::ensure(ssl_ != nullptr && SSL_set_fd(ssl_.get(), socket_.get()) == 1,
               "a TLS connection can be made");
  if (caller)
    SSL_set_connect_state(ssl_.get());
  else
    SSL_set_accept_state(ssl_.get());
}

link_channel::result link_channel::open() {
  if (!ssl_)
    return result::done;
  ERR_clear_error();
  return after_ssl(SSL_do_handshake(ssl_.get()));
}

link_channel::result link_channel::read(char* into, size_t size, size_t& got) {
  got = 0;
  if (!ssl_)
    return after_socket(::recv(socket_.get(), into, size, MSG_DONTWAIT), got);
  ERR_clear_error();
  return after_ssl(SSL_read_ex(ssl_.get(), into, size, &got));
}

link_channel::result link_channel::write(const char* from, size_t size, size_t& put) {
  put = 0;
  if (!ssl_) {
    auto sent = ::send(socket_.get(), from, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    auto how = after_socket(sent, put);
    return how == result::wants_read ? result::wants_write : how;
  }
  ERR_clear_error();
  return after_ssl(SSL_write_ex(ssl_.get(), from, size, &put));
}

std::string link_channel::not_of(const std::string& name) const {
  if (!ssl_)
    return {};
  const auto* shown = SSL_get0_peer_certificate(ssl_.get());
  base::ensure(shown != nullptr, "both sides show a certificate");
  std::array<char, 256> common{};
  const auto* subject = X509_get_subject_name(shown);
  X509_NAME_get_text_by_NID(subject, NID_commonName, common.data(), common.size());
  auto has = [shown](const std::string& wanted) {
    return X509_check_host(const_cast<X509*>(shown), wanted.data(), wanted.size(),
                           X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, nullptr)
           == 1;
  };
  if (name == common.data() || has(name) || has(any_node))
    return {};
  return std::string{"its certificate is that of '"} + common.data() + "', and it is called '"
         + name + "' (`nova cluster certs` makes one of each name, with --shared one for all)";
}

std::string link_channel::binding() const {
  if (!ssl_)
    return {};
  std::string bytes(binding_size, '\0');
  auto done = SSL_export_keying_material(ssl_.get(), reinterpret_cast<unsigned char*>(bytes.data()),
                                         bytes.size(), binding_label.data(), binding_label.size(),
                                         nullptr, 0, 0);
  base::ensure(done == 1, "TLS 1.3 exports keying material");
  return bytes;
}

link_channel::result link_channel::after_ssl(int returned) {
  if (returned == 1)
    return result::done;
  switch (SSL_get_error(ssl_.get(), returned)) {
    case SSL_ERROR_WANT_READ: return result::wants_read;
    case SSL_ERROR_WANT_WRITE: return result::wants_write;
    default: break;
  }
  auto verified = SSL_get_verify_result(ssl_.get());
  auto error = ERR_peek_error();
  closed_ = verified == X509_V_OK
            && (error == 0 || ERR_GET_REASON(error) == SSL_R_UNEXPECTED_EOF_WHILE_READING);
  failure_ = verified == X509_V_OK
               ? last_tls_error()
               : std::string{"its certificate: "} + X509_verify_cert_error_string(verified);
  ERR_clear_error();
  return result::ended;
}

link_channel::result link_channel::after_socket(ssize_t returned, size_t& bytes) {
  if (returned > 0) {
    bytes = static_cast<size_t>(returned);
    return result::done;
  }
  if (returned < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
    return result::wants_read;
  closed_ = returned == 0 || errno == ECONNRESET;
  failure_ = returned == 0 ? "closed by the other side" : std::generic_category().message(errno);
  return result::ended;
}

} // namespace nova::cluster
