#include "probes/mail/flow_tokens.h"

#include <algorithm>
#include <array>
#include <utility>

#include "config/kinds/email_flow.h"
#include "probes/text/text.h"

namespace tillwatch::probes {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

// What the clocks of a mailbox and of this machine may differ by.
constexpr seconds skew{60};

std::string words(milliseconds duration) { return words_of(Microseconds(duration)); }

}  // namespace

FlowRules::FlowRules(const config::Probe& probe)
    : every(probe.every),
      within(probe.email_flow->within),
      poll(probe.email_flow->poll),
      settle(probe.email_flow->settle),
      confirm(probe.confirm),
      mailbox(probe.email_flow->imap != nullptr || probe.email_flow->http != nullptr),
      hook(!probe.email_flow->hook_secret.empty()),
      remove(probe.email_flow->remove != nullptr) {}

void FlowTokens::recall(const Memory& memory, UtcTime now) {
  read(memory);
  // A clock that was set back while nobody looked: what is to come has not happened.
  if (!tokens_.empty() && tokens_.back().sent_at > now) shift(now - tokens_.back().sent_at);
  // A mailbox that is new: of the time before, nobody has kept anything undecided.
  if (rules_.mailbox && !had_mailbox_) {
    for (Token& token : tokens_) {
      if (token.state == State::overdue) token.absent_until = std::max(token.absent_until, now);
    }
  }
  had_mailbox_ = rules_.mailbox;
}

FlowTokens::Token* FlowTokens::find(std::string_view token) {
  const auto found = std::ranges::find(tokens_, token, &Token::text);
  return found == tokens_.end() ? nullptr : &*found;
}

bool FlowTokens::trigger_due(UtcTime now) const {
  return (!next_ || *next_ <= now) && tokens_.size() < most_flow_tokens;
}

void FlowTokens::begin(std::string token, UtcTime now) {
  // A run that never came to its end sent what nobody will wait for.
  const auto sending = std::ranges::find(tokens_, State::sending, &Token::state);
  if (sending != tokens_.end()) forget(std::string(sending->text));
  Token fresh;
  fresh.text = std::move(token);
  fresh.sent_at = tokens_.empty() ? now : std::max(now, tokens_.back().sent_at);
  fresh.absent_until = fresh.looked_at = fresh.seen_at = fresh.arrived_at = fresh.sent_at;
  tokens_.push_back(std::move(fresh));
  next_ = now + rules_.every;
}

void FlowTokens::sent(std::string_view token) {
  Token* one = find(token);
  if (one == nullptr || one->state != State::sending) return;
  one->state = one->calls > 0 ? State::arrived : State::waiting;
}

void FlowTokens::refused(std::string_view token, Reason reason, std::string message,
                         std::string step) {
  Token* one = find(token);
  if (one == nullptr) return;
  one->state = State::refused;
  one->reason = reason;
  one->message = std::move(message);
  one->step = std::move(step);
}

void FlowTokens::forget(std::string_view token) {
  Token* one = find(token);
  if (one == nullptr) return;
  if (rules_.remove) {
    finish(*one);  // it may have left something all the same
  } else {
    erase(token);
  }
}

void FlowTokens::erase(std::string_view token) {
  std::erase_if(tokens_, [&](const Token& one) { return one.text == token; });
}

void FlowTokens::give_up() {
  for (Token& token : tokens_) finish(token);
}

std::vector<std::string> FlowTokens::wanted(UtcTime now, std::size_t most) const {
  std::vector<const Token*> list;
  for (const Token& token : tokens_) {
    const bool wanted = token.state == State::waiting || token.state == State::overdue ||
                        token.state == State::arrived;
    if (wanted && token.sent_at <= now) list.push_back(&token);
  }
  std::ranges::stable_sort(list, {}, &Token::looked_at);
  if (list.size() > most) list.resize(most);
  std::vector<std::string> texts;
  texts.reserve(list.size());
  for (const Token* token : list) texts.push_back(token->text);
  return texts;
}

bool FlowTokens::seen(std::string_view token, const Sighting& sighting, UtcTime began,
                      UtcTime now) {
  Token* one = find(token);
  if (one == nullptr) return false;
  one->looked_at = now;
  if (sighting.copies <= 0) {
    if (one->mails == 0) one->absent_until = std::max(one->absent_until, began);
    return true;
  }
  one->mails = std::max(one->mails, sighting.copies);
  // It came between the last look that did not find it and this one.
  UtcTime at = one->absent_until;
  if (sighting.arrived) {
    at = std::clamp(*sighting.arrived, one->absent_until, std::max(now, one->absent_until));
    const bool in_doubt = one->absent_until < deadline(*one) && at <= deadline(*one) + skew;
    if (in_doubt) at = std::min(at, deadline(*one));
  }
  arrived(*one, at, now);
  return true;
}

