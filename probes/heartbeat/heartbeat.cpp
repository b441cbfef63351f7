#include "probes/heartbeat/heartbeat.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "config/kinds/heartbeat.h"
#include "probes/heartbeat/heartbeat_memory.h"
#include "probes/text/text.h"

namespace tillwatch::probes {
namespace {

constexpr std::size_t most_words = 200;  // of a body's first line
constexpr UtcTime never = UtcTime::max();

// When something is to be said, by what was heard.
struct Schedule {
  UtcTime heard_until = never;  // the last success is extra_validity until then
  UtcTime breaks = never;       // the job is broken from then on ...
  UtcTime decided = never;      // ... if nothing is heard until then
  bool unfinished = false;      // because of a start that is not followed by its end
};

Schedule schedule(const HeartbeatMemory& heard, const config::Heartbeat& rules, UtcTime listening) {
  Schedule plan;
  const UtcTime least = heard.rules.value_or(listening);
  if (heard.success) {
    plan.heard_until = std::max(*heard.success + rules.period, least);
  }
  if (heard.success || heard.down) {
    const UtcTime word = std::max(heard.success.value_or(listening), listening);
    plan.breaks = std::max(word + rules.period, least);
    plan.decided = plan.breaks + rules.grace;
  }
  if (heard.start && *heard.start >= listening) {
    const UtcTime late = std::max(*heard.start + rules.grace, least);
    plan.unfinished = late < plan.decided;
    plan.decided = std::min(plan.decided, late);
    plan.breaks = std::min(plan.breaks, late);
  }
  return plan;
}

// New rules hold from now on; they make nothing late that was not.
void adopt(HeartbeatMemory& heard, const config::Heartbeat& rules, UtcTime now) {
  if (heard.period == rules.period && heard.grace == rules.grace) return;
  if (heard.period.count() != 0) heard.rules = now;
  heard.period = rules.period;
  heard.grace = rules.grace;
}

Outcome failed(HeartbeatMemory& heard, UtcTime now) {
  Outcome outcome;
  outcome.verdict = Verdict::fail;
  outcome.reason = heard.reason;
  outcome.message = heard.message;
  outcome.late.confirmed = true;
  outcome.late.concerns = heard.told ? now : *heard.down;
  outcome.late.extra_validity = now - *outcome.late.concerns;
  heard.told = true;
  return outcome;
}

// Says nothing of the time after the word is due: that is undecided.
Outcome passed(HeartbeatMemory& heard, const config::Probe& probe, UtcTime now, UtcTime until) {
  Outcome outcome;
  outcome.verdict = Verdict::pass;
  outcome.reason = Reason::none;
  outcome.late.concerns = std::min(heard.waited.value_or(now), now);
  outcome.late.extra_validity =
      std::min(now + 2 * probe.every, until) - (*outcome.late.concerns + 2 * probe.every);
  heard.waited.reset();
  return outcome;
}

Outcome not_heard(const HeartbeatMemory& heard, UtcTime listening) {
  Outcome outcome;
  outcome.verdict = Verdict::unknown;
  outcome.reason = Reason::not_heard;
  if (heard.success || heard.down) {
    outcome.message = "nothing heard since " + to_rfc3339(listening) +
                      ", when tillwatch began to listen; the job has its whole period from then";
  } else if (heard.start) {
    outcome.message = "the job has reported its first start, and no end yet";
  } else {
    outcome.message = "the job has never reported in";
  }
  return outcome;
}

std::string words_of_silence(const HeartbeatMemory& heard, const Schedule& plan) {
  if (plan.unfinished) {
    return "the job reported its start at " + to_rfc3339(*heard.start) + " and no end";
  }
  if (!heard.success) return "the job has not reported in";
  return "the job has not reported in since " + to_rfc3339(*heard.success) + "; it was due at " +
         to_rfc3339(plan.breaks);
}

void set_down(HeartbeatMemory& heard, UtcTime since, Reason reason, std::string message) {
  heard.success.reset();
  heard.start.reset();
  heard.run.clear();
  heard.waited.reset();
  heard.down = since;
  heard.reason = reason;
  heard.message = std::move(message);
  heard.told = false;
}

// What a ping says.
enum class Word : unsigned char { success, start, fail, log, nonsense };
struct Ping {
  Word word = Word::success;
  int exit_code = 0;  // of a fail; 0: it said `fail`
};

Ping read_ping(std::string_view rest) {
  if (rest.empty()) return {};
  if (rest == "start") return {Word::start};
  if (rest == "fail") return {Word::fail};
  if (rest == "log") return {Word::log};
  int code = -1;
  const char* end = rest.data() + rest.size();
  const auto [stop, error] = std::from_chars(rest.data(), end, code);
  if (error != std::errc() || stop != end || code < 0 || code > 255) return {Word::nonsense};
  return code == 0 ? Ping{} : Ping{Word::fail, code};
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool hex = ('0' <= c && c <= '9') || ('a' <= (c | 0x20) && (c | 0x20) <= 'f');
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? c != '-' : !hex) return false;
  }
  return true;
}

