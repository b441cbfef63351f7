#include "probes/feed/feed.h"

#include <exception>
#include <optional>
#include <vector>

#include <boost/asio/this_coro.hpp>

#include "probes/feed/drift.h"
#include "probes/feed/findings.h"
#include "probes/feed/intake.h"
#include "probes/feed/tally.h"
#include "probes/http/url.h"
#include "probes/run_id.h"
#include "probes/steps/exchange.h"
#include "probes/text/body_text.h"
#include "probes/text/text.h"

// GCC 12 miscompiles some full expressions that hold a co_await: keep every one of them a plain
// statement of its own.

namespace tillwatch::probes {
namespace {

namespace asio = boost::asio;

class Run {
 public:
  Run(std::shared_ptr<const config::Probe> probe, RunContext context)
      : probe_(std::move(probe)),
        context_(std::move(context)),
        began_(context_.clock.steady()),
        id_(new_run_id()),
        variables_(*probe_->store, id_, context_.clock.wall()),
        tally_(*probe_->feed, probe_->store->product),
        intake_(*probe_->feed, [this](const FeedItem& item) { tally_.add(item); }),
        exchange_(sender(), variables_, context_.transport, context_.clock, context_.redactor) {
    outcome_.started_at = context_.clock.wall();
    outcome_.run_id = id_;
  }

  asio::awaitable<void> walk() {
    exchange_.open();
    std::optional<Finding> finding = co_await read_feed();
    if (!finding) finding = evaluate();
    if (!finding) finding = co_await compare_all();
    if (finding) {
      decide(*finding);
      co_return;
    }
    outcome_.verdict = Verdict::pass;
    outcome_.reason = Reason::none;
    outcome_.duration = elapsed();
    outcome_.note = note();
    if (context_.memory) remember_count(tally_.count, *context_.memory);
  }

  void decide(const Finding& finding) {
    outcome_.verdict = finding.verdict;
    outcome_.reason = finding.reason;
    outcome_.message = one_line(context_.redactor.clean(finding.message), 600);
    outcome_.step = outcome_.steps.empty() ? "feed" : outcome_.steps.back().name;
    outcome_.duration = elapsed();
    if (exchange_.url().empty()) return;
    outcome_.evidence.emplace();
    outcome_.evidence->url = one_line(context_.redactor.clean(exchange_.url()), 1024);
    outcome_.evidence->status = response().status;
  }

  Outcome take_outcome() {
    outcome_.certificate_expiry = exchange_.certificate_expiry();
    return std::move(outcome_);
  }

 private:
  Sender sender() {
    Sender one = synthetic_customer(*probe_, id_, context_.network);
    one.finish = [this](Request& request) {
      if (streams_) stream(request);
    };
    return one;
  }

  // The feed itself, unlike the pages of its items, is read as it comes.
  void stream(Request& request) {
    request.most_streamed = probe_->feed->max_size;
    request.sink = [this](const Response& so_far, std::string_view part) {
      const std::string* type = so_far.header("content-type");
      return intake_.read(type ? std::string_view(*type) : std::string_view(), part);
    };
  }

  asio::awaitable<std::optional<Finding>> read_feed() {
    const config::Step& step = probe_->plan->steps.front();
    std::optional<Hop> hop = first_hop(step, *probe_->store, variables_);
    if (!hop) co_return url_trouble(step, variables_);
    streams_ = true;
    std::optional<Finding> finding = co_await fetch(*hop, "feed");
    streams_ = false;
    if (!intake_.problem().empty()) co_return broken();
    if (finding) co_return finding;
    if (response().status != 200) {
      co_return Finding(Reason::http_status,
                        "expected status 200, got " + std::to_string(response().status));
    }
    if (!intake_.finish()) co_return broken();
    if (const std::string* modified = response().header("last-modified"))
      feed_modified_ = *modified;
    co_return std::nullopt;
  }

  Finding broken() const { return Finding(intake_.reason(), "the feed " + intake_.problem()); }

  asio::awaitable<std::optional<Finding>> fetch(Hop hop, std::string name) {
    StepResult& result = outcome_.steps.emplace_back();
    result.name = context_.redactor.clean(name);
    const config::Step& step = probe_->plan->steps.front();
    std::optional<Finding> finding = co_await exchange_.send(std::move(hop), step, result);
    co_return finding;
  }

  const Response& response() const { return exchange_.response(); }

  // What the feed itself shows.
  std::optional<Finding> evaluate() {
    Memory* memory = context_.memory.get();
    std::optional<Finding> finding = count_finding(*probe_->feed, tally_, memory);
    if (finding) return finding;
    const UtcTime now = context_.clock.wall();
    return age_finding(*probe_->feed, intake_.dates().newest(now), response(), intake_.digest(),
                       memory, now);
  }

  bool is_strict() const { return probe_->feed->compare == config::FeedCompare::required; }

