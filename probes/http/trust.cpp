#include "probes/http/trust.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <stdexcept>
#include <utility>
#include <vector>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

namespace tillwatch::probes {

namespace fs = std::filesystem;

using X509Ptr = std::unique_ptr<X509, OpensslRelease<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, OpensslRelease<EVP_PKEY_free>>;
using BioPtr = std::unique_ptr<BIO, OpensslRelease<BIO_free_all>>;

struct Identity {
  X509Ptr certificate;
  std::vector<X509Ptr> chain;
  KeyPtr key;
};

namespace {

constexpr const char* system_bundle = "/etc/ssl/certs/ca-certificates.crt";

[[noreturn]] void fail(const fs::path& file, const std::string& what) {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  throw std::runtime_error(file.string() + ": " + what +
                           (reason ? std::string(" (") + reason + ")" : std::string()));
}

std::shared_ptr<X509_STORE> empty_store() {
  std::shared_ptr<X509_STORE> store(X509_STORE_new(), &X509_STORE_free);
  if (!store) throw std::bad_alloc();
  // An intermediate in the file is as good as a root, as it is for curl.
  X509_STORE_set_flags(store.get(), X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
  return store;
}

std::shared_ptr<X509_STORE> load_store(const fs::path& file) {
  auto store = empty_store();
  if (X509_STORE_load_file(store.get(), file.c_str()) != 1) {
    fail(file, "cannot be read as PEM certificates");
  }
  return store;
}

std::shared_ptr<X509_STORE> load_system_store() {
  if (const char* file = std::getenv(X509_get_default_cert_file_env())) return load_store(file);
  if (fs::exists(system_bundle)) return load_store(system_bundle);
  auto store = empty_store();
  if (X509_STORE_set_default_paths(store.get()) != 1) {
    fail(X509_get_default_cert_file(), "no certificate authorities; install ca-certificates");
  }
  return store;
}

BioPtr open(const fs::path& file) {
  BioPtr bio(BIO_new_file(file.c_str(), "r"));
  if (!bio) fail(file, "cannot be opened");
  return bio;
}

// Without this, OpenSSL would ask for the pass phrase on the terminal.
int no_pass_phrase(char*, int, int, void*) { return 0; }

std::shared_ptr<const Identity> load_identity(const config::Tls& tls) {
  auto identity = std::make_shared<Identity>();
  const BioPtr certificates = open(tls.certificate);
  identity->certificate.reset(
      PEM_read_bio_X509(certificates.get(), nullptr, no_pass_phrase, nullptr));
  if (!identity->certificate) fail(tls.certificate, "holds no PEM certificate");
  while (X509* next = PEM_read_bio_X509(certificates.get(), nullptr, no_pass_phrase, nullptr)) {
    identity->chain.emplace_back(next);
  }
  const fs::path& key_file = tls.key.empty() ? tls.certificate : tls.key;
  const BioPtr key = open(key_file);
  identity->key.reset(PEM_read_bio_PrivateKey(key.get(), nullptr, no_pass_phrase, nullptr));
  if (!identity->key) fail(key_file, "holds no PEM private key without a pass phrase");
  if (X509_check_private_key(identity->certificate.get(), identity->key.get()) != 1) {
    fail(key_file, "does not belong to the certificate " + tls.certificate.string());
  }
  ERR_clear_error();
  return identity;
}

bool present(SSL_CTX* context, const Identity& identity) {
  if (SSL_CTX_use_certificate(context, identity.certificate.get()) != 1) return false;
  if (SSL_CTX_use_PrivateKey(context, identity.key.get()) != 1) return false;
  for (const X509Ptr& link : identity.chain) {
    if (SSL_CTX_add1_chain_cert(context, link.get()) != 1) return false;
  }
  return true;
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

fs::file_time_type changed(const fs::path& file) {
  std::error_code error;
  const auto time = fs::last_write_time(file, error);
  if (error) throw std::runtime_error(file.string() + ": " + error.message());
  return time;
}

}  // namespace

Trust::Trust(std::shared_ptr<X509_STORE> authorities, std::shared_ptr<const Identity> identity)
    : authorities_(std::move(authorities)), identity_(std::move(identity)) {}

bool Trust::apply(SSL_CTX* context, std::optional<UtcTime>* expiry) const {
  SSL_CTX_set1_cert_store(context, authorities_.get());
  SSL_CTX_set_cert_verify_callback(context, &verify, expiry);
  return !identity_ || present(context, *identity_);
}

TrustFiles::TrustFiles() : system_(load_system_store()) {}

Trust TrustFiles::trust(const config::Tls& tls) {
  auto trusted = tls.ca_file.empty() ? system_ : authorities(tls.ca_file);
  return Trust(std::move(trusted), tls.certificate.empty() ? nullptr : identity(tls));
}

std::shared_ptr<X509_STORE> TrustFiles::authorities(const fs::path& file) {
  const auto time = changed(file);
  auto& known = authorities_[file];
  if (!known.loaded || known.changed != time) {
    known.loaded = load_store(file);
    known.changed = time;
  }
  return known.loaded;
}

std::shared_ptr<const Identity> TrustFiles::identity(const config::Tls& tls) {
  const auto time =
      std::max(changed(tls.certificate), changed(tls.key.empty() ? tls.certificate : tls.key));
  auto& known = identities_[{tls.certificate, tls.key}];
  if (!known.loaded || known.changed != time) {
    known.loaded = load_identity(tls);
    known.changed = time;
  }
  return known.loaded;
}

}  // namespace tillwatch::probes
