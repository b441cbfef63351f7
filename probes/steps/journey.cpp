#include "probes/steps/journey.h"

#include <algorithm>
#include <exception>

#include <boost/asio/this_coro.hpp>

#include "config/utf8.h"
#include "probes/http/transport_failure.h"
#include "probes/http/url.h"
#include "probes/page/product_page.h"
#include "probes/page/tag_check.h"
#include "probes/run_id.h"
#include "probes/steps/captures.h"
#include "probes/steps/classify.h"
#include "probes/steps/evidence.h"
#include "probes/steps/expectations.h"
#include "probes/steps/form.h"
#include "probes/steps/hop.h"
#include "probes/steps/step_values.h"
#include "probes/steps/turned_away.h"
#include "probes/text/text.h"

// GCC 12 miscompiles some full expressions that hold a co_await: keep every one of them a plain
// statement of its own (tests/lint/coroutines looks after that).

namespace tillwatch::probes {
namespace {

namespace asio = boost::asio;
using std::chrono::seconds;

constexpr std::size_t max_message = 600;
constexpr config::Duration max_cleanup = seconds(5);
constexpr config::Duration max_cleanup_when_cancelled = seconds(2);

void add(std::optional<Microseconds>& sum, const std::optional<Microseconds>& one) {
  if (one) sum = sum.value_or(Microseconds(0)) + *one;
}

void add(StepResult& result, const Response& response) {
  add(result.phases.dns, response.phases.dns);
  add(result.phases.connect, response.phases.connect);
  add(result.phases.tls, response.phases.tls);
  add(result.phases.first_byte, response.phases.first_byte);
  add(result.phases.transfer, response.phases.transfer);
  result.status = response.status;
  result.total += response.total;
}

asio::awaitable<bool> is_cancelled() {
  const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
  co_return state.cancelled() != asio::cancellation_type::none;
}

class Journey {
 public:
  Journey(std::shared_ptr<const config::Probe> probe, const config::Plan& plan,
          const RunContext& context, boost::json::object given)
      : probe_(std::move(probe)),
        store_(*probe_->store),
        plan_(plan),
        context_(context),
        began_(context.clock.steady()),
        deadline_(began_ + probe_->timeout),
        id_(new_run_id()),
        settings_(std::move(given)),
        variables_(store_, id_, context.clock.wall(), settings_) {
    settings_.insert(plan.settings.begin(), plan.settings.end());  // what was given wins
    outcome_.started_at = context.clock.wall();
    outcome_.run_id = id_;
    outcome_.steps.reserve(plan_.steps.size());
    if (probe_->storefront) page_.emplace(*probe_, plan_);
  }

  // Every step, until one decides.
  asio::awaitable<void> walk() {
    session_ = context_.transport.open(probe_->store);
    for (const config::Step& step : plan_.steps) {
      std::optional<Finding> untold;
      const bool wanted = is_wanted(step, response_.status, variables_, untold);
      if (!wanted && !untold) continue;
      StepResult& result = outcome_.steps.emplace_back();
      result.name = context_.redactor.clean(step.name);
      if (untold) {
        decide(*untold, result.name);
        co_return;
      }
      std::optional<Finding> finding = co_await take(step, result);
      if (finding) {
        decide(*finding, result.name);
        co_return;
      }
    }
    outcome_.verdict = Verdict::pass;
    outcome_.reason = Reason::none;
    outcome_.duration = elapsed();
    if (page_) add_note(context_.redactor.clean(page_->note()));
    if (page_ && page_->finding()) {
      decide(*page_->finding(), page_step_);
      if (page_evidence_) outcome_.evidence = std::move(page_evidence_);
    }
  }

