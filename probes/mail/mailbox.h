#pragma once

// A mailbox in which arrivals are looked for: one object is one session.
//
// Threads: that of the io_context. Nothing throws for what a mailbox does.

#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "probes/clock.h"
#include "probes/mail/flow_tokens.h"

namespace tillwatch::probes {

struct MailFound {
  std::string trouble;  // why nothing can be said; empty: it was looked
  Sighting sighting;
};

class Mailbox {
 public:
  virtual ~Mailbox() = default;
  // Mails that hold `token`, of those that came since (a day before) `since`.
  virtual boost::asio::awaitable<MailFound> find(std::string token, UtcTime since) = 0;
  // Deletes them. False where that did not work.
  virtual boost::asio::awaitable<bool> remove(std::string token, UtcTime since) = 0;
};

}  // namespace tillwatch::probes
