#pragma once

// The step language: one step is one request with what it expects and what it captures. These are
// plain values, validated and compiled; probes/ runs them. The grammar is in config/README.md.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <boost/json/object.hpp>

#include "config/expressions/jq.h"
#include "config/expressions/pattern.h"
#include "config/expressions/xpath.h"
#include "config/template.h"
#include "config/words.h"

namespace tillwatch::config {

using Duration = std::chrono::milliseconds;

// A number of a JSON text, as it is written.
struct JsonNumber {
  std::string text;
};

// A JSON value whose string leaves are templates.
class JsonTemplate {
 public:
  using Array = std::vector<JsonTemplate>;
  using Object = std::vector<std::pair<std::string, JsonTemplate>>;

  JsonTemplate() = default;
  explicit JsonTemplate(boost::json::value constant) : node_(std::move(constant)) {}
  explicit JsonTemplate(JsonNumber number) : node_(std::move(number)) {}
  explicit JsonTemplate(Template text) : node_(std::move(text)) {}
  explicit JsonTemplate(Array array) : node_(std::move(array)) {}
  explicit JsonTemplate(Object object) : node_(std::move(object)) {}

  boost::json::value render(const Template::Lookup& lookup) const;
  // As a JSON text, with the numbers as they are written.
  void write(std::string& into, const Template::Lookup& lookup) const;
  void collect_names(std::vector<std::string>& into) const;

