#include "probes/feed.h"

#include <cmath>
#include <exception>
#include <optional>
#include <random>
#include <vector>

#include <boost/asio/this_coro.hpp>

#include "config/template.h"
#include "probes/classify.h"
#include "probes/feed_reader.h"
#include "probes/feed_values.h"
#include "probes/hop.h"
#include "probes/offers.h"
#include "probes/run_id.h"
#include "probes/text.h"
#include "probes/transport_failure.h"
#include "probes/url.h"

// GCC 12 miscompiles some full expressions that hold a co_await: keep every one of them a plain
// statement of its own.

namespace tillwatch::probes {
namespace {

namespace asio = boost::asio;

constexpr int most_redirects = 5;
constexpr std::size_t head_size = 64;  // bytes that tell the format

// Counts the items, and keeps a fair sample of them (reservoir) and the probe product.
class Tally {
 public:
  Tally(const config::Feed& feed, const boost::json::object& probe_product)
      : most_(static_cast<std::size_t>(feed.sample)), random_(std::random_device()()) {
    for (const char* key : {"id", "sku"}) {
      const boost::json::value* value = probe_product.if_contains(key);
      if (value) names_.push_back(config::plain_text(*value));
    }
  }

  void take(const FeedItem& item) {
    ++count;
    if (item.id.empty() || item.price.empty() || item.link.empty()) {
      ++lacking;
      if (first_lacking == 0) first_lacking = count;
      return;
    }
    if (most_ == 0) return;
    for (const std::string& name : names_) {
      if (!name.empty() && (item.id == name || item.sku == name)) {
        product = item;
        return;
      }
    }
    ++eligible_;
    if (sample.size() < most_) {
      sample.push_back(item);
    } else if (const auto at = random_() % eligible_; at < most_) {
      sample[at] = item;
    }
  }

  std::size_t count = 0;
  std::size_t lacking = 0;
  std::size_t first_lacking = 0;
  std::optional<FeedItem> product;
  std::vector<FeedItem> sample;

 private:
  std::size_t most_;
  std::uint64_t eligible_ = 0;
  std::mt19937_64 random_;
  std::vector<std::string> names_;
};

// Chooses the reader once the head of the feed is there, and gives it everything.
class Intake {
 public:
  Intake(const config::Feed& feed, Tally& tally) : feed_(feed), tally_(tally) {}

  bool read(std::string_view part) {
    for (const char c : part) digest_ = (digest_ ^ static_cast<unsigned char>(c)) * 1099511628211U;
    if (reader_) return reader_->read(part);
    head_ += part;
    if (first_character(head_) == '\0' || head_.size() < head_size) return true;
    return open();
  }
  bool finish() {
    if (!reader_ && !open()) return false;
    return reader_->finish();
  }
  const FeedReader& reader() const { return *reader_; }
  bool has_reader() const { return reader_ != nullptr; }
  std::uint64_t digest() const { return digest_; }

 private:
  bool open() {
    const auto take = [&tally = tally_](const FeedItem& item) { tally.take(item); };
    const char first = first_character(head_);
    const bool utf16 = head_.starts_with("\xFF\xFE") || head_.starts_with("\xFE\xFF");
    auto format = feed_.format;
    if (format == config::FeedFormat::automatic) {
      format = first == '<' || utf16          ? config::FeedFormat::xml
               : first == '{' || first == '[' ? config::FeedFormat::json
                                              : config::FeedFormat::csv;
    }
    switch (format) {
      case config::FeedFormat::xml:
        reader_ = xml_feed(feed_.columns, take);
        break;
      case config::FeedFormat::json:
        reader_ = json_feed(feed_.columns, take);
        break;
      default: {
        const bool any = feed_.format == config::FeedFormat::automatic;
        const char tab_or_comma = format == config::FeedFormat::tsv ? '\t' : ',';
        reader_ = csv_feed(feed_.columns, any ? '\0' : tab_or_comma, take);
      }
    }
    std::string head = std::move(head_);
    head_.clear();
    const bool marked = head.starts_with("\xEF\xBB\xBF");  // as UTF-8; spreadsheets write it
    return reader_->read(std::string_view(head).substr(marked ? 3 : 0));
  }