std::set<std::string> FlowTokens::texts() const {
  std::set<std::string> texts;
  for (const Token& token : tokens_) texts.insert(token.text);
  return texts;
}

bool FlowTokens::heard(std::string_view token, UtcTime now, std::string_view id) {
  Token* one = find(token);
  if (one == nullptr || one->state == State::done) return one != nullptr;
  if (!id.empty()) {
    if (std::ranges::find(one->call_ids, id) != one->call_ids.end()) return true;
    if (one->call_ids.size() < most_call_ids) one->call_ids.emplace_back(id);
  }
  ++one->calls;
  arrived(*one, now, now);
  return true;
}

void FlowTokens::arrived(Token& token, UtcTime at, UtcTime now) {
  switch (token.state) {
    case State::sending:
    case State::waiting:
      token.arrived_at = at;
      token.seen_at = now;
      if (token.state == State::waiting) token.state = State::arrived;
      break;
    case State::overdue:
      if (failures_ > 0 && !late_pass_) late_pass_ = last_ ? std::max(*last_, at) : at;
      finish(token);
      break;
    case State::arrived:
      token.arrived_at = std::min(token.arrived_at, at);
      break;
    case State::refused:
    case State::done:
      break;
  }
}

// What it left, in a mailbox or with the marketing tool, is removed.
void FlowTokens::finish(Token& token) { token.state = State::done; }

std::vector<std::string> FlowTokens::done(std::size_t most) const {
  std::vector<std::string> list;
  for (const Token& token : tokens_) {
    if (token.state == State::done && list.size() < most) list.push_back(token.text);
  }
  return list;
}

void FlowTokens::removed(std::string_view token) {
  const Token* one = find(token);
  if (one != nullptr && one->state == State::done) erase(token);
}

const FlowTokens::Token* FlowTokens::first_undecided() const {
  const auto found = std::ranges::find_if(tokens_, [](const Token& token) {
    return token.state != State::overdue && token.state != State::done;
  });
  return found == tokens_.end() ? nullptr : &*found;
}

std::optional<FlowVerdict> FlowTokens::decide(UtcTime now, std::optional<UtcTime> listening_since) {
  tidy(now);
  const Token* first = first_undecided();
  std::optional<FlowVerdict> verdict;
  if (late_pass_ && (first == nullptr || *late_pass_ < first->sent_at)) {
    verdict.emplace();
    verdict->concerns = std::exchange(late_pass_, std::nullopt);
  } else if (first != nullptr) {
    verdict = evaluate(*find(first->text), now, listening_since);
  }
  if (verdict) note(*verdict, now);
  return verdict;
}

std::optional<FlowVerdict> FlowTokens::evaluate(Token& token, UtcTime now,
                                                std::optional<UtcTime> listening_since) {
  FlowVerdict verdict;
  verdict.concerns = token.sent_at;
  switch (token.state) {
    case State::waiting:
      return now < deadline(token) ? std::nullopt : missing(token, now, listening_since);
    case State::refused:
      verdict.verdict = Verdict::fail;
      verdict.reason = token.reason;
      verdict.message = token.message;
      verdict.step = token.step;
      finish(token);
      return verdict;
    case State::arrived:
      break;
    case State::sending:
    case State::overdue:
    case State::done:
      return std::nullopt;
  }
  const int times = copies(token);
  if (times < 2 && now < token.seen_at + rules_.settle) return std::nullopt;
  if (token.arrived_at > deadline(token)) {
    verdict.verdict = Verdict::fail;
    verdict.reason = Reason::not_received;
    verdict.message = "late: it arrived " + words(token.arrived_at - token.sent_at) +
                      " after the trigger, not within " + words(rules_.within);
    late_pass_ = token.arrived_at;
  } else if (times > 1) {
    verdict.verdict = Verdict::fail;
    verdict.reason = Reason::duplicate;
    verdict.message = "arrived " + std::to_string(times) + " times";
  }
  finish(token);
  return verdict;
}

