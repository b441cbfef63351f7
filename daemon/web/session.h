#pragma once

// One connection: requests one after the other, each answered before the next is read.
//
// Threads: the loop's.

#include <chrono>
#include <list>
#include <memory>

#include <boost/asio/awaitable.hpp>

#include "daemon/web/http.h"
#include "daemon/web/limits.h"
#include "daemon/web/listen.h"

namespace tillwatch {

class Session {
 public:
  virtual ~Session() = default;
  // Until the connection is at its end.
  virtual boost::asio::awaitable<void> serve() = 0;
  virtual bool busy() const = 0;  // answering, not waiting for a request
  virtual void close() = 0;
  virtual void close_after(std::chrono::milliseconds grace) = 0;
};

// What the connections of one server share.
struct Sessions {
  Handler handler;
  ServerLimits limits;
  bool loopback = false;  // names other than localhost are refused
  bool stopping = false;
  std::list<Session*> open;  // the one that has waited longest first; they own themselves
};

// `user`: who asks, where that is known of the whole connection.
std::shared_ptr<Session> make_session(std::shared_ptr<Sessions> sessions, Connection connection,
                                      std::string user);

}  // namespace tillwatch