  const config::Feed& feed_;
  Tally& tally_;
  std::unique_ptr<FeedReader> reader_;
  std::string head_;
  std::uint64_t digest_ = 14695981039346656037U;
};

bool differ(double one, double other) { return std::fabs(one - other) > 0.005; }

// What an item says against what an offer of its page says; empty where they agree.
std::string difference(const FeedItem& item, const Offer& offer) {
  const Money price = money_of(item.price);
  const Money sale = money_of(item.sale_price);
  const Money shop = money_of(offer.price);
  const std::string shop_currency = offer.currency.empty() ? shop.currency : offer.currency;
  const std::string feed_currency = price.currency.empty() ? item.currency : price.currency;
  if (price.amount && shop.amount && differ(*price.amount, *shop.amount) &&
      (!sale.amount || differ(*sale.amount, *shop.amount))) {
    return "the price is " + in_quotes(item.price) + " in the feed, " + in_quotes(offer.price) +
           " in the shop";
  }
  if (!feed_currency.empty() && !shop_currency.empty() && feed_currency != shop_currency) {
    return "the currency is " + in_quotes(feed_currency) + " in the feed, " +
           in_quotes(shop_currency) + " in the shop";
  }
  const Stock told = stock_of(item.availability);
  const Stock sold = stock_of(offer.availability);
  if (told != Stock::unknown && sold != Stock::unknown && told != sold) {
    return "it is " + std::string(name(told)) + " in the feed, " + std::string(name(sold)) +
           " in the shop";
  }
  return {};
}

// Against the offer of this very item; where the page does not tell which that is, against any.
std::string difference(const FeedItem& item, const std::vector<Offer>& offers) {
  std::string first;
  for (const Offer& offer : offers) {
    const bool own = (!offer.sku.empty() && (offer.sku == item.sku || offer.sku == item.id)) ||
                     (!offer.id.empty() && offer.id == item.id) ||
                     (!item.id.empty() && offer.url.ends_with("variant=" + item.id));
    std::string words = difference(item, offer);
    if (own) return words;
    if (words.empty()) return {};
    if (first.empty()) first = words;
  }
  return first;
}

class Run {
 public:
  Run(std::shared_ptr<const config::Probe> probe, RunContext context)
      : probe_(std::move(probe)),
        context_(std::move(context)),
        began_(context_.clock.steady()),
        deadline_(began_ + probe_->timeout),
        id_(new_run_id()),
        variables_(*probe_->store, id_, context_.clock.wall()),
        tally_(*probe_->feed, probe_->store->product),
        intake_(*probe_->feed, tally_) {
    outcome_.started_at = context_.clock.wall();
    outcome_.run_id = id_;
  }

  asio::awaitable<void> walk() {
    session_ = context_.transport.open(probe_->store);
    std::optional<Finding> finding = co_await read_feed();
    if (!finding) finding = judge();
    if (!finding) finding = co_await compare();
    if (finding) {
      decide(*finding);
      co_return;
    }
    outcome_.verdict = Verdict::pass;
    outcome_.reason = Reason::none;
    outcome_.duration = elapsed();
    remember();
  }

  void decide(const Finding& finding) {
    outcome_.verdict = finding.verdict;
    outcome_.reason = finding.reason;
    outcome_.message = one_line(context_.redactor.clean(finding.message), 600);
    outcome_.step = outcome_.steps.empty() ? "feed" : outcome_.steps.back().name;
    outcome_.duration = elapsed();
    if (url_.empty()) return;
    outcome_.evidence.emplace();
    outcome_.evidence->url = one_line(context_.redactor.clean(url_), 1024);
    outcome_.evidence->status = response_.status;
  }

  Outcome& outcome() { return outcome_; }

 private:
  asio::awaitable<std::optional<Finding>> read_feed() {
    const config::Step& step = probe_->plan->steps.front();
    std::optional<Hop> hop = first_hop(step, *probe_->store, variables_);
    if (!hop) co_return url_trouble(step, variables_);
    std::optional<Finding> finding = co_await fetch(*hop, "feed", true);
    if (intake_.has_reader() && !intake_.reader().problem().empty()) co_return broken();
    if (finding) co_return finding;
    if (response_.status != 200) {
      co_return Finding(Reason::http_status,
                        "expected status 200, got " + std::to_string(response_.status));
    }
    if (!intake_.finish()) co_return broken();
    co_return std::nullopt;
  }

