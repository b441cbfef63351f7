#include "probes/mail/email_flow.h"

#include <algorithm>
#include <array>
#include <exception>
#include <stdexcept>

#include <openssl/rand.h>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "config/kinds/email_flow.h"
#include "probes/mail/flow_call.h"
#include "probes/mail/flow_tokens.h"
#include "probes/mail/mailbox.h"
#include "probes/steps/journey.h"
#include "probes/steps/variables.h"
#include "probes/text/text.h"

// GCC 12 miscompiles some full expressions that hold a co_await: keep every one of them a plain
// statement of its own.

namespace tillwatch::probes {
namespace {

namespace asio = boost::asio;
using Values = std::vector<std::pair<std::string, config::JsonTemplate>>;

constexpr std::size_t token_digits = 32;
// Looked for in one run; what is left comes first in the next one.
constexpr std::size_t most_looks = 50;
constexpr std::size_t most_http_looks = 10;

std::string new_token() {
  std::array<unsigned char, token_digits / 2> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    throw std::runtime_error("no random numbers");
  }
  constexpr std::string_view digits = "0123456789abcdef";
  std::string token;
  for (const unsigned char byte : bytes) {
    token += digits[byte >> 4U];
    token += digits[byte & 15U];
  }
  return token;
}

// What steps may call by name.
boost::json::object given(const config::Probe& probe, const Values& values,
                          const std::string& token, UtcTime now) {
  Variables variables(*probe.store, token, now);
  variables.capture("token", boost::json::string(token));
  boost::json::object all{{"token", token}};
  for (const auto& [name, value] : values) all[name] = value.render(variables.lookup());
  return all;
}

// By the steps that remove something.
bool has_gone(const Outcome& outcome) {
  return outcome.verdict == Verdict::pass || outcome.reason == Reason::not_received ||
         outcome.reason == Reason::captured_nothing;
}

// A mailbox whose steps tell what they found by the reason with which they end.
class StepMailbox final : public Mailbox {
 public:
  StepMailbox(std::shared_ptr<const config::Probe> probe, const RunContext& context)
      : probe_(std::move(probe)), context_(context) {}

  asio::awaitable<MailFound> find(std::string token, UtcTime) override {
    const config::EmailFlow& flow = *probe_->email_flow;
    boost::json::object values = given(*probe_, flow.mailbox_values, token, context_.clock.wall());
    std::shared_ptr<const config::Plan> plan = flow.http->search;
    const Outcome outcome = co_await journey(probe_, std::move(plan), context_, std::move(values));
    MailFound found;
    if (outcome.verdict == Verdict::pass) {
      found.sighting.copies = 1;
    } else if (outcome.reason == Reason::duplicate) {
      found.sighting.copies = 2;
    } else if (outcome.reason != Reason::not_received) {
      found.trouble = "the mailbox could not be read: " + outcome.message;
    }
    co_return found;
  }

  asio::awaitable<bool> remove(std::string token, UtcTime) override {
    const config::EmailFlow& flow = *probe_->email_flow;
    std::shared_ptr<const config::Plan> plan = flow.http->remove;
    if (plan == nullptr) co_return true;
    boost::json::object values = given(*probe_, flow.mailbox_values, token, context_.clock.wall());
    const Outcome outcome = co_await journey(probe_, std::move(plan), context_, std::move(values));
    co_return has_gone(outcome);
  }

 private:
  std::shared_ptr<const config::Probe> probe_;
  RunContext context_;
};

// One run. The tokens are taken from the memory and put back without a wait in between: a call of
// the flow may come at any time.
class Evaluation {
 public:
  Evaluation(std::shared_ptr<const config::Probe> probe, RunContext context)
      : probe_(std::move(probe)),
        context_(std::move(context)),
        rules_(*probe_),
        began_(context_.clock.steady()) {
    outcome_.started_at = context_.clock.wall();
    if (context_.memory == nullptr) context_.memory = std::make_shared<Memory>();
  }

  asio::awaitable<void> run() {
    recall().save(*context_.memory);  // from now on there is this mailbox, or none
    co_await trigger();
    co_await look();
    decide();
    co_await clear_away();
  }

  Outcome& outcome() { return outcome_; }
  void finish() {
    outcome_.duration = std::chrono::duration_cast<Microseconds>(context_.clock.steady() - began_);
    FlowTokens tokens = recall();
    outcome_.late.undecided = tokens.undecided();
    outcome_.late.extra_validity = rules_.within;
    outcome_.late.again = tokens.again(now(), context_.listening_since);
  }

 private:
  UtcTime now() const { return context_.clock.wall(); }
  FlowTokens recall() const {
    FlowTokens tokens(rules_);
    tokens.recall(*context_.memory, now());
    return tokens;
  }

