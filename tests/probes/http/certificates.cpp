#include "tests/probes/http/certificates.h"

#include <stdexcept>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace tillwatch::tests {

namespace ssl = boost::asio::ssl;

namespace {

void must(bool done) {
  if (!done) throw std::runtime_error("OpenSSL refused to make a test certificate");
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}

std::string pem(X509* certificate) {
  BIO* bio = BIO_new(BIO_s_mem());
  must(PEM_write_bio_X509(bio, certificate) == 1);
  return text_of(bio);
}

std::string pem(EVP_PKEY* key) {
  BIO* bio = BIO_new(BIO_s_mem());
  must(PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return text_of(bio);
}

void extend(X509* certificate, int what, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, what, value.c_str());
  must(extension != nullptr);
  must(X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

// Signed by `issuer_key` in the name of `issuer`; by itself where that is null.
X509* make(EVP_PKEY* key, const std::string& name, const CertificateWish& wish, X509* issuer,
           EVP_PKEY* issuer_key, bool authority) {
  static long serial = 1;
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate), wish.valid_from.count());
  X509_gmtime_adj(X509_getm_notAfter(certificate), wish.valid_for.count());
  X509_set_pubkey(certificate, key);
  X509_NAME* subject = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate, issuer ? X509_get_subject_name(issuer) : subject);
  extend(certificate, NID_basic_constraints, authority ? "critical,CA:TRUE" : "CA:FALSE");
  if (!wish.names.empty() && !authority) extend(certificate, NID_subject_alt_name, wish.names);
  must(X509_sign(certificate, issuer_key, EVP_sha256()) > 0);
  return certificate;
}

}  // namespace

Authority::Authority(const std::string& name)
    : key_(EVP_EC_gen("P-256")),
      self_(make(key_.get(), name, CertificateWish(), nullptr, key_.get(), true)),
      certificate_(pem(self_.get())) {}

KeyPair Authority::issue(const CertificateWish& wish) const {
  const std::unique_ptr<EVP_PKEY, Free> key(EVP_EC_gen("P-256"));
  const std::unique_ptr<X509, Free> certificate(
      make(key.get(), "test store", wish, self_.get(), key_.get(), false));
  return {pem(certificate.get()), pem(key.get())};
}

KeyPair self_signed(const CertificateWish& wish) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = make(key, "test store", wish, nullptr, key, false);
  KeyPair pair{pem(certificate), pem(key)};
  X509_free(certificate);
  EVP_PKEY_free(key);
  return pair;
}

ssl::context server_context(const KeyPair& pair) {
  ssl::context context(ssl::context::tls_server);
  context.use_certificate_chain(boost::asio::buffer(pair.certificate));
  context.use_private_key(boost::asio::buffer(pair.key), ssl::context::pem);
  return context;
}

ssl::context server_context(const KeyPair& pair, const Authority& of_clients) {
  ssl::context context = server_context(pair);
  context.set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
  context.add_certificate_authority(boost::asio::buffer(of_clients.certificate()));
  return context;
}

}  // namespace tillwatch::tests