// Its deadline has passed, and it was not seen.
std::optional<FlowVerdict> FlowTokens::missing(Token& token, UtcTime now,
                                               std::optional<UtcTime> listening_since) {
  FlowVerdict verdict;
  verdict.concerns = token.sent_at;
  const bool listened = listening_since && *listening_since <= token.sent_at;
  const bool looked = token.absent_until >= deadline(token);
  const bool given_up = now >= deadline(token) + rules_.patience();
  if (rules_.mailbox && !looked && !given_up) return std::nullopt;
  if (rules_.mailbox && !looked) {
    verdict.verdict = Verdict::unknown;
    verdict.reason = Reason::no_mailbox;
    verdict.message = "the mailbox could not be read for too long to say whether it arrived";
    finish(token);
    return verdict;
  }
  if (rules_.hook && !listened) {
    verdict.verdict = Verdict::unknown;
    verdict.reason = Reason::not_heard;
    verdict.message = "the flow may have called while nobody listened";
    token.state = State::overdue;  // no verdict, but an arrival still tells that it works
    return verdict;
  }
  verdict.verdict = Verdict::fail;
  verdict.reason = Reason::not_received;
  verdict.message = "absent: nothing arrived within " + words(rules_.within);
  token.state = State::overdue;
  return verdict;
}

void FlowTokens::note(const FlowVerdict& verdict, UtcTime now) {
  if (verdict.concerns) last_ = verdict.concerns;
  if (verdict.verdict == Verdict::pass) {
    failures_ = 0;
  } else if (verdict.verdict == Verdict::fail) {
    ++failures_;
    if (failures_ < rules_.confirm.failures) {
      const UtcTime soon = now + rules_.confirm.retry;
      next_ = next_ ? std::min(*next_, soon) : soon;
    }
  }
}

// What nobody waits for any more.
void FlowTokens::tidy(UtcTime now) {
  for (Token& token : tokens_) {
    if (token.state == State::overdue && now >= deadline(token) + rules_.memory()) finish(token);
  }
  std::erase_if(tokens_, [&](const Token& token) {
    if (token.state != State::done) return false;
    return !rules_.clears() || now >= deadline(token) + 2 * rules_.memory();
  });
}

config::Duration FlowTokens::again(UtcTime now, std::optional<UtcTime> listening_since) const {
  FlowTokens copy = *this;
  if (copy.decide(now, listening_since)) return config::Duration(0);
  UtcTime soonest = std::max(next_.value_or(now), now);
  if (tokens_.size() >= most_flow_tokens) soonest = std::max(soonest, now + rules_.poll);
  const auto by = [&](UtcTime time) { soonest = std::min(soonest, std::max(time, now)); };
  for (const Token& token : tokens_) {
    const milliseconds age = now - token.sent_at;
    config::Duration pause = rules_.poll;
    if (age < seconds(10)) {
      pause = seconds(2);
    } else if (age < minutes(1)) {
      pause = seconds(5);
    } else if (age < minutes(5)) {
      pause = seconds(10);
    }
    pause = std::min(pause, rules_.poll);
    if (token.state == State::waiting) {
      by(now + pause);
      if (deadline(token) > now) by(deadline(token));
    } else if (token.state == State::arrived && token.seen_at + rules_.settle > now) {
      by(token.seen_at + rules_.settle);
    } else if (token.state == State::done || (token.state == State::overdue && failures_ > 0)) {
      by(now + rules_.poll);
    }
  }
  return soonest - now;
}

std::optional<UtcTime> FlowTokens::undecided() const {
  std::optional<UtcTime> earliest = late_pass_;
  const auto may_be = [&](UtcTime time) { earliest = std::min(earliest.value_or(time), time); };
  if (const Token* first = first_undecided()) may_be(first->sent_at);
  // A mail that ends the failure is dated at or after the last look that did not find it.
  const bool awaits_end = rules_.mailbox && failures_ > 0 && !late_pass_;
  for (const Token& token : tokens_) {
    if (!awaits_end || token.state != State::overdue) continue;
    may_be(std::max(last_.value_or(token.absent_until), token.absent_until));
  }
  return earliest;
}

std::size_t FlowTokens::waiting() const {
  return static_cast<std::size_t>(std::ranges::count_if(tokens_, [](const Token& token) {
    return token.state == State::waiting || token.state == State::arrived;
  }));
}

void FlowTokens::shift(milliseconds forward) {
  for (Token& token : tokens_) {
    for (UtcTime* time : {&token.sent_at, &token.absent_until, &token.looked_at, &token.seen_at,
                          &token.arrived_at}) {
      *time += forward;
    }
  }
  for (std::optional<UtcTime>* time : {&next_, &late_pass_, &last_}) {
    if (*time && **time != UtcTime::max()) **time += forward;
  }
}

}  // namespace tillwatch::probes
