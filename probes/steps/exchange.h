#pragma once

// One request and those that redirects lead to, as a browser sends them. A run of a probe, a feed
// and a delivery of an alert all send by this; what sets them apart is their Sender.

#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "probes/clock.h"
#include "probes/steps/hop.h"
#include "probes/steps/sender.h"

namespace tillwatch::probes {

class Exchange {
 public:
  // What is referred to outlives this.
  Exchange(Sender sender, const Variables& variables, Transport& transport, const Clock& clock,
           const config::Redactor& redactor);
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // Before the first request; throws what Transport::open() throws.
  void open();
  // Why there is no answer to be judged, or what the rules make of one; none: it is the last one,
  // to be held against what is expected. `result` gets status and times of all hops.
  boost::asio::awaitable<std::optional<Finding>> send(Hop hop, const config::Step& step,
                                                      StepResult& result);
  // The first rule that holds of the last answer: the step's, then the sender's.
  std::optional<Finding> meaning(const config::Step& step, bool after_expectations);

  const std::string& url() const { return url_; }             // of the last request; empty: none
  const Response& response() const { return response_; }      // to it
  Answer* answer() { return answer_ ? &*answer_ : nullptr; }  // the same
  Session& session() { return *session_; }
  const config::Store& site() const { return *sender_.site; }
  // The earliest of the certificates that were shown.
  std::optional<UtcTime> certificate_expiry() const { return certificate_expiry_; }
  bool has_sent() const { return has_sent_; }
  // When it was known that no answer came, if none came: why it did not may be known later.
  std::optional<SteadyTime> failed_at() const { return failed_at_; }

  // Cleaning up: a time of its own, and no rules but the step's.
  void begin_cleanup(SteadyTime deadline);

 private:
  boost::asio::awaitable<void> perform(const Hop& hop, const config::Step& step);
  boost::asio::awaitable<std::optional<Finding>> explain(Microseconds patience);
  std::optional<Finding> next(Hop& hop, int redirects, int most) const;
  std::optional<Finding> turned_away_here();
  void measure(StepResult& result);
  Microseconds left() const;

  Sender sender_;
  const Variables& variables_;
  Transport& transport_;
  const Clock& clock_;
  const config::Redactor& redactor_;
  SteadyTime deadline_;
  std::unique_ptr<Session> session_;
  std::string url_;
  Response response_;
  std::optional<Answer> answer_;
  std::optional<UtcTime> certificate_expiry_;
  std::optional<SteadyTime> failed_at_;
  bool has_sent_ = false;
};

// Whether the coroutine that asks was cancelled.
boost::asio::awaitable<bool> is_cancelled();

}  // namespace tillwatch::probes
