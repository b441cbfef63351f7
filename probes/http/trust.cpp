#include "probes/http/trust.h"

#include <cstdlib>
#include <ctime>
#include <stdexcept>
#include <utility>

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

namespace tillwatch::probes {

namespace fs = std::filesystem;

namespace {

constexpr const char* system_bundle = "/etc/ssl/certs/ca-certificates.crt";

// `done`: what OpenSSL returned.
void must(int done, const fs::path& file, const std::string& else_what) {
  if (done == 1) return;
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  throw std::runtime_error(file.string() + ": " + else_what +
                           (reason ? std::string(" (") + reason + ")" : std::string()));
}

// Without a file: the places that OpenSSL was built with.
std::shared_ptr<X509_STORE> load_store(const fs::path& file) {
  std::shared_ptr<X509_STORE> store(X509_STORE_new(), &X509_STORE_free);
  if (!store) throw std::bad_alloc();
  // An intermediate in the file is as good as a root, as it is for curl.
  X509_STORE_set_flags(store.get(), X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
  if (file.empty()) {
    must(X509_STORE_set_default_paths(store.get()), X509_get_default_cert_file(),
         "no certificate authorities; install ca-certificates");
  } else {
    must(X509_STORE_load_file(store.get(), file.c_str()), file,
         "cannot be read as PEM certificates");
  }
  return store;
}

std::shared_ptr<X509_STORE> load_system_store() {
  if (const char* file = std::getenv(X509_get_default_cert_file_env())) return load_store(file);
  return load_store(fs::exists(system_bundle) ? system_bundle : fs::path());
}

// Without this, OpenSSL would ask for the pass phrase on the terminal.
int no_pass_phrase(char*, int, int, void*) { return 0; }

std::shared_ptr<SSL_CTX> load_identity(const config::Tls& tls) {
  std::shared_ptr<SSL_CTX> identity(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  if (!identity) throw std::bad_alloc();
  SSL_CTX* context = identity.get();
  SSL_CTX_set_default_passwd_cb(context, &no_pass_phrase);
  const fs::path& key = tls.key.empty() ? tls.certificate : tls.key;
  must(SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM), key,
       "holds no PEM private key without a pass phrase");
  must(SSL_CTX_use_certificate_chain_file(context, tls.certificate.c_str()), tls.certificate,
       "holds no PEM certificate");
  must(SSL_CTX_check_private_key(context), key,
       "does not belong to the certificate " + tls.certificate.string());
  ERR_clear_error();
  return identity;
}

bool present(SSL_CTX* context, SSL_CTX* identity) {
  STACK_OF(X509)* chain = nullptr;
  SSL_CTX_get0_chain_certs(identity, &chain);
  return SSL_CTX_use_cert_and_key(context, SSL_CTX_get0_certificate(identity),
                                  SSL_CTX_get0_privatekey(identity), chain, 1) == 1;
}

std::optional<UtcTime> expiry_of(const X509* certificate) {
  std::tm end{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1) return std::nullopt;
  return std::chrono::sys_seconds(std::chrono::seconds(timegm(&end)));
}

int verify(X509_STORE_CTX* verification, void* expiry) {
  if (const X509* leaf = X509_STORE_CTX_get0_cert(verification)) {
    *static_cast<std::optional<UtcTime>*>(expiry) = expiry_of(leaf);
  }
  return X509_verify_cert(verification);
}

}  // namespace

Trust::Trust(std::shared_ptr<X509_STORE> authorities, std::shared_ptr<SSL_CTX> identity)
    : authorities_(std::move(authorities)), identity_(std::move(identity)) {}

bool Trust::apply(SSL_CTX* context, std::optional<UtcTime>* expiry) const {
  SSL_CTX_set1_cert_store(context, authorities_.get());
  SSL_CTX_set_cert_verify_callback(context, &verify, expiry);
  return !identity_ || present(context, identity_.get());
}

TrustFiles::TrustFiles() : system_(load_system_store()) {}

Trust TrustFiles::trust(const config::Tls& tls) {
  auto trusted = tls.ca_file.empty() ? system_ : authorities(tls.ca_file);
  return Trust(std::move(trusted), tls.certificate.empty() ? nullptr : load_identity(tls));
}

std::shared_ptr<X509_STORE> TrustFiles::authorities(const fs::path& file) {
  std::error_code error;
  const auto changed = fs::last_write_time(file, error);
  if (error) throw std::runtime_error(file.string() + ": " + error.message());
  Loaded& known = loaded_[file];
  if (!known.authorities || known.changed != changed) {
    known.authorities = load_store(file);
    known.changed = changed;
  }
  return known.authorities;
}

}  // namespace tillwatch::probes