  asio::awaitable<void> trigger() {
    FlowTokens before = recall();
    if (!before.trigger_due(now())) co_return;
    const std::string token = new_token();
    before.begin(token, now());
    before.save(*context_.memory);
    std::shared_ptr<const config::Plan> plan = probe_->plan;
    boost::json::object values = given(*probe_, probe_->email_flow->values, token, now());
    Outcome sent = co_await journey(probe_, std::move(plan), context_, std::move(values));
    FlowTokens after = recall();
    if (sent.verdict == Verdict::pass) {
      after.sent(token);
    } else if (sent.verdict == Verdict::fail) {
      after.refused(token, sent.reason, sent.message, sent.step);
    } else {
      after.forget(token);
    }
    after.save(*context_.memory);
    sent.started_at = outcome_.started_at;
    triggered_ = sent.verdict != Verdict::unknown;
    unknown_ = sent.verdict == Verdict::unknown;
    outcome_ = std::move(sent);
  }

  std::shared_ptr<Mailbox> mailbox() {
    if (mailbox_ == nullptr && probe_->email_flow->imap != nullptr) {
      mailbox_ = context_.transport.open_mailbox(probe_->email_flow, began_ + probe_->timeout);
    } else if (mailbox_ == nullptr) {
      mailbox_ = std::make_shared<StepMailbox>(probe_, context_);
    }
    return mailbox_;
  }

  std::size_t most() const {
    return probe_->email_flow->imap != nullptr ? most_looks : most_http_looks;
  }
  UtcTime since() const { return outcome_.started_at - 4 * rules_.memory(); }

  asio::awaitable<void> look() {
    if (!rules_.mailbox || outcome_.reason == Reason::cancelled) co_return;
    const std::vector<std::string> wanted = recall().wanted(now(), most());
    for (const std::string& token : wanted) {
      const std::shared_ptr<Mailbox> box = mailbox();
      const UtcTime began = now();
      std::string text = token;
      const MailFound found = co_await box->find(std::move(text), since());
      if (!found.trouble.empty()) {
        trouble_ = found.trouble;
        co_return;
      }
      FlowTokens after = recall();
      after.seen(token, found.sighting, began, now());
      after.save(*context_.memory);
    }
  }

  // What is left behind, in the mailbox and by the trigger, of tokens of which nothing more is
  // asked. Changes nothing of what was found.
  asio::awaitable<void> clear_away() {
    if (outcome_.reason == Reason::cancelled || !trouble_.empty()) co_return;
    const std::vector<std::string> done = recall().done(most());
    for (const std::string& token : done) {
      std::string text = token;
      const bool removed = co_await clear_away(std::move(text));
      if (!removed) co_return;
      FlowTokens after = recall();
      after.removed(token);
      after.save(*context_.memory);
    }
  }

  asio::awaitable<bool> clear_away(std::string token) {
    if (rules_.mailbox) {
      const std::shared_ptr<Mailbox> box = mailbox();
      std::string text = token;
      const bool removed = co_await box->remove(std::move(text), since());
      if (!removed) {
        outcome_.cleanup = "the cleanup failed: a mail could not be removed from the mailbox";
        co_return false;
      }
    }
    std::shared_ptr<const config::Plan> plan = probe_->email_flow->remove;
    if (plan == nullptr) co_return true;
    boost::json::object values = given(*probe_, probe_->email_flow->values, token, now());
    const Outcome outcome = co_await journey(probe_, std::move(plan), context_, std::move(values));
    const bool gone = has_gone(outcome);
    if (!gone) {
      outcome_.cleanup =
          one_line("the cleanup failed: " + in_quotes(outcome.step) + ": " + outcome.message, 600);
    }
    co_return gone;
  }

  void decide() {
    if (decided_) return;
    FlowTokens tokens = recall();
    const std::optional<FlowVerdict> verdict =
        unknown_ ? std::nullopt : tokens.decide(now(), context_.listening_since);
    tokens.save(*context_.memory);
    if (verdict) {
      decided_ = true;
      const bool own = triggered_ && verdict->concerns == outcome_.started_at &&
                       outcome_.reason == verdict->reason;
      if (!own) clear();
      outcome_.verdict = verdict->verdict;
      outcome_.reason = verdict->reason;
      outcome_.message = verdict->message;
      outcome_.step = verdict->step;
      outcome_.late.concerns = verdict->concerns;
      return;
    }
    if (unknown_) return;
    clear();
    outcome_.verdict = Verdict::unknown;
    outcome_.reason = trouble_.empty() ? Reason::none : Reason::no_mailbox;
    outcome_.message = one_line(context_.redactor.clean(trouble_), 600);
    outcome_.late.pending = trouble_.empty();
  }

  // Of the trigger only its steps' timings are left.
  void clear() {
    outcome_.evidence.reset();
    outcome_.step.clear();
    outcome_.message.clear();
    outcome_.late.pending = false;
  }

