#pragma once

// Sends a plan: its steps one after another, each with its redirects, each held against what it
// expects. Knows neither probes nor outcomes: a run of a probe and a delivery of an alert are made
// of it.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include "probes/steps/exchange.h"

namespace tillwatch::probes {

class Sending {
 public:
  // `given`: values for `{{ }}` and jq's $variables, before the plan's own settings. The rules of
  // site and plan count. What is referred to outlives this.
  Sending(const config::Plan& plan, Sender sender, std::string_view id, Transport& transport,
          const Clock& clock, const config::Redactor& redactor, boost::json::object given = {});

  // Joined to what the last step expects; may be null.
  void expect_at_end(const config::Expect* more) { at_end_ = more; }
  // Called with each answer that is no failure to answer, whether or not it is as expected.
  void on_answer(std::function<void(const config::Step&)> look) { look_ = std::move(look); }

  // Every step, until one decides: why it did not pass. May throw; see send_plan().
  boost::asio::awaitable<std::optional<Finding>> send();

  // Cleaning up, step by step: by a deadline of its own. A capture that finds nothing is then no
  // failure: there is nothing left to do for the steps that use it.
  void begin_cleanup(SteadyTime deadline);
  boost::asio::awaitable<std::optional<Finding>> send(const config::Step& step, StepResult& result);
  // `trouble` is set where it cannot be told.
  bool wants(const config::Step& step, std::optional<Finding>& trouble) const;
  // A value of its URL, or a capture that its body needs and that did not happen.
  bool lacks_a_value(const config::Step& step) const;

  Exchange& exchange() { return exchange_; }
  std::vector<StepResult>& results() { return results_; }  // of the steps that were sent
  const std::string& note() const { return note_; }        // what a pass does not stand for
  void add_note(const std::string& more);

 private:
  boost::asio::awaitable<std::optional<Finding>> ask(const config::Step& step, StepResult& result);
  std::optional<Finding> evaluate(const config::Step& step, const StepResult& result);
  std::optional<Finding> first_unmet_of(const config::Step& step, const config::Expect* more,
                                        const StepResult& result);
  bool may_be_last(const config::Step& step) const;

  const config::Plan& plan_;
  const Clock& clock_;
  const config::Redactor& redactor_;
  boost::json::object settings_;
  Variables variables_;
  Exchange exchange_;
  const config::Expect* at_end_ = nullptr;
  std::function<void(const config::Step&)> look_;
  std::vector<StepResult> results_;
  std::string note_;
  bool cleaning_ = false;
  int steps_begun_ = 0;
};

// Sends all of it. Never throws: an error of our own and a cancellation are findings too.
boost::asio::awaitable<std::optional<Finding>> send_plan(Sending& sending);

}  // namespace tillwatch::probes
