#pragma once

// The requests of one run on libcurl: a share handle of its own holds the run's cookies,
// connections and addresses, so that the run begins like a customer's first visit.

#include <memory>
#include <optional>
#include <string>
#include <unordered_set>

#include "probes/http/curl_answer.h"
#include "probes/http/curl_handles.h"
#include "probes/http/curl_loop.h"
#include "probes/http/resolver.h"
#include "probes/http/trust.h"
#include "probes/transport.h"

namespace tillwatch::probes {

class CurlSession final : public Session {
 public:
  // `resolver` and `trust` outlive the session.
  CurlSession(std::shared_ptr<const config::Store> store, std::shared_ptr<CurlLoop> loop,
              Resolver& resolver, TrustFiles& trust);

  boost::asio::awaitable<Response> perform(Request request) override;
  std::optional<std::string> cookie(const std::string& name, const std::string& url) override;

 private:
  struct Target;
  static std::optional<Target> parse(const std::string& url);
  // Why this request cannot be made at all; fills in the response's error.
  bool impossible(const Target& target, Response& response);
  bool trust_is_loaded(Response& response);
  bool needs_lookup(const Target& target) const;
  void remember(const Target& target, const Addresses& addresses);
  void set_up_once();
  void set_up(const Request& request, const Target& target, const CurlList& headers);
  void release_request();
  static CURLcode on_tls_context(CURL*, void* context, void* self);

  std::shared_ptr<const config::Store> store_;
  std::shared_ptr<CurlLoop> loop_;
  Resolver& resolver_;
  TrustFiles& trust_files_;
  std::optional<Trust> trust_;
  CurlAnswer* answer_ = nullptr;   // to the request under way
  std::optional<UtcTime> expiry_;  // of the last certificate that a server of this run showed
  std::unordered_set<std::string> resolved_;  // "host:port"
  CurlList addresses_;                        // of the next request, as CURLOPT_RESOLVE takes them
  CurlShare share_;  // goes after the easy handle, and closes the connections
  CurlEasy easy_;
};

}  // namespace tillwatch::probes
