#include "probes/steps/journey.h"

#include <algorithm>
#include <exception>

#include <boost/asio/this_coro.hpp>

#include "probes/page/product_page.h"
#include "probes/run_id.h"
#include "probes/steps/evidence.h"
#include "probes/steps/sending.h"
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

class Journey {
 public:
  Journey(std::shared_ptr<const config::Probe> probe, const config::Plan& plan,
          const RunContext& context, boost::json::object given)
      : probe_(std::move(probe)),
        plan_(plan),
        context_(context),
        began_(context.clock.steady()),
        id_(new_run_id()),
        sending_(plan, synthetic_customer(*probe_, id_, context.network), id_, context.transport,
                 context.clock, context.redactor, std::move(given)) {
    outcome_.started_at = context.clock.wall();
    outcome_.run_id = id_;
    sending_.expect_at_end(probe_->expect.get());
    if (!probe_->storefront) return;
    page_.emplace(*probe_, plan_);
    sending_.on_answer([this](const config::Step& step) { look_at_page(step); });
  }

  Sending& sending() { return sending_; }

  // `finding`: why the plan was not sent to its end.
  void conclude(const std::optional<Finding>& finding) {
    outcome_.steps = std::move(sending_.results());
    if (finding) return decide(*finding);
    outcome_.verdict = Verdict::pass;
    outcome_.reason = Reason::none;
    outcome_.duration = elapsed(context_.clock.steady());
    if (!page_) return;
    sending_.add_note(page_->note());
    if (!page_->finding()) return;
    decide(*page_->finding());
    outcome_.step = page_step_;
    if (page_evidence_) outcome_.evidence = std::move(page_evidence_);
  }

  void decide(const Finding& finding) {
    Exchange& exchange = sending_.exchange();
    outcome_.verdict = finding.verdict;
    outcome_.reason = finding.reason;
    outcome_.message = one_line(context_.redactor.clean(finding.message), max_message);
    outcome_.step = outcome_.steps.empty() ? std::string() : outcome_.steps.back().name;
    outcome_.duration = elapsed(exchange.failed_at().value_or(context_.clock.steady()));
    if (exchange.url().empty()) return;
    outcome_.evidence = evidence_of(exchange.url(), exchange.response(), context_.redactor);
  }

  // Leaves no trace. What fails here is told, and changes nothing of what was found.
  asio::awaitable<void> clean_up() {
    if (!sending_.exchange().has_sent()) co_return;
    const auto budget =
        outcome_.reason == Reason::cancelled ? max_cleanup_when_cancelled : max_cleanup;
    const SteadyTime deadline = context_.clock.steady() + std::min(probe_->timeout, budget);
    sending_.begin_cleanup(deadline);
    std::string trouble;  // of the step before
    for (const config::Step& step : plan_.cleanup) {
      if (step.fallback && trouble.empty()) continue;
      if (!step.fallback) note_cleanup(trouble);
      std::optional<Finding> untold;
      if (!sending_.wants(step, untold) || untold) continue;
      if (sending_.lacks_a_value(step)) continue;  // there is nothing to clean up
      if (context_.clock.steady() >= deadline) {
        trouble = "there was no time for " + in_quotes(step.name);
        break;
      }
      StepResult result;
      std::optional<Finding> finding = co_await sending_.send(step, result);
      trouble = finding ? in_quotes(step.name) + ": " + finding->message : std::string();
    }
    note_cleanup(trouble);
  }

  void note_cleanup(const std::string& trouble) {
    if (trouble.empty()) return;
    std::string& all = outcome_.cleanup;
    all += (all.empty() ? "the cleanup failed: " : "; ") + context_.redactor.clean(trouble);
    all = one_line(all, max_message);
  }

  Outcome take_outcome() {
    outcome_.note = sending_.note();
    outcome_.certificate_expiry = sending_.exchange().certificate_expiry();
    return std::move(outcome_);
  }

 private:
  // Also where the page is not as expected: what has changed on it may be why.
  void look_at_page(const config::Step& step) {
    Exchange& exchange = sending_.exchange();
    Answer& answer = *exchange.answer();
    if (!page_->is_answer_to(step, answer)) return;
    page_->look(answer, context_.clock.wall(), context_.redactor);
    outcome_.fingerprint = page_->fingerprint();
    page_step_ = context_.redactor.clean(step.name);
    page_evidence_.reset();
    if (!page_->finding()) return;
    page_evidence_ = evidence_of(exchange.url(), exchange.response(), context_.redactor);
  }

  Microseconds elapsed(SteadyTime until) const {
    return std::chrono::duration_cast<Microseconds>(until - began_);
  }

  std::shared_ptr<const config::Probe> probe_;
  const config::Plan& plan_;
  RunContext context_;
  SteadyTime began_;
  std::string id_;
  Sending sending_;
  Outcome outcome_;
  std::optional<ProductPage> page_;  // of a storefront
  std::string page_step_;
  std::optional<Evidence> page_evidence_;  // where its structured data disagrees
};

asio::awaitable<void> walk_safely(Journey& run) {
  const std::optional<Finding> finding = co_await send_plan(run.sending());
  try {
    run.conclude(finding);
  } catch (const std::exception& error) {
    run.decide(internal_error(error));
  }
}

asio::awaitable<void> clean_up_safely(Journey& run) {
  const bool cancelled = co_await is_cancelled();
  if (cancelled) co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  try {
    co_await run.clean_up();
  } catch (const std::exception& error) {
    run.note_cleanup(internal_error(error).message);  // the verdict stands
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
  co_return one.take_outcome();
}

}  // namespace tillwatch::probes