  asio::awaitable<std::optional<Finding>> compare_all() {
    if (is_strict() && lacks_product()) {
      co_return Finding(Reason::drift, "the probe product is not in the feed");
    }
    if (tally_.product) {
      std::optional<Finding> finding = co_await compare_one(*tally_.product, true);
      if (finding) co_return finding;
    }
    for (const FeedItem& item : tally_.sample) {
      std::optional<Finding> finding = co_await compare_one(item, false);
      if (finding) co_return finding;
    }
    co_return std::nullopt;
  }

  asio::awaitable<std::optional<Finding>> compare_one(const FeedItem& item, bool is_product) {
    const std::string about = "the item " + in_quotes(item.id) + ": ";
    const std::optional<std::string> url = resolve_location(probe_->store->url + "/", item.link);
    // Another host is not this store's to be judged by, nor ours to ask.
    const bool own = url && is_http(*url) && host_of(*url) == host_of(probe_->store->url);
    Comparison comparison;
    if (own) {
      Hop hop;
      hop.method = "GET";
      hop.url = *url;
      hop.trusted_origin = probe_->store->url;
      std::string name = "item " + one_line(item.id, 60);
      std::optional<Finding> finding = co_await fetch(std::move(hop), std::move(name));
      if (!finding) finding = page_finding(about);
      if (finding) co_return finding;
      const UtcTime now = context_.clock.wall();
      const PageOffers page = offers_of(body_text_of(response()), now);
      if (!page.problem.empty()) told(about + page.problem);
      comparison = compare(item, page.offers, exchange_.url(), now);
    }
    if (!item.sale_dates.empty() && !span_of(item.sale_dates)) {
      told(about + "the dates of its sale (" + in_quotes(item.sale_dates, 60) + ") cannot be read");
    }
    if (!comparison.possible && is_product) {
      comparison = compare(item, probe_->store->product, context_.clock.wall());
    }
    if (!comparison.difference.empty()) {
      co_return Finding(Reason::drift, about + comparison.difference);
    }
    co_return counted(comparison.possible, own, about);
  }

  std::optional<Finding> page_finding(const std::string& about) const {
    const std::string status = std::to_string(response().status);
    if (response().status == 404 || response().status == 410) {
      return Finding(Reason::drift, about + "it is in the feed, but its page answers " + status);
    }
    if (response().status == 200) return std::nullopt;
    return Finding(Reason::http_status, about + "its page answers " + status);
  }

  std::optional<Finding> counted(bool compared, bool own, const std::string& about) {
    ++(compared ? count_.compared : own ? count_.without_offer : count_.elsewhere);
    if (compared || !is_strict()) return std::nullopt;
    return Finding(Reason::captured_nothing,
                   about + (own ? "its page tells neither price nor stock in JSON-LD"
                                : "its page is on another host, and is not looked at"));
  }

  bool lacks_product() const { return tally_.seeks_product() && !tally_.product; }

  // One of each kind is enough.
  void told(std::string trouble) {
    if (trouble_.empty()) trouble_ = std::move(trouble);
  }

  // What this pass does not stand for.
  std::string note() const {
    std::string text = count_.note();
    const auto add = [&](const std::string& more) {
      if (!more.empty()) text += (text.empty() ? "" : "; ") + more;
    };
    if (lacks_product()) add("the probe product is not in the feed");
    const FeedDates dates = intake_.dates();
    if (!dates.unreadable.empty()) add("the feed's date cannot be read: " + dates.unreadable);
    if (!dates.own.empty() && !dates.newest(context_.clock.wall())) {
      add("the feed's date is in the future: " + to_rfc3339(dates.own.front()));
    }
    if (!feed_modified_.empty() && !date_of(feed_modified_)) {
      add("its Last-Modified cannot be read: " + in_quotes(feed_modified_, 60));
    }
    add(trouble_);
    return one_line(context_.redactor.clean(text), 600);
  }

  Microseconds elapsed() const {
    return std::chrono::duration_cast<Microseconds>(context_.clock.steady() - began_);
  }

  std::shared_ptr<const config::Probe> probe_;
  RunContext context_;
  SteadyTime began_;
  std::string id_;
  Variables variables_;
  FeedTally tally_;
  FeedIntake intake_;
  Exchange exchange_;
  bool streams_ = false;  // the request to come
  ComparisonCount count_;
  Outcome outcome_;
  std::string feed_modified_;  // as the feed's answer says it
  std::string trouble_;        // of an item that was compared
};

asio::awaitable<void> walk_safely(Run& run) {
  std::optional<Finding> trouble;
  try {
    co_await run.walk();
  } catch (const std::exception& error) {
    trouble = internal_error(error);
  }
  if (trouble) run.decide(*trouble);
}

}  // namespace

asio::awaitable<Outcome> feed(std::shared_ptr<const config::Probe> probe, RunContext context) {
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  Run run(std::move(probe), std::move(context));
  co_await walk_safely(run);
  co_await asio::this_coro::throw_if_cancelled(throws);
  co_return run.take_outcome();
}

}  // namespace tillwatch::probes