  // Leaves no trace. What fails here is told, and changes nothing of what was found.
  asio::awaitable<void> clean_up() {
    if (!has_sent_) co_return;
    cleaning_ = true;
    const auto budget =
        outcome_.reason == Reason::cancelled ? max_cleanup_when_cancelled : max_cleanup;
    deadline_ = context_.clock.steady() + std::min(probe_->timeout, budget);
    std::string trouble;  // of the step before
    for (const config::Step& step : plan_.cleanup) {
      if (step.fallback && trouble.empty()) continue;
      if (!step.fallback) note_cleanup(trouble);
      std::optional<Finding> untold;
      if (!is_wanted(step, response_.status, variables_, untold) || untold) continue;
      if (lacks_a_value(step)) continue;  // there is nothing to clean up
      if (context_.clock.steady() >= deadline_) {
        trouble = "there was no time for " + in_quotes(step.name);
        break;
      }
      StepResult result;
      std::optional<Finding> finding = co_await clean_up(step, result);
      trouble = finding ? in_quotes(step.name) + ": " + finding->message : std::string();
    }
    note_cleanup(trouble);
  }

  // Where an error of our own ended it.
  void cleanup_failed(const std::string& why) { note_cleanup(why); }

  void decide(const Finding& finding, std::string step) {
    outcome_.verdict = finding.verdict;
    outcome_.reason = finding.reason;
    outcome_.message = one_line(context_.redactor.clean(finding.message), max_message);
    outcome_.step = std::move(step);
    outcome_.duration = decided_after_.value_or(elapsed());
    if (!url_.empty()) outcome_.evidence = evidence_of(url_, response_, context_.redactor);
  }

  void add_note(const std::string& more) {
    if (more.empty()) return;
    outcome_.note += (outcome_.note.empty() ? "" : "; ") + one_line(more, max_message);
  }

  // Where no step was under way.
  void decide(const Finding& finding) {
    decide(finding, outcome_.steps.empty() ? std::string() : outcome_.steps.back().name);
  }

  Outcome& outcome() { return outcome_; }

 private:
  asio::awaitable<std::optional<Finding>> take(const config::Step& step, StepResult& result) {
    std::optional<Finding> finding = co_await ask(step, result);
    if (finding) co_return finding;
    finding = evaluate(step, result);
    look_at_page(step, result.name);
    co_return finding;
  }

  asio::awaitable<std::optional<Finding>> clean_up(const config::Step& step, StepResult& result) {
    std::optional<Finding> finding = co_await ask(step, result);
    if (!finding) finding = evaluate(step, result);
    co_return finding;
  }

  void note_cleanup(const std::string& trouble) {
    if (trouble.empty()) return;
    std::string& all = outcome_.cleanup;
    all += (all.empty() ? "the cleanup failed: " : "; ") + context_.redactor.clean(trouble);
    all = one_line(all, max_message);
  }

  // Also where the page is not as expected: what has changed on it may be why.
  void look_at_page(const config::Step& step, const std::string& name) {
    if (!page_ || !page_->is_answer_to(step, *answer_)) return;
    page_->look(*answer_, context_.clock.wall(), context_.redactor);
    outcome_.fingerprint = page_->fingerprint();
    page_step_ = name;
    page_evidence_.reset();
    if (page_->finding()) page_evidence_ = evidence_of(url_, response_, context_.redactor);
  }

  // The step's request and the redirects after it; the last answer is left in `answer_`.
  asio::awaitable<std::optional<Finding>> ask(const config::Step& step, StepResult& result) {
    variables_.begin_step(++steps_begun_);
    std::optional<Finding> lacking =
        work_out(step, response_.status, variables_, settings_, steps_begun_);
    if (lacking) co_return lacking;
    config::FormFields fields;
    std::optional<Finding> no_form =
        find_form(step, answer_ ? &*answer_ : nullptr, variables_, fields);
    if (no_form) co_return no_form;
    std::optional<Hop> hop = first_hop(step, store_, variables_, fields);
    if (!hop) co_return url_trouble(step, variables_);
    for (int redirects = 0;; ++redirects) {
      const Patience patience(probe_->timeout, left());
      co_await send(*hop, step);
      add(result, response_);
      note_certificate();
      if (response_.error != TransportError::none) {
        std::optional<Finding> trouble = co_await explain(patience);
        co_return trouble;
      }
      const std::optional<std::string> location = redirect_of(response_, url_);
      std::optional<Finding> meaning = classify(step, location ? &*location : nullptr);
      if (meaning) co_return meaning;
      if (step.max_redirects == 0 || !is_redirect(response_)) co_return std::nullopt;
      std::optional<Finding> dead_end = next(*hop, location, redirects, step.max_redirects);
      if (dead_end) co_return dead_end;
    }
  }

