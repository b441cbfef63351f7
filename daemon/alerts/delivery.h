#pragma once

// Hands one message to one receiver and says what came of it. Never throws: whatever happens is a
// Delivery. What counts as success is the receiver's own (config/data/receivers/*.yaml).
//
// Threads: the loop's.

#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include "config/config.h"
#include "daemon/ledger/disk/alert_rows.h"
#include "probes/clock.h"
#include "probes/transport.h"

namespace tillwatch {

struct Delivery {
  enum class Result : unsigned char {
    delivered,
    failed,       // worth another try
    turned_down,  // a no that may be one of this moment (a proxy that restarts): tried for an hour
    refused       // it will never be taken: the receiver said so
  };
  Result result = Result::failed;
  int status = 0;                               // of HTTP; 0: no answer
  std::string answer;                           // one line for people, free of secrets
  std::optional<config::Duration> retry_after;  // what the receiver asks for
};

struct DeliveryContext {
  DeliveryContext(probes::Transport& over, const Clock& by, const config::Redactor& through)
      : transport(over), clock(by), redactor(through) {}
  probes::Transport& transport;
  const Clock& clock;
  const config::Redactor& redactor;
};

// `message`: what `{{ name }}` stands for; see compose() in daemon/alerts/message.h.
boost::asio::awaitable<Delivery> deliver(std::shared_ptr<const config::Receiver> receiver,
                                         boost::json::object message, DeliveryContext context);

}  // namespace tillwatch