 private:
  std::variant<boost::json::value, JsonNumber, Template, Array, Object> node_;
};

// Where the platform's own words stand in an answer: at most one of these is set.
struct Quote {
  std::shared_ptr<const Jq> json;          // in a body that is JSON
  std::shared_ptr<const XPath> xpath;      // on a page
  std::shared_ptr<const Pattern> pattern;  // in any body
  explicit operator bool() const { return json || xpath || pattern; }
};

// What an expectation or a rule says when it decides. Without a reason of its own, the
// expectation's kind gives one; without a message, a sentence is made from the expectation.
struct Explanation {
  std::optional<Reason> reason;
  Template message;  // for people; may hold placeholders
  Quote quote;       // appended
};
// Compact JSON, with numbers in the form in which people and shops write them (9.99, not 9.99E0).
void append_json(std::string& into, const boost::json::value& value);

// What a step sends after its headers.
struct NoBody {};
struct JsonBody {  // `json:` -> application/json
  JsonTemplate value;
};
// Whose fields a step sends: those of a form on the page of the step before, or of a captured one.
struct FormOf {
  std::shared_ptr<const XPath> xpath;  // null: the captured one
  std::string capture;
  Explanation explanation;  // where there is no such form
};
struct FormBody {            // `form:` -> application/x-www-form-urlencoded, in the order written
  std::optional<FormOf> of;  // what `fields` and `without` change
  std::vector<std::pair<std::string, Template>> fields;
  std::vector<std::string> without;
};
struct TextBody {  // `text:` -> text/plain unless a header says otherwise
  Template text;
};
struct GraphqlBody {  // `graphql:` -> application/json {"query", "variables"}
  std::string query;  // never a template: values travel as variables
  JsonTemplate variables;
};
using Body = std::variant<NoBody, JsonBody, FormBody, TextBody, GraphqlBody>;

struct Header {
  std::string name;
  Template value;
};

struct StatusRange {
  int first = 200;
  int last = 299;
};

struct TextExpectation {
  Template text;
  Explanation explanation;
};
struct PatternExpectation {
  std::shared_ptr<const Pattern> pattern;
  Explanation explanation;
};
struct JsonExpectation {
  std::shared_ptr<const Jq> expression;
  Explanation explanation;
};
struct XPathExpectation {
  std::shared_ptr<const XPath> expression;
  Explanation explanation;
};
struct HeaderExpectation {
  std::string name;
  std::shared_ptr<const Pattern> pattern;  // found in one of the header's values; null: is present
  Explanation explanation;
};

// The keys of an `expect`.
enum class ExpectKey : unsigned char {
  status,
  final_url,
  headers,
  cookies,
  contains,
  not_contains,
  body_at_least,
  body_at_most,
  matches,
  json,
  xpath,
  max_time,
  tls_days_left
};
inline constexpr std::size_t expect_key_count = 13;
// A tag of a page: found where a script that runs holds it.
struct TagExpectation {
  std::shared_ptr<const Pattern> pattern;
  bool anywhere = false;  // in all of the page that is not dead, for a pattern of the user's own
  std::string what;       // "ga4 G-ABC123"
  std::string id;         // empty where it is no known tag's
  Explanation explanation;
};

// All of it must hold. An empty `status` means 200-299 (or what the joined expectation says).
struct Expect {
  std::vector<ExpectKey> order;  // in which they are written, and judged; empty: as listed above
  std::vector<StatusRange> status;
  std::vector<HeaderExpectation> headers;
  std::vector<TextExpectation> contains;
  std::vector<TextExpectation> not_contains;
  std::vector<PatternExpectation> matches;
  std::vector<TagExpectation> tags;
  std::vector<JsonExpectation> json;
  std::vector<XPathExpectation> xpath;
  std::optional<Duration> max_time;           // of the whole step, redirects included
  std::vector<PatternExpectation> final_url;  // found in the URL that answered after redirects
  std::vector<HeaderExpectation> cookies;     // as they would be sent to that URL
  std::optional<int> tls_days_left;           // at least so many days of validity
  std::optional<std::size_t> body_at_least;   // bytes, decoded
  std::optional<std::size_t> body_at_most;
};

// "When the answer looks like this, it means that": checked on every hop of every step before the
// expectations; the first rule of which all conditions hold decides. Conditions not given hold.
struct Rule {
  std::vector<StatusRange> status;
  std::shared_ptr<const Pattern> redirect;  // found in the path and query of a 3xx Location
  std::vector<HeaderExpectation> headers;   // each of them
  std::vector<HeaderExpectation> cookies;   // that this answer sets
  std::shared_ptr<const Pattern> title;     // found in the page's own title
  std::shared_ptr<const Jq> json;           // true for a body that is JSON
  std::shared_ptr<const XPath> xpath;       // holds for a body that is HTML
  std::shared_ptr<const Pattern> body;      // found in the body
  Verdict verdict = Verdict::fail;          // unknown where the reason is one of unknown's
  // Asked only where the step's expectations have failed; then it stands in their place.
  bool after_expectations = false;
  Explanation explanation;  // reason is always set
};

struct Capture {
  enum class From : unsigned char { json, xpath, pattern, header, cookie, form };
  std::string name;
  From from = From::json;
  std::shared_ptr<const Jq> json;
  std::shared_ptr<const XPath> xpath;  // of a form too
  std::shared_ptr<const Pattern> pattern;
  std::string key;                              // of a header or a cookie
  std::optional<boost::json::value> otherwise;  // where nothing is found; none: the step fails
  std::string otherwise_written;                // where that is another text than the value's
};

enum class Method : unsigned char { get, head, post, put, patch, del };
std::string_view name(Method method);  // "GET", ...

// Adds the names of all placeholders in a body.
void collect_names(const Body& body, std::vector<std::string>& into);

// A value that is worked out before a step's request.
struct Let {
  std::string name;
  std::shared_ptr<const Jq> value;
};

struct Step {
  std::string name;
  std::shared_ptr<const Jq> condition;  // `if`: where it does not hold the step is left out
  std::vector<Let> lets;
  Method method = Method::get;
  Template url;  // a path below the store's URL, or an absolute URL
  std::vector<Header> headers;
  Body body;
  int max_redirects = 5;  // `follow: false` is 0: the 3xx itself is the answer
  std::vector<Rule> rules;
  Expect expect;
  std::vector<Capture> captures;
  bool fallback = false;  // of a cleanup: only where the one before it has failed
};

// What a probe does: shared by all probes that do the same.
struct Plan {
  boost::json::object settings;  // of its preset: beside the store's variables, and before them
  std::vector<Header> headers;   // on every step
  std::vector<Rule> rules;       // the platform's, after a step's own and the store's
  std::vector<Step> steps;
  std::vector<Step> cleanup;  // always run, never change the verdict
};

}  // namespace tillwatch::config