  asio::awaitable<void> send(const Hop& hop, const config::Step& step) {
    url_ = hop.url;
    const bool cancelled = co_await is_cancelled();
    if (cancelled || left() <= Microseconds(0)) {
      response_ = Response();
      response_.error = cancelled ? TransportError::cancelled : TransportError::timeout;
      response_.connected = true;  // nothing was tried, so the network is not to blame
      answer_.emplace(response_, url_);
      co_return;
    }
    Request request = request_of(hop, step, *probe_, variables_, context_.redactor, id_);
    request.deadline = deadline_;
    Response response = co_await session_->perform(std::move(request));
    response_ = std::move(response);
    answer_.emplace(response_, url_);
    has_sent_ = has_sent_ || response_.connected || response_.status != 0;
  }

  // Why no whole answer came. A bot wall shows in the headers of a broken answer too; and where
  // the store was not reached, it may be that nothing can be reached from here.
  asio::awaitable<std::optional<Finding>> explain(Patience patience) {
    Answer answer(response_, url_);
    std::optional<Finding> finding = turned_away(store_, answer, variables_);
    if (finding) co_return finding;
    finding = transport_failure(response_, url_, patience);
    decided_after_ = elapsed();
    if (may_be_local(response_)) {
      std::string host = host_of(url_);
      const std::string trouble = co_await context_.network.trouble(std::move(host));
      if (!trouble.empty()) finding = Finding(Reason::local_network, trouble);
    }
    co_return finding;
  }

  std::optional<Finding> classify(const config::Step& step, const std::string* location) {
    if (std::optional<Finding> finding = turned_away(store_, *answer_, variables_)) return finding;
    return meaning_of(step, location, false);
  }

  // What the rules say, before the step's expectations or after they have failed. In a cleanup only
  // its own count: a cart that is empty is what it wants.
  std::optional<Finding> meaning_of(const config::Step& step, const std::string* location,
                                    bool after_expectations) {
    for (const auto* rules : {&step.rules, &store_.rules, &plan_.rules}) {
      if (cleaning_ && rules != &step.rules) break;
      std::optional<Finding> finding =
          first_rule(*rules, *answer_, location, variables_, after_expectations);
      if (finding) return finding;
    }
    return std::nullopt;
  }

  std::optional<Finding> next(Hop& hop, const std::optional<std::string>& location, int redirects,
                              int max_redirects) {
    if (!location) {
      return Finding(
          Reason::redirect,
          "redirects to " + in_quotes(*response_.header("location"), 200) + ", which is no URL");
    }
    if (redirects >= max_redirects) {
      return Finding(Reason::redirect, "more than " + std::to_string(max_redirects) +
                                           " redirects, the last one to " +
                                           in_quotes(*location, 200));
    }
    return follow(hop, *location, response_.status, context_.redactor);
  }

  std::optional<Finding> evaluate(const config::Step& step, const StepResult& result) {
    const config::Expect* more = may_be_last(step) ? probe_->expect.get() : nullptr;
    if (auto trouble = program_trouble(step.expect, more, *answer_, false)) return trouble;
    std::optional<Finding> unmet = first_unmet_of(step, more, result);
    if (!unmet) return std::nullopt;
    if (auto trouble = program_trouble(step.expect, more, *answer_, true)) return trouble;
    const std::optional<std::string> location = redirect_of(response_, url_);
    std::optional<Finding> meaning = meaning_of(step, location ? &*location : nullptr, true);
    return meaning ? meaning : unmet;
  }

  std::optional<Finding> first_unmet_of(const config::Step& step, const config::Expect* more,
                                        const StepResult& result) {
    const bool graphql = std::holds_alternative<config::GraphqlBody>(step.body);
    if (graphql) {
      if (std::optional<Finding> finding = graphql_failure(*answer_)) return finding;
    }
    const StepFacts facts(*answer_, *session_, result.total, context_.clock.wall(),
                          outcome_.certificate_expiry);
    if (std::optional<Finding> unmet = first_unmet(step.expect, more, facts, variables_)) {
      return unmet;
    }
    TagCheck tags = check_tags(step.expect.tags, *answer_, variables_);
    add_note(context_.redactor.clean(tags.note));
    if (tags.missing) return std::move(tags.missing);
    if (graphql && !answer_->json()) return Finding(Reason::json, answer_->json_error());
    std::optional<Finding> missing = take_captures(step.captures, *answer_, *session_, variables_);
    // In a cleanup there is then nothing left to do for the steps that use it.
    return cleaning_ ? std::nullopt : missing;
  }

