#include "probes/steps/sending.h"

#include <algorithm>
#include <exception>

#include <boost/asio/this_coro.hpp>

#include "probes/page/tag_check.h"
#include "probes/steps/captures.h"
#include "probes/steps/classify.h"
#include "probes/steps/expectations.h"
#include "probes/steps/form.h"
#include "probes/steps/step_values.h"
#include "probes/text/text.h"

// GCC 12 miscompiles some full expressions that hold a co_await: keep every one of them a plain
// statement of its own (tests/lint/coroutines looks after that).

namespace tillwatch::probes {

namespace asio = boost::asio;

namespace {

constexpr std::size_t max_note = 600;

Sender with_rules_of(Sender sender, const config::Plan& plan) {
  sender.rules = {&sender.site->rules, &plan.rules};
  return sender;
}

}  // namespace

Sending::Sending(const config::Plan& plan, Sender sender, std::string_view id, Transport& transport,
                 const Clock& clock, const config::Redactor& redactor, boost::json::object given)
    : plan_(plan),
      clock_(clock),
      redactor_(redactor),
      settings_(std::move(given)),
      variables_(*sender.site, id, clock.wall(), settings_),
      exchange_(with_rules_of(std::move(sender), plan), variables_, transport, clock, redactor) {
  settings_.insert(plan.settings.begin(), plan.settings.end());  // what was given wins
  results_.reserve(plan.steps.size());
}

asio::awaitable<std::optional<Finding>> Sending::send() {
  exchange_.open();
  for (const config::Step& step : plan_.steps) {
    std::optional<Finding> finding;
    const bool wanted = wants(step, finding);
    if (!wanted && !finding) continue;
    StepResult& result = results_.emplace_back();
    result.name = redactor_.clean(step.name);
    if (!finding) finding = co_await send(step, result);
    if (finding) co_return finding;
  }
  co_return std::nullopt;
}

asio::awaitable<std::optional<Finding>> Sending::send(const config::Step& step,
                                                      StepResult& result) {
  std::optional<Finding> finding = co_await ask(step, result);
  if (finding) co_return finding;
  finding = evaluate(step, result);
  if (look_ && !cleaning_) look_(step);
  co_return finding;
}

void Sending::begin_cleanup(SteadyTime deadline) {
  cleaning_ = true;
  exchange_.begin_cleanup(deadline);
}

bool Sending::wants(const config::Step& step, std::optional<Finding>& trouble) const {
  return is_wanted(step, exchange_.response().status, variables_, trouble);
}

bool Sending::lacks_a_value(const config::Step& step) const {
  const auto lacks = [&](std::string_view name) {
    const boost::json::value* value = variables_.lookup()(name);
    return value == nullptr || value->is_null();
  };
  std::vector<std::string> names;
  config::collect_names(step.body, names);
  std::erase_if(names, [](const std::string& name) { return name.find('.') != name.npos; });
  return std::ranges::any_of(step.url.names(), lacks) || std::ranges::any_of(names, lacks);
}

void Sending::add_note(const std::string& more) {
  if (more.empty()) return;
  note_ += (note_.empty() ? "" : "; ") + one_line(redactor_.clean(more), max_note);
}

// The step's request and the redirects after it.
asio::awaitable<std::optional<Finding>> Sending::ask(const config::Step& step, StepResult& result) {
  variables_.begin_step(++steps_begun_);
  const int status = exchange_.response().status;
  std::optional<Finding> lacking = work_out(step, status, variables_, settings_, steps_begun_);
  if (lacking) co_return lacking;
  config::FormFields fields;
  lacking = find_form(step, exchange_.answer(), variables_, fields);
  if (lacking) co_return lacking;
  std::optional<Hop> hop = first_hop(step, exchange_.site(), variables_, fields);
  if (!hop) co_return url_trouble(step, variables_);
  lacking = co_await exchange_.send(std::move(*hop), step, result);
  co_return lacking;
}

std::optional<Finding> Sending::evaluate(const config::Step& step, const StepResult& result) {
  const config::Expect* more = may_be_last(step) ? at_end_ : nullptr;
  Answer& answer = *exchange_.answer();
  if (auto trouble = program_trouble(step.expect, more, answer, false)) return trouble;
  std::optional<Finding> unmet = first_unmet_of(step, more, result);
  if (!unmet) return std::nullopt;
  if (auto trouble = program_trouble(step.expect, more, answer, true)) return trouble;
  std::optional<Finding> meaning = exchange_.meaning(step, true);
  return meaning ? meaning : unmet;
}

std::optional<Finding> Sending::first_unmet_of(const config::Step& step, const config::Expect* more,
                                               const StepResult& result) {
  Answer& answer = *exchange_.answer();
  const bool graphql = std::holds_alternative<config::GraphqlBody>(step.body);
  if (graphql) {
    if (std::optional<Finding> finding = graphql_failure(answer)) return finding;
  }
  const StepFacts facts(answer, exchange_.session(), result.total, clock_.wall(),
                        exchange_.certificate_expiry());
  if (std::optional<Finding> unmet = first_unmet(step.expect, more, facts, variables_)) {
    return unmet;
  }
  TagCheck tags = check_tags(step.expect.tags, answer, variables_);
  add_note(tags.note);
  if (tags.missing) return std::move(tags.missing);
  if (graphql && !answer.json()) return Finding(Reason::json, answer.json_error());
  std::optional<Finding> missing =
      take_captures(step.captures, answer, exchange_.session(), variables_);
  return cleaning_ ? std::nullopt : missing;
}

// Every step after it may be left out. (A step of the cleanup is none of these.)
bool Sending::may_be_last(const config::Step& step) const {
  for (auto one = plan_.steps.rbegin(); one != plan_.steps.rend(); ++one) {
    if (&*one == &step) return true;
    if (!one->condition) return false;
  }
  return false;
}

asio::awaitable<std::optional<Finding>> send_plan(Sending& sending) {
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  std::optional<Finding> finding;
  bool failed = false;
  try {
    finding = co_await sending.send();
  } catch (const std::exception& error) {
    finding = internal_error(error);
    failed = true;
  }
  const bool cancelled = co_await is_cancelled();
  if (failed && cancelled) finding = Finding(Reason::cancelled, "the run was cancelled");
  co_await asio::this_coro::throw_if_cancelled(throws);
  co_return finding;
}

}  // namespace tillwatch::probes
