#include "probes/steps/exchange.h"

#include <utility>

#include <boost/asio/this_coro.hpp>

#include "probes/http/transport_failure.h"
#include "probes/http/url.h"
#include "probes/steps/classify.h"
#include "probes/steps/turned_away.h"
#include "probes/text/text.h"

// GCC 12 miscompiles some full expressions that hold a co_await: keep every one of them a plain
// statement of its own (tests/lint/coroutines looks after that).

namespace tillwatch::probes {

namespace asio = boost::asio;

namespace {

void add(std::optional<Microseconds>& sum, const std::optional<Microseconds>& one) {
  if (one) sum = sum.value_or(Microseconds(0)) + *one;
}

// Also where the header is no URL.
bool is_redirect(const Response& response) {
  const int status = response.status;
  return (status == 301 || status == 302 || status == 303 || status == 307 || status == 308) &&
         response.header("location") != nullptr;
}

}  // namespace

asio::awaitable<bool> is_cancelled() {
  const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
  co_return state.cancelled() != asio::cancellation_type::none;
}

Exchange::Exchange(Sender sender, const Variables& variables, Transport& transport,
                   const Clock& clock, const config::Redactor& redactor)
    : sender_(std::move(sender)),
      variables_(variables),
      transport_(transport),
      clock_(clock),
      redactor_(redactor),
      deadline_(clock.steady() + sender_.timeout) {}

void Exchange::open() { session_ = transport_.open(sender_.site); }

void Exchange::begin_cleanup(SteadyTime deadline) {
  deadline_ = deadline;
  sender_.rules.clear();  // a cart that is empty is what it wants
}

asio::awaitable<std::optional<Finding>> Exchange::send(Hop hop, const config::Step& step,
                                                       StepResult& result) {
  for (int redirects = 0;; ++redirects) {
    const Microseconds patience = left();
    co_await perform(hop, step);
    measure(result);
    if (response_.error != TransportError::none) {
      std::optional<Finding> trouble = co_await explain(patience);
      co_return trouble;
    }
    std::optional<Finding> finding = turned_away_here();
    if (!finding) finding = meaning(step, false);
    if (finding) co_return finding;
    if (step.max_redirects == 0 || !is_redirect(response_)) co_return std::nullopt;
    finding = next(hop, redirects, step.max_redirects);
    if (finding) co_return finding;
  }
}

asio::awaitable<void> Exchange::perform(const Hop& hop, const config::Step& step) {
  url_ = hop.url;
  const bool cancelled = co_await is_cancelled();
  if (cancelled || left() <= Microseconds(0)) {
    response_ = Response();
    response_.error = cancelled ? TransportError::cancelled : TransportError::timeout;
    response_.connected = true;  // nothing was tried, so the network is not to blame
    answer_.emplace(response_, url_);
    co_return;
  }
  Request request = request_of(hop, step, sender_, variables_, redactor_);
  request.deadline = deadline_;
  if (sender_.finish) sender_.finish(request);
  Response response = co_await session_->perform(std::move(request));
  response_ = std::move(response);
  answer_.emplace(response_, url_);
  has_sent_ = has_sent_ || response_.connected || response_.status != 0;
}

// Why no whole answer came. A bot wall shows in the headers of a broken answer too; and where
// nothing was reached, it may be that nothing can be reached from here.
asio::awaitable<std::optional<Finding>> Exchange::explain(Microseconds patience) {
  std::optional<Finding> finding = turned_away_here();
  if (finding) co_return finding;
  finding = transport_failure(response_, url_, Patience(sender_.timeout, patience));
  failed_at_ = clock_.steady();
  if (sender_.network != nullptr && may_be_local(response_)) {
    std::string host = host_of(url_);
    const std::string trouble = co_await sender_.network->trouble(std::move(host));
    if (!trouble.empty()) finding = Finding(Reason::local_network, trouble);
  }
  co_return finding;
}

std::optional<Finding> Exchange::turned_away_here() {
  return turned_away(*sender_.site, *answer_, variables_);
}

std::optional<Finding> Exchange::meaning(const config::Step& step, bool after_expectations) {
  const std::optional<std::string> location = redirect_of(response_, url_);
  const auto first_of = [&](const std::vector<config::Rule>& rules) {
    return first_rule(rules, *answer_, location ? &*location : nullptr, variables_,
                      after_expectations);
  };
  std::optional<Finding> finding = first_of(step.rules);
  for (const auto* rules : sender_.rules) {
    if (finding) break;
    finding = first_of(*rules);
  }
  return finding;
}

std::optional<Finding> Exchange::next(Hop& hop, int redirects, int most) const {
  const std::optional<std::string> location = redirect_of(response_, url_);
  if (!location) {
    return Finding(
        Reason::redirect,
        "redirects to " + in_quotes(*response_.header("location"), 200) + ", which is no URL");
  }
  if (redirects >= most) {
    return Finding(Reason::redirect, "more than " + std::to_string(most) +
                                         " redirects, the last one to " +
                                         in_quotes(*location, 200));
  }
  return follow(hop, *location, response_.status, redactor_);
}

void Exchange::measure(StepResult& result) {
  add(result.phases.dns, response_.phases.dns);
  add(result.phases.connect, response_.phases.connect);
  add(result.phases.tls, response_.phases.tls);
  add(result.phases.first_byte, response_.phases.first_byte);
  add(result.phases.transfer, response_.phases.transfer);
  result.status = response_.status;
  result.total += response_.total;
  const auto& expiry = response_.certificate_expiry;
  if (expiry && (!certificate_expiry_ || *expiry < *certificate_expiry_)) {
    certificate_expiry_ = expiry;
  }
}

Microseconds Exchange::left() const {
  return std::chrono::duration_cast<Microseconds>(deadline_ - clock_.steady());
}

}  // namespace tillwatch::probes
