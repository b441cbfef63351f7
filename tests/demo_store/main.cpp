// demo_store: a small Shopify-like store that can be broken on demand. See control.h for the lever.

#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/ssl/context.hpp>

#include "tests/demo_store/control.h"
#include "tests/demo_store/server.h"
#include "tests/demo_store/shop.h"

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

struct Options {
  std::string address = "127.0.0.1";
  unsigned short port = 0;
  std::string certificate;
  std::string key;
};

std::shared_ptr<asio::ssl::context> tls_of(const Options& options) {
  if (options.certificate.empty()) return nullptr;
  auto tls = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  tls->use_certificate_chain_file(options.certificate);
  tls->use_private_key_file(options.key, asio::ssl::context::pem);
  return tls;
}

void run(const Options& options) {
  asio::io_context io(1);
  tcp::acceptor acceptor(io, tcp::endpoint(asio::ip::make_address(options.address), options.port));
  const auto tls = tls_of(options);
  std::cout << "listening on " << (tls ? "https://" : "http://") << acceptor.local_endpoint()
            << std::endl;

  demo_store::Shop shop;
  demo_store::serve(io, std::move(acceptor), tls, [&](const demo_store::Request& request) {
    if (!demo_store::is_control(request)) return shop.handle(request);
    demo_store::Reply reply;
    reply.response = demo_store::control(shop, request);
    return reply;
  });
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](const boost::system::error_code&, int) { io.stop(); });
  io.run();
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("A small store that can be broken on demand", "demo_store");
  app.add_option("--address", options.address, "address to listen on")->capture_default_str();
  app.add_option("--port", options.port, "port to listen on; 0 takes a free one");
  auto* certificate = app.add_option("--tls-cert", options.certificate, "certificate chain, PEM");
  auto* key = app.add_option("--tls-key", options.key, "its key, PEM");
  certificate->needs(key);
  key->needs(certificate);
  CLI11_PARSE(app, argc, argv);
  try {
    run(options);
  } catch (const boost::system::system_error& error) {
    std::cerr << "demo_store: cannot listen on " << options.address << ":" << options.port << ": "
              << error.code().message() << std::endl;
    return 1;
  }
  return 0;
}
