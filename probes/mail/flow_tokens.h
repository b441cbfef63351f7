#pragma once

// The tokens of an email flow: which were sent, which have arrived, and what is to be said of
// them. Pure: time is handed in; kept in the probe's memory between runs.
//
// The rules (probes/README.md has them for people):
// - verdicts fall in the order of sending, each about the time at which its token was sent;
// - a token that arrived by its deadline passes, `settle` after it was seen; two mails are a
//   duplicate, and so are two calls of different ids where there is no mailbox to count mails in;
// - a token is absent only when a look at the mailbox that began after its deadline found nothing
//   (and, where the flow calls us, when we listened all the time);
// - what could not be looked for until `patience` after its deadline is given up as unknown;
// - a token that arrives after its failure ends the failure at the time of its arrival, but not
//   before there was a mailbox to see it in.

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "config/config.h"
#include "probes/clock.h"
#include "probes/memory.h"

namespace tillwatch::probes {

// What of the configuration matters here.
struct FlowRules {
  config::Duration every{};
  config::Duration within{};
  config::Duration poll{};
  config::Duration settle{};
  config::Confirm confirm;
  bool mailbox = false;
  bool hook = false;
  bool remove = false;  // a trigger leaves something that has to be taken back

  FlowRules() = default;
  explicit FlowRules(const config::Probe& probe);
  bool clears() const { return mailbox || remove; }
  // How long a mailbox may be unreadable after a deadline before the token is given up.
  config::Duration patience() const { return within + std::chrono::hours(1); }
  // How long a late arrival is still looked for.
  config::Duration memory() const { return within + std::chrono::hours(1); }
};

// What a look found of one token.
struct Sighting {
  int copies = 0;
  std::optional<UtcTime> arrived;  // as the mailbox says
  Sighting() = default;
  Sighting(int how_many, std::optional<UtcTime> when) : copies(how_many), arrived(when) {}
};

struct FlowVerdict {
  Verdict verdict = Verdict::pass;
  Reason reason = Reason::none;
  std::string message;
  std::string step;
  std::optional<UtcTime> concerns;  // none where nothing can be said of any time
};

inline constexpr std::size_t most_flow_tokens = 1'000;
// Ids of calls that are remembered of one token.
inline constexpr std::size_t most_call_ids = 8;

class FlowTokens {
 public:
  explicit FlowTokens(const FlowRules& rules) : rules_(rules) {}
  // What cannot be read is forgotten. save() sets `changed` where anything differs.
  void recall(const Memory& memory, UtcTime now);
  // recall(), but for what has changed since.
  void read(const Memory& memory);
  void save(Memory& memory) const;

  // A new trigger is due: `begin` before it, then exactly one of the three below.
  bool trigger_due(UtcTime now) const;
  void begin(std::string token, UtcTime now);
  void sent(std::string_view token);
  void refused(std::string_view token, Reason reason, std::string message, std::string step);
  void forget(std::string_view token);
  // No further trigger (a single check); and nothing more is asked of any token.
  void last_trigger() { next_ = UtcTime::max(); }
  void give_up();

  // The tokens to look for, those first that nobody has looked for the longest.
  std::vector<std::string> wanted(UtcTime now, std::size_t most) const;
  // What a look that began at `began` and ended at `now` found. False: not a token of ours.
  bool seen(std::string_view token, const Sighting& sighting, UtcTime began, UtcTime now);
  // All of which something may still be heard.
  std::set<std::string> texts() const;
  // The flow called with a token. False: not one of ours. Of calls with the same `id` one counts:
  // the others are the same call, delivered again. An empty `id` says nothing.
  bool heard(std::string_view token, UtcTime now, std::string_view id = {});
  // Tokens of which nothing more is asked; removed() when what they left has gone.
  std::vector<std::string> done(std::size_t most) const;
  void removed(std::string_view token);

  // The next verdict, if one can fall by now. `listening_since`: none where nobody listens.
  std::optional<FlowVerdict> decide(UtcTime now, std::optional<UtcTime> listening_since);
  // When to come back.
  config::Duration again(UtcTime now, std::optional<UtcTime> listening_since) const;
  // The earliest time that a later verdict may be about.
  std::optional<UtcTime> undecided() const;
  std::size_t waiting() const;
  void shift(std::chrono::milliseconds forward);

 private:
  enum class State : unsigned char { sending, waiting, arrived, refused, overdue, done };
  struct Token {
    std::string text;
    UtcTime sent_at;
    State state = State::sending;
    UtcTime absent_until;  // a look that began then did not find it
    UtcTime looked_at;     // whatever it found
    UtcTime seen_at;       // first
    UtcTime arrived_at;
    int mails = 0;  // most that were seen at once
    int calls = 0;
    std::vector<std::string> call_ids;  // of them
    Reason reason = Reason::none;
    std::string message;
    std::string step;
  };
  // How often it arrived: a mailbox knows better than calls, which are sent again.
  int copies(const Token& token) const { return rules_.mailbox ? token.mails : token.calls; }
  static std::vector<std::string> call_ids_of(const boost::json::object& token);
  Token* find(std::string_view token);
  const Token* first_undecided() const;
  UtcTime deadline(const Token& token) const { return token.sent_at + rules_.within; }
  void arrived(Token& token, UtcTime at, UtcTime now);
  std::optional<FlowVerdict> evaluate(Token& token, UtcTime now,
                                      std::optional<UtcTime> listening_since);
  std::optional<FlowVerdict> missing(Token& token, UtcTime now,
                                     std::optional<UtcTime> listening_since);
  void note(const FlowVerdict& verdict, UtcTime now);
  void tidy(UtcTime now);
  void finish(Token& token);
  void erase(std::string_view token);

  FlowRules rules_;
  std::vector<Token> tokens_;         // in the order of sending
  std::optional<UtcTime> next_;       // the next trigger; none: at once
  bool had_mailbox_ = false;          // when this was last kept
  std::optional<UtcTime> late_pass_;  // an arrival that ends the failure
  std::optional<UtcTime> last_;       // what the last verdict was about
  int failures_ = 0;                  // in a row
};

}  // namespace tillwatch::probes
