#pragma once

// Whom a store's TLS connections trust and who they say they are. Loading the system's authorities
// takes tens of milliseconds, so it is done once, and a store's `ca_file` is loaded again only when
// it has changed. (libcurl keeps the authorities of one file at a time, and tells no expiry of a
// certificate that it refuses.) Each TLS connection then shares what was loaded.
//
// Threads: one.

#include <filesystem>
#include <map>
#include <memory>

#include <openssl/ssl.h>

#include "config/config.h"
#include "probes/clock.h"

namespace tillwatch::probes {

// What one store's connections are set up with; and what they learn about the store.
class Trust {
 public:
  // `identity`: holds a client certificate with its chain and key; may be null.
  Trust(std::shared_ptr<X509_STORE> authorities, std::shared_ptr<SSL_CTX> identity);

  // Makes `context` verify by these authorities and present this identity; the leaf's expiry is
  // written to `*expiry`, which lives as long as the context, whether it verifies or not.
  bool apply(SSL_CTX* context, std::optional<UtcTime>* expiry) const;

 private:
  std::shared_ptr<X509_STORE> authorities_;
  std::shared_ptr<SSL_CTX> identity_;
};

class TrustFiles {
 public:
  // Loads the system's authorities. Throws std::runtime_error where there are none.
  TrustFiles();

  // Throws std::runtime_error with a sentence for people where a file cannot be used.
  Trust trust(const config::Tls& tls);

 private:
  struct Loaded {
    std::filesystem::file_time_type changed;
    std::shared_ptr<X509_STORE> authorities;
  };
  std::shared_ptr<X509_STORE> authorities(const std::filesystem::path& file);

  std::shared_ptr<X509_STORE> system_;
  std::map<std::filesystem::path, Loaded> loaded_;
};

}  // namespace tillwatch::probes
