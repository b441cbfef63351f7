#pragma once

// HTTP/1.1 on one port, plain or TLS. The only file with Beast in it is server.cpp.

#include <functional>
#include <memory>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "tests/demo_store/http.h"

namespace boost::asio::ssl {
class context;
}

namespace demo_store {

using Handler = std::function<Reply(const Request&)>;

// Accepts until the io_context stops. `tls` is null for plain HTTP. Bounded: 500 connections at
// once, 16 KiB of request headers, 64 KiB of request body, 30 s of silence, 5 minutes of answer.
void serve(boost::asio::io_context& io, boost::asio::ip::tcp::acceptor acceptor,
           std::shared_ptr<boost::asio::ssl::context> tls, Handler handler);

}  // namespace demo_store
