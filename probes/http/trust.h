#pragma once

// Whom a store's TLS connections trust and who they say they are. Loading the system's authorities
// takes tens of milliseconds, so it is done once; the files of a store's `tls:` are loaded again
// only when they have changed. Each TLS connection then shares what was loaded.
//
// Threads: one.

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include <openssl/ssl.h>

#include "config/config.h"
#include "probes/clock.h"

namespace tillwatch::probes {

template <auto release>
struct OpensslRelease {
  template <class Object>
  void operator()(Object* object) const {
    release(object);
  }
};

struct Identity;  // a client certificate with its chain and key

// What one store's connections are set up with; and what they learn about the store.
class Trust {
 public:
  Trust(std::shared_ptr<X509_STORE> authorities, std::shared_ptr<const Identity> identity);

  // Makes `context` verify by these authorities and present this identity; the leaf's expiry is
  // written to `*expiry`, which lives as long as the context, whether it verifies or not.
  bool apply(SSL_CTX* context, std::optional<UtcTime>* expiry) const;

 private:
  std::shared_ptr<X509_STORE> authorities_;
  std::shared_ptr<const Identity> identity_;  // may be null
};

// All that was loaded, by file and time of change.
class TrustFiles {
 public:
  // Loads the system's authorities. Throws std::runtime_error where there are none.
  TrustFiles();

  // Throws std::runtime_error with a sentence for people where a file cannot be used.
  Trust trust(const config::Tls& tls);

 private:
  template <class Loaded>
  struct Versioned {
    std::filesystem::file_time_type changed;
    std::shared_ptr<Loaded> loaded;
  };
  std::shared_ptr<X509_STORE> authorities(const std::filesystem::path& file);
  std::shared_ptr<const Identity> identity(const config::Tls& tls);

  std::shared_ptr<X509_STORE> system_;
  std::map<std::filesystem::path, Versioned<X509_STORE>> authorities_;
  std::map<std::pair<std::filesystem::path, std::filesystem::path>, Versioned<const Identity>>
      identities_;
};

}  // namespace tillwatch::probes