  Finding broken() const {
    return Finding(intake_.reader().reason(), "the feed " + intake_.reader().problem());
  }

  // Leaves the last answer in `response_`.
  asio::awaitable<std::optional<Finding>> fetch(Hop hop, std::string name, bool streamed) {
    outcome_.steps.emplace_back().name = context_.redactor.clean(name);
    for (int redirects = 0;; ++redirects) {
      url_ = hop.url;
      Request request =
          request_of(hop, probe_->plan->steps.front(), *probe_, variables_, context_.redactor, id_);
      request.deadline = deadline_;
      if (streamed) {
        request.most_streamed = probe_->feed->max_size;
        request.sink = [this](std::string_view part) { return intake_.read(part); };
      }
      const auto left =
          std::chrono::duration_cast<Microseconds>(deadline_ - context_.clock.steady());
      const Patience patience(probe_->timeout, left);
      if (left <= Microseconds(0)) {
        response_ = Response();
        response_.error = TransportError::timeout;
        response_.connected = true;
      } else {
        Response response = co_await session_->perform(std::move(request));
        response_ = std::move(response);
      }
      note(outcome_.steps.back());
      std::optional<Finding> turned = turned_away(response_);
      if (turned) co_return turned;
      if (response_.error != TransportError::none) {
        Finding failed = transport_failure(response_, url_, patience);
        if (may_be_local(response_)) {
          std::string host = host_of(url_);
          const std::string trouble = co_await context_.network.trouble(std::move(host));
          if (!trouble.empty()) failed = Finding(Reason::local_network, trouble);
        }
        co_return failed;
      }
      const std::optional<std::string> location = redirect_of(response_, url_);
      if (!location) co_return std::nullopt;
      if (redirects >= most_redirects) {
        co_return Finding(Reason::redirect,
                          "more than 5 redirects, the last one to " + in_quotes(*location, 200));
      }
      std::optional<Finding> dead_end = follow(hop, *location, response_.status, context_.redactor);
      if (dead_end) co_return dead_end;
    }
  }

  void note(StepResult& step) {
    step.status = response_.status;
    step.phases = response_.phases;
    step.total += response_.total;
    const auto& expiry = response_.certificate_expiry;
    auto& earliest = outcome_.certificate_expiry;
    if (expiry && (!earliest || *expiry < *earliest)) earliest = expiry;
  }

  // What the feed itself shows.
  std::optional<Finding> judge() {
    const config::Feed& feed = *probe_->feed;
    if (tally_.lacking * 100 > tally_.count) {
      return Finding(Reason::malformed, std::to_string(tally_.lacking) + " of the feed's " +
                                            std::to_string(tally_.count) + " items have no " +
                                            feed.columns.id + ", " + feed.columns.link + " or " +
                                            feed.columns.price + "; the first is item " +
                                            std::to_string(tally_.first_lacking));
    }
    if (tally_.count < static_cast<std::size_t>(feed.min_items)) {
      return Finding(Reason::shrunk, "the feed holds " + std::to_string(tally_.count) +
                                         " items, expected at least " +
                                         std::to_string(feed.min_items));
    }
    if (std::optional<Finding> shrunk = held_against_last()) return shrunk;
    return age();
  }

  std::optional<Finding> held_against_last() const {
    if (!context_.memory) return std::nullopt;
    const boost::json::value* last = context_.memory->values.if_contains("items");
    if (!last || !last->is_int64()) return std::nullopt;
    const auto before = last->get_int64();
    const auto least = static_cast<double>(before) * (100 - probe_->feed->max_shrink) / 100;
    if (static_cast<double>(tally_.count) >= least) return std::nullopt;
    return Finding(Reason::shrunk, "the feed holds " + std::to_string(tally_.count) +
                                       " items, the last good one held " + std::to_string(before) +
                                       " (at most " + std::to_string(probe_->feed->max_shrink) +
                                       " % may go at once)");
  }