// The `rid`; nothing where there is one that is none.
std::optional<std::string> run_of(const Call& call) {
  for (const auto& [key, value] : call.query) {
    if (key == "rid") return is_uuid(value) ? std::optional(value) : std::nullopt;
  }
  return std::string();
}

std::string first_line(std::string_view body) {
  const auto begin = body.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  body.remove_prefix(begin);
  return std::string(body.substr(0, body.find_first_of("\r\n")));
}

std::string words_of_failure(const Ping& ping, std::string_view body,
                             const config::Redactor& redactor) {
  std::string words = ping.exit_code == 0
                          ? "the job reported that it failed"
                          : "the job ended with exit code " + std::to_string(ping.exit_code);
  const std::string said = one_line(redactor.clean(first_line(body)), most_words);
  return said.empty() ? words : words + ": " + said;
}

// A success while one was waited for: the job was merely late, and well all along. Not so where
// there was time before of which nobody knows.
std::optional<UtcTime> late_since(const HeartbeatMemory& heard, const config::Heartbeat& rules,
                                  const Call& call) {
  if (!heard.success || heard.down) return std::nullopt;
  const Schedule plan = schedule(heard, rules, call.listening_since);
  const bool late = plan.heard_until == plan.breaks && plan.breaks <= call.at;
  return late ? std::optional(plan.breaks) : std::nullopt;
}

}  // namespace

CallAnswer take_ping(const config::Probe& probe, Memory& memory, const Call& call,
                     const config::Redactor& redactor) {
  const Ping ping = read_ping(call.rest);
  const std::optional<std::string> run = run_of(call);
  if (ping.word == Word::nonsense) return {400, "invalid url format"};
  if (!run) return {400, "invalid uuid format"};
  if (ping.word == Word::log) return {};

  HeartbeatMemory heard = recall(memory);
  adopt(heard, *probe.heartbeat, call.at);
  if (ping.word == Word::fail) {
    set_down(heard, call.at, Reason::job_failed, words_of_failure(ping, call.body, redactor));
  } else if (ping.word == Word::start) {
    heard.start = call.at;
    heard.run = *run;
  } else {
    heard.waited = late_since(heard, *probe.heartbeat, call);
    heard.down.reset();
    heard.success = call.at;
    // The end of another run than the one that is waited for leaves that one waited for.
    if (run->empty() || *run == heard.run) {
      heard.start.reset();
      heard.run.clear();
    }
  }
  save(heard, memory);
  CallAnswer answer;
  answer.run_at_once = true;
  return answer;
}

void shift_heartbeat(const config::Probe&, Memory& memory, std::chrono::milliseconds forward) {
  HeartbeatMemory heard = recall(memory);
  shift(heard, forward);
  save(heard, memory);
}

boost::asio::awaitable<Outcome> heartbeat(std::shared_ptr<const config::Probe> probe,
                                          RunContext context) {
  const UtcTime now = context.clock.wall();
  if (context.memory && context.listening_since) {
    co_return look_at_heartbeat(*probe, *context.memory, now, *context.listening_since);
  }
  Outcome outcome;
  outcome.verdict = Verdict::unknown;
  outcome.reason = Reason::not_heard;
  outcome.message = "only the running daemon hears what the job reports";
  outcome.started_at = now;
  co_return outcome;
}

Outcome look_at_heartbeat(const config::Probe& probe, Memory& memory, UtcTime now,
                          UtcTime listening_since) {
  const config::Heartbeat& rules = *probe.heartbeat;
  const HeartbeatMemory before = recall(memory);
  HeartbeatMemory heard = before;
  adopt(heard, rules, now);

  Outcome outcome;
  const bool down = heard.down && *heard.down >= listening_since;
  const Schedule plan = down ? Schedule() : schedule(heard, rules, listening_since);
  if (!down && now >= plan.decided) {
    set_down(heard, plan.breaks, Reason::missed, words_of_silence(heard, plan));
  }
  if (down || now >= plan.decided) {
    outcome = failed(heard, now);
  } else {
    const UtcTime until = std::min(plan.heard_until, plan.breaks);
    if (heard.success && now < until) {
      outcome = passed(heard, probe, now, until);
    } else if (now < plan.breaks) {
      outcome = not_heard(heard, listening_since);
    } else {
      outcome.late.pending = true;  // late, and within the grace
    }
    if (plan.breaks != never) outcome.late.undecided = plan.breaks;
    for (const UtcTime next : {until, plan.breaks, plan.decided}) {
      if (next <= now || next == never) continue;
      outcome.late.again = std::min(outcome.late.again.value_or(next - now), next - now);
    }
  }
  outcome.started_at = now;
  if (!(heard == before)) save(heard, memory);
  return outcome;
}

}  // namespace tillwatch::probes
