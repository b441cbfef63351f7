#pragma once

// Certificates of a small authority of the test's own.

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <boost/asio/ssl/context.hpp>

namespace tillwatch::tests {

struct KeyPair {
  std::string certificate;  // PEM
  std::string key;          // PEM
};

struct CertificateWish {
  CertificateWish() = default;
  std::string names = "DNS:localhost,IP:127.0.0.1";  // subjectAltName; empty: none
  std::chrono::seconds valid_from{-3600};            // from now
  std::chrono::seconds valid_for{30 * 24 * 3600};    // from now; negative: has ended
};

class Authority {
 public:
  explicit Authority(const std::string& name = "tillwatch test authority");
  KeyPair issue(const CertificateWish& wish = CertificateWish()) const;
  const std::string& certificate() const { return certificate_; }  // PEM

 private:
  struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const { X509_free(certificate); }
  };
  std::unique_ptr<EVP_PKEY, Free> key_;
  std::unique_ptr<X509, Free> self_;
  std::string certificate_;
};

// A certificate signed by its own key.
KeyPair self_signed(const CertificateWish& wish = CertificateWish());

// For a server that shows this certificate.
boost::asio::ssl::context server_context(const KeyPair& pair);
// The same, asking for a certificate of this authority.
boost::asio::ssl::context server_context(const KeyPair& pair, const Authority& of_clients);

}  // namespace tillwatch::tests