  // Every step after it may be left out. (A step of the cleanup is none of these.)
  bool may_be_last(const config::Step& step) const {
    for (auto one = plan_.steps.rbegin(); one != plan_.steps.rend(); ++one) {
      if (&*one == &step) return true;
      if (!one->condition) return false;
    }
    return false;
  }

  static bool is_redirect(const Response& response) {
    const int status = response.status;
    return (status == 301 || status == 302 || status == 303 || status == 307 || status == 308) &&
           response.header("location") != nullptr;
  }

  // A value of its URL, or a capture that its body needs and that did not happen.
  bool lacks_a_value(const config::Step& step) const {
    const auto lacks = [&](std::string_view name) {
      const boost::json::value* value = variables_.lookup()(name);
      return value == nullptr || value->is_null();
    };
    std::vector<std::string> names;
    config::collect_names(step.body, names);
    std::erase_if(names, [](const std::string& name) { return name.find('.') != name.npos; });
    return std::ranges::any_of(step.url.names(), lacks) || std::ranges::any_of(names, lacks);
  }

  void note_certificate() {
    const auto& expiry = response_.certificate_expiry;
    auto& earliest = outcome_.certificate_expiry;
    if (expiry && (!earliest || *expiry < *earliest)) earliest = expiry;
  }

  Microseconds elapsed() const {
    return std::chrono::duration_cast<Microseconds>(context_.clock.steady() - began_);
  }
  Microseconds left() const {
    return std::chrono::duration_cast<Microseconds>(deadline_ - context_.clock.steady());
  }

  std::shared_ptr<const config::Probe> probe_;
  const config::Store& store_;
  const config::Plan& plan_;
  RunContext context_;
  SteadyTime began_;
  SteadyTime deadline_;
  std::string id_;
  boost::json::object settings_;
  Variables variables_;
  std::unique_ptr<Session> session_;
  Outcome outcome_;
  std::string url_;    // of the last request
  Response response_;  // to it
  std::optional<Answer> answer_;
  std::optional<ProductPage> page_;  // of a storefront
  std::string page_step_;
  std::optional<Evidence> page_evidence_;  // where its structured data disagrees
  bool has_sent_ = false;
  bool cleaning_ = false;
  int steps_begun_ = 0;
  std::optional<Microseconds> decided_after_;  // where the answer to why took longer
};

Finding internal_error(const std::exception& error) {
  return Finding(Reason::internal, std::string("an error of the monitor itself: ") + error.what());
}

// walk() with its exceptions made a finding.
asio::awaitable<void> walk_safely(Journey& run) {
  std::optional<Finding> trouble;
  try {
    co_await run.walk();
  } catch (const std::exception& error) {
    trouble = internal_error(error);
  }
  if (!trouble) co_return;
  const bool cancelled = co_await is_cancelled();
  if (cancelled) trouble = Finding(Reason::cancelled, "the run was cancelled");
  run.decide(*trouble);
}

asio::awaitable<void> clean_up_safely(Journey& run) {
  const bool cancelled = co_await is_cancelled();
  if (cancelled) co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  try {
    co_await run.clean_up();
  } catch (const std::exception& error) {
    run.cleanup_failed(internal_error(error).message);  // the verdict stands
  }
  if (cancelled) co_await asio::this_coro::reset_cancellation_state();
}

}  // namespace

asio::awaitable<Outcome> journey(std::shared_ptr<const config::Probe> probe,
                                 std::shared_ptr<const config::Plan> plan, RunContext context,
                                 boost::json::object given) {
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  Journey one(std::move(probe), *plan, context, std::move(given));
  co_await walk_safely(one);
  co_await clean_up_safely(one);
  co_await asio::this_coro::throw_if_cancelled(throws);
  co_return std::move(one.outcome());
}

}  // namespace tillwatch::probes