  // The feed's own date, else HTTP's; without one, since when its content is the same.
  std::optional<Finding> age() {
    const std::string* header = feed_headers_modified();
    std::optional<UtcTime> date = intake_.reader().date();
    if (!date && header) date = date_of(*header);
    if (!date) date = unchanged_since();
    const auto& most = probe_->feed->max_age;
    if (!most || !date) return std::nullopt;
    const auto age = context_.clock.wall() - *date;
    if (age <= *most) return std::nullopt;
    return Finding(Reason::stale, "the feed is of " + to_rfc3339(*date) + ", " + hours(age) +
                                      " h old; expected at most " + hours(*most) + " h");
  }

  template <typename Span>
  static std::string hours(Span span) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4g",
                  std::chrono::duration<double, std::ratio<3600>>(span).count());
    return text;
  }

  const std::string* feed_headers_modified() const { return response_.header("last-modified"); }

  std::optional<UtcTime> unchanged_since() {
    if (!context_.memory) return std::nullopt;
    const std::string* tag = response_.header("etag");
    const std::string mark = tag ? tag->substr(0, 200) : std::to_string(intake_.digest());
    auto& values = context_.memory->values;
    const boost::json::value* known = values.if_contains("content");
    const boost::json::value* since = values.if_contains("content_since");
    if (known && since && since->is_int64() && known->is_string() &&
        std::string_view(known->get_string()) == mark) {
      return UtcTime(std::chrono::milliseconds(since->get_int64()));
    }
    values["content"] = mark;
    values["content_since"] = std::int64_t{context_.clock.wall().time_since_epoch().count()};
    context_.memory->changed = true;
    return context_.clock.wall();
  }

  asio::awaitable<std::optional<Finding>> compare() {
    std::vector<FeedItem> items = tally_.sample;
    if (tally_.product) items.insert(items.begin(), *tally_.product);
    for (const FeedItem& item : items) {
      const std::optional<std::string> url = resolve_location(probe_->store->url + "/", item.link);
      // Another host is not this store's to be judged by, nor ours to ask.
      if (!url || !is_http(*url) || host_of(*url) != host_of(probe_->store->url)) continue;
      Hop hop;
      hop.method = "GET";
      hop.url = *url;
      hop.trusted_origin = probe_->store->url;
      std::string name = "item " + one_line(item.id, 60);
      std::optional<Finding> finding = co_await fetch(std::move(hop), std::move(name), false);
      if (!finding) finding = look(item);
      if (finding) co_return finding;
    }
    co_return std::nullopt;
  }

  std::optional<Finding> look(const FeedItem& item) const {
    const std::string about = "the item " + in_quotes(item.id) + ": ";
    if (response_.status == 404 || response_.status == 410) {
      return Finding(Reason::drift, about + "it is in the feed, but its page answers " +
                                        std::to_string(response_.status));
    }
    if (response_.status != 200) {
      return Finding(Reason::http_status,
                     about + "its page answers " + std::to_string(response_.status));
    }
    const std::string words = difference(item, offers_of(response_.body));
    if (words.empty()) return std::nullopt;
    return Finding(Reason::drift, about + words);
  }

  // Only what passed: a fail must not become what the next run is held against.
  void remember() {
    if (!context_.memory) return;
    const auto count = static_cast<std::int64_t>(tally_.count);
    boost::json::value& last = context_.memory->values["items"];
    if (last.is_int64() && last.get_int64() == count) return;
    last = count;
    context_.memory->changed = true;
  }

  Microseconds elapsed() const {
    return std::chrono::duration_cast<Microseconds>(context_.clock.steady() - began_);
  }

  std::shared_ptr<const config::Probe> probe_;
  RunContext context_;
  SteadyTime began_;
  SteadyTime deadline_;
  std::string id_;
  Variables variables_;
  Tally tally_;
  Intake intake_;
  std::unique_ptr<Session> session_;
  Outcome outcome_;
  std::string url_;
  Response response_;
};

asio::awaitable<void> walk_safely(Run& run) {
  std::optional<Finding> trouble;
  try {
    co_await run.walk();
  } catch (const std::exception& error) {
    trouble =
        Finding(Reason::internal, std::string("an error of the monitor itself: ") + error.what());
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
  co_return std::move(run.outcome());
}

}  // namespace tillwatch::probes
