#include "probes/http/curl_transport.h"

#include <csignal>
#include <stdexcept>
#include <utility>

#include "probes/http/curl_loop.h"
#include "probes/http/curl_session.h"
#include "probes/http/trust.h"
#include "probes/mail/imap.h"

namespace tillwatch::probes {

namespace {

// libcurl's process-wide state.
class CurlLibrary {
 public:
  CurlLibrary() {
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
      throw std::runtime_error("libcurl could not be initialised");
    }
    // OpenSSL writes to sockets that the other side may have closed.
    std::signal(SIGPIPE, SIG_IGN);
  }
  ~CurlLibrary() { curl_global_cleanup(); }
  CurlLibrary(const CurlLibrary&) = delete;
  CurlLibrary& operator=(const CurlLibrary&) = delete;
};

class CurlTransport final : public Transport {
 public:
  CurlTransport(const boost::asio::any_io_executor& executor, CurlTransportOptions options)
      : resolver_(executor, std::move(options.lookup), options.resolver),
        loop_(CurlLoop::create(executor)) {}

  std::unique_ptr<Session> open(std::shared_ptr<const config::Store> store) override {
    return std::make_unique<CurlSession>(std::move(store), loop_, resolver_, trust_);
  }

  std::shared_ptr<Mailbox> open_mailbox(const std::shared_ptr<const config::EmailFlow>& flow,
                                        SteadyTime deadline) override {
    if (flow->imap == nullptr) return nullptr;
    return std::make_shared<ImapSession>(flow->imap, loop_, resolver_, trust_, deadline);
  }

 private:
  CurlLibrary library_;
  TrustFiles trust_;
  Resolver resolver_;
  std::shared_ptr<CurlLoop> loop_;
};

}  // namespace

std::unique_ptr<Transport> make_curl_transport(const boost::asio::any_io_executor& executor,
                                               CurlTransportOptions options) {
  return std::make_unique<CurlTransport>(executor, std::move(options));
}

}  // namespace tillwatch::probes
