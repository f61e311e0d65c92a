#include "cluster/link_certificates.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace nova::cluster {
namespace {

namespace files = std::filesystem;

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};

using key_pointer = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using certificate_pointer = std::unique_ptr<X509, freed_by<X509_free>>;
using extension_pointer = std::unique_ptr<X509_EXTENSION, freed_by<X509_EXTENSION_free>>;
using number_pointer = std::unique_ptr<BIGNUM, freed_by<BN_free>>;
using file_pointer = std::unique_ptr<std::FILE, freed_by<std::fclose>>;

constexpr mode_t secret_mode = 0600;
constexpr mode_t public_mode = 0644;
// Clocks of nodes differ a little; a certificate must not be too young for one of them.
constexpr long clock_skew_s = 300;
constexpr size_t name_max = 64; // X.509's for a common name
constexpr int serial_bits = 159;

struct identity {
  key_pointer key;
  certificate_pointer certificate;
};

void expect(bool good, const std::string& what) {
  if (good)
    return;
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_get_error(), text.data(), text.size());
  throw std::runtime_error("cannot make " + what + ": " + text.data());
}

void extend(X509* certificate, X509* issuer, int which, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  extension_pointer made{X509V3_EXT_conf_nid(nullptr, &context, which, value.c_str())};
  expect(made && X509_add_ext(certificate, made.get(), -1) == 1, "an extension");
}

/// By which addresses a node may be called: links prove themselves otherwise, but `nova shell` and
/// a browser compare names.
std::string addresses_of(const std::string& name, bool shared) {
  std::array<unsigned char, sizeof(in6_addr)> digits{};
  auto address = ::inet_pton(AF_INET, name.c_str(), digits.data()) == 1
                 || ::inet_pton(AF_INET6, name.c_str(), digits.data()) == 1;
  auto plain = std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_';
  });
  std::string own = address ? "IP:" + name + ',' : plain ? "DNS:" + name + ',' : "";
  if (shared)
    own += std::string{"DNS:"} + any_node + ',';
  return own + "DNS:localhost,IP:127.0.0.1,IP:::1";
}

void set_serial(X509* certificate) {
  number_pointer number{BN_new()};
  expect(number && BN_rand(number.get(), serial_bits, 0, 0) == 1
           && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr,
         "a serial number");
}

/// Without an issuer it signs itself: an authority.
identity make_identity(const std::string& name, const certificate_order& order,
                       const identity* issuer, key_pointer key = nullptr) {
  identity made{key ? std::move(key) : key_pointer{EVP_EC_gen("P-256")},
                certificate_pointer{X509_new()}};
  expect(made.key && made.certificate, "a key");
  auto* certificate = made.certificate.get();
  X509_set_version(certificate, X509_VERSION_3);
  set_serial(certificate);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -clock_skew_s);
  auto seconds = std::chrono::duration_cast<std::chrono::seconds>(order.valid).count();
  X509_gmtime_adj(X509_getm_notAfter(certificate), static_cast<long>(seconds));
  X509_set_pubkey(certificate, made.key.get());
  auto* subject = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  auto* by = issuer ? issuer->certificate.get() : certificate;
  X509_set_issuer_name(certificate, X509_get_subject_name(by));
  extend(certificate, by, NID_basic_constraints,
         issuer ? "critical,CA:FALSE" : "critical,CA:TRUE,pathlen:0");
  extend(certificate, by, NID_key_usage,
         issuer ? "critical,digitalSignature" : "critical,keyCertSign,cRLSign");
  if (issuer) {
    extend(certificate, by, NID_ext_key_usage, "serverAuth,clientAuth");
    extend(certificate, by, NID_subject_alt_name, addresses_of(name, order.shared));
  }
  expect(X509_sign(certificate, issuer ? issuer->key.get() : made.key.get(), EVP_sha256()) > 0,
         "a signature");
  return made;
}

file_pointer create(const files::path& path, mode_t mode) {
  auto fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0 && errno == EEXIST)
    throw std::runtime_error(path.string() + " is there already; --renew replaces it");
  if (fd < 0)
    throw std::runtime_error(path.string() + ": " + std::generic_category().message(errno));
  return file_pointer{::fdopen(fd, "w")};
}

tls_files paths_of(const files::path& folder, const std::string& name) {
  return {folder / (name + ".crt"), folder / (name + ".key"), folder / "ca.crt"};
}

void write(const tls_files& to, const identity& what) {
  expect(PEM_write_PrivateKey(create(to.key, secret_mode).get(), what.key.get(), nullptr, nullptr,
                              0, nullptr, nullptr)
           == 1,
         to.key);
  expect(PEM_write_X509(create(to.certificate, public_mode).get(), what.certificate.get()) == 1,
         to.certificate);
}

/// Beside the old files first, so that these are replaced whole.
void replace(const tls_files& to, const identity& what) {
  tls_files fresh{to.certificate + ".new", to.key + ".new", to.authority};
  for (const auto* left : {&fresh.certificate, &fresh.key}) // of a program that was killed
    files::remove(*left);
  write(fresh, what);
  files::rename(fresh.key, to.key);
  files::rename(fresh.certificate, to.certificate);
}

identity read(const tls_files& from) {
  file_pointer key{std::fopen(from.key.c_str(), "re")};
  file_pointer certificate{std::fopen(from.certificate.c_str(), "re")};
  if (!key || !certificate)
    throw std::runtime_error(from.certificate + " and " + from.key
                             + " belong together, and one of them cannot be read");
  identity found{key_pointer{PEM_read_PrivateKey(key.get(), nullptr, nullptr, nullptr)},
                 certificate_pointer{PEM_read_X509(certificate.get(), nullptr, nullptr, nullptr)}};
  if (!found.key || !found.certificate
      || X509_check_private_key(found.certificate.get(), found.key.get()) != 1)
    throw std::runtime_error(from.certificate + " is not the certificate of " + from.key);
  return found;
}

bool ends_before(const X509* certificate, std::chrono::hours from_now) {
  auto then =
    std::time(nullptr) + std::chrono::duration_cast<std::chrono::seconds>(from_now).count();
  return X509_cmp_time(X509_get0_notAfter(certificate), &then) < 0;
}

/// The folder's authority, made where there is none.
identity authority_of(const tls_files& at, const certificate_order& order) {
  constexpr const char* name = "Nova cluster authority";
  if (!files::exists(at.key) && !files::exists(at.certificate)) {
    auto made = make_identity(name, order, nullptr);
    write(at, made);
    return made;
  }
  auto found = read(at);
  if (!order.renew || !ends_before(found.certificate.get(), order.valid))
    return found;
  auto made = make_identity(name, order, nullptr, std::move(found.key));
  replace(at, made);
  return made;
}

void check_name(const std::string& name) {
  auto good = !name.empty() && name.size() <= name_max && name != "ca" && name.front() != '.'
              && name.find('/') == std::string::npos;
  if (!good)
    throw std::runtime_error("'" + name
                             + "' cannot be the name of a node's file: 1 to 64 "
                               "characters without a slash, not 'ca'");
}

} // namespace

std::vector<tls_files> make_certificates(const certificate_order& order) {
  for (const auto& name : order.nodes)
    check_name(name);
  files::path folder{order.folder};
  files::create_directories(folder);
  auto authority = authority_of(paths_of(folder, "ca"), order);
  std::vector<tls_files> made;
  for (const auto& name : order.nodes) {
    made.push_back(paths_of(folder, name));
    auto one = make_identity(name, order, &authority);
    if (order.renew)
      replace(made.back(), one);
    else
      write(made.back(), one);
  }
  return made;
}

} // namespace nova::cluster
