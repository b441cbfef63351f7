#pragma once

// Where connections come from: a TCP port, or a socket in the file system.

#include <filesystem>
#include <string>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace tillwatch {

using Connection = boost::asio::generic::stream_protocol::socket;
using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol>;

// Both throw std::runtime_error in words for the operator.
boost::asio::ip::tcp::acceptor listen_on_port(boost::asio::io_context& context,
                                              const std::string& address, unsigned short port);
// For this user and root alone. A socket that a killed process left is replaced; one that is
// answered, or a file of another kind, is left alone.
Acceptor listen_at_path(boost::asio::io_context& context, const std::filesystem::path& path);

// The user on the other end of a socket in the file system.
std::string user_of(Connection& connection);

}  // namespace tillwatch