  std::shared_ptr<const config::Probe> probe_;
  RunContext context_;
  FlowRules rules_;
  SteadyTime began_;
  Outcome outcome_;
  std::shared_ptr<Mailbox> mailbox_;  // opened when first needed
  std::string trouble_;               // with it
  bool triggered_ = false;
  bool unknown_ = false;  // the trigger could not be sent, for reasons of ours
  bool decided_ = false;
};

// The check is over: nothing more is asked of any token, and what they left is cleared away.
// Returns what of it failed.
asio::awaitable<std::string> leave_no_trace(std::shared_ptr<const config::Probe> probe,
                                            RunContext context) {
  FlowTokens tokens{FlowRules(*probe)};
  tokens.recall(*context.memory, context.clock.wall());
  tokens.give_up();
  tokens.save(*context.memory);
  std::string failed;
  if (tokens.done(1).empty()) co_return failed;
  Outcome last = co_await email_flow(std::move(probe), std::move(context));
  co_return std::move(last.cleanup);
}

Outcome without_memory(UtcTime now) {
  Outcome outcome;
  outcome.started_at = now;
  outcome.reason = Reason::not_heard;
  outcome.message = "the flow calls the daemon; a single check cannot hear it";
  return outcome;
}

}  // namespace

asio::awaitable<Outcome> email_flow(std::shared_ptr<const config::Probe> probe,
                                    RunContext context) {
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  Evaluation one(std::move(probe), std::move(context));
  try {
    co_await one.run();
  } catch (const std::exception& error) {
    one.outcome().verdict = Verdict::unknown;
    one.outcome().reason = Reason::internal;
    one.outcome().message = std::string("an error of the monitor itself: ") + error.what();
  }
  one.finish();
  co_await asio::this_coro::throw_if_cancelled(throws);
  co_return std::move(one.outcome());
}

asio::awaitable<Outcome> email_flow_to_its_end(std::shared_ptr<const config::Probe> probe,
                                               RunContext context) {
  const FlowRules rules(*probe);
  const UtcTime began = context.clock.wall();
  if (!rules.mailbox) co_return without_memory(began);
  context.memory = std::make_shared<Memory>();
  context.listening_since.reset();
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor);
  const SteadyTime last =
      context.clock.steady() + rules.within + rules.settle + std::chrono::seconds(5);
  while (true) {
    Outcome outcome = co_await email_flow(probe, context);
    FlowTokens tokens(rules);
    tokens.recall(*context.memory, context.clock.wall());
    tokens.last_trigger();
    tokens.save(*context.memory);
    const bool decided = !outcome.late.pending && outcome.reason != Reason::no_mailbox;
    const bool over = context.clock.steady() >= last || !tokens.undecided();
    if (decided || over) {
      outcome.started_at = began;
      outcome.duration = std::chrono::duration_cast<Microseconds>(context.clock.wall() - began);
      outcome.late.pending = false;
      std::string left = co_await leave_no_trace(probe, context);
      if (!left.empty()) outcome.cleanup = std::move(left);
      co_return outcome;
    }
    const config::Duration pause = std::clamp<config::Duration>(
        outcome.late.again.value_or(rules.poll), std::chrono::milliseconds(50), rules.poll);
    timer.expires_after(pause);
    boost::system::error_code cut_short;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, cut_short));
    if (!cut_short) continue;
    outcome.late.pending = false;
    outcome.reason = Reason::cancelled;
    outcome.message = "the check was interrupted";
    co_return outcome;
  }
}

int hear_flow(const config::Probe& probe, Memory& memory,
              const std::vector<std::pair<std::string, std::string>>& query, std::string_view body,
              UtcTime now, std::string_view id) {
  FlowTokens tokens{FlowRules(probe)};
  tokens.recall(memory, now);
  const std::set<std::string> wanted = tokens.texts();
  std::set<std::string> heard = tokens_in(body, wanted);
  for (const auto& [key, value] : query) {
    heard.merge(tokens_in(key, wanted));
    heard.merge(tokens_in(value, wanted));
  }
  int ours = 0;
  for (const std::string& token : heard) {
    // An id that is the token tells one call from another as little as none.
    const bool tells = id.find(token) == id.npos;
    ours += tokens.heard(token, now, tells ? id : std::string_view()) ? 1 : 0;
  }
  if (ours > 0) tokens.save(memory);
  return ours;
}

CallAnswer take_flow_call(const config::Probe& probe, Memory& memory, const Call& call,
                          const config::Redactor&) {
  // What somebody else's token is told says nothing about ours.
  CallAnswer answer;
  answer.run_at_once = hear_flow(probe, memory, call.query, call.body, call.at, call.id) > 0;
  return answer;
}

void shift_flow(const config::Probe& probe, Memory& memory, std::chrono::milliseconds forward) {
  FlowTokens tokens{FlowRules(probe)};
  tokens.read(memory);
  tokens.shift(forward);
  tokens.save(memory);
}

}  // namespace tillwatch::probes
