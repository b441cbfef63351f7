#include "probes/steps/hop.h"

#include <algorithm>

#include <boost/json/serialize.hpp>

#include "config/ascii.h"
#include "probes/http/url.h"
#include "probes/text/text.h"

namespace tillwatch::probes {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

// What a page's form has and the step does not change, then what the step adds; a field that it
// changes stays in its place.
class FilledForm {
 public:
  FilledForm(const config::FormBody& form, const config::Template::Lookup& lookup)
      : form_(form), lookup_(lookup) {}

  std::string text(const config::FormFields& page) {
    for (const auto& [name, value] : page) {
      if (std::ranges::find(form_.without, name) != form_.without.end()) continue;
      if (!add_own(name)) add(name, value);
    }
    for (const auto& field : form_.fields) {
      if (std::ranges::find(done_, field.first) == done_.end()) add_own(field.first);
    }
    return std::move(text_);
  }

 private:
  void add(std::string_view name, std::string_view value) {
    if (!text_.empty()) text_ += '&';
    text_ += encode_form(name) + "=" + encode_form(value);
  }
  // All that the step has of this name, once.
  bool add_own(const std::string& name) {
    if (std::ranges::find(done_, name) != done_.end()) return true;
    bool any = false;
    for (const auto& [own, value] : form_.fields) {
      if (own != name) continue;
      add(name, value.render(lookup_));
      any = true;
    }
    if (any) done_.push_back(name);
    return any;
  }

  const config::FormBody& form_;
  const config::Template::Lookup& lookup_;
  std::vector<std::string> done_;
  std::string text_;
};

struct Renderer {
  const config::Template::Lookup& lookup;
  Hop& hop;
  const config::FormFields& page;

  void operator()(const config::NoBody&) const {}
  void operator()(const config::JsonBody& json) const {
    hop.content_type = "application/json";
    json.value.write(hop.body, lookup);
  }
  void operator()(const config::FormBody& form) const {
    hop.content_type = "application/x-www-form-urlencoded";
    hop.body = FilledForm(form, lookup).text(page);
  }
  void operator()(const config::TextBody& text) const {
    hop.content_type = "text/plain; charset=utf-8";
    hop.body = text.text.render(lookup);
  }
  void operator()(const config::GraphqlBody& graphql) const {
    hop.content_type = "application/json";
    hop.body = "{\"query\":" + boost::json::serialize(boost::json::string(graphql.query)) +
               ",\"variables\":";
    std::string variables;
    graphql.variables.write(variables, lookup);
    hop.body += variables == "null" ? "{}}" : variables + "}";
  }
};

// No value can begin a header of its own.
std::string header_value(const config::Template& value, const Variables& variables) {
  std::string text = value.render(variables.lookup());
  std::erase_if(text, [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
  });
  return text;
}

void put(Headers& headers, std::string_view name, std::string value) {
  const auto found = std::ranges::find_if(
      headers, [&](const auto& header) { return equal_names(header.first, name); });
  if (found == headers.end()) {
    headers.emplace_back(name, std::move(value));
  } else {
    found->second = std::move(value);
  }
}

void put_all(Headers& into, const std::vector<config::Header>& headers,
             const Variables& variables) {
  for (const config::Header& header : headers) {
    put(into, header.name, header_value(header.value, variables));
  }
}

// Whether a header must not be told to another origin.
bool is_credential(const std::pair<std::string, std::string>& header,
                   const config::Redactor& redactor) {
  for (std::string_view name : {"authorization", "cookie", "proxy-authorization"}) {
    if (equal_names(header.first, name)) return true;
  }
  return redactor.clean(header.second) != header.second;
}

bool uses_captures(const config::Template& url, const Variables& variables) {
  return std::ranges::any_of(url.names(),
                             [&](std::string_view name) { return variables.is_captured(name); });
}

// Whether a URL that begins like this has its scheme, host and port by then, whatever follows as
// one encoded value. A path goes below the store's URL.
bool has_origin(std::string_view beginning) {
  const bool is_absolute = beginning.starts_with("http://") || beginning.starts_with("https://");
  if (!is_absolute) return beginning.starts_with('/');
  const auto host = beginning.find_first_not_of("/\\", beginning.find(':') + 1);
  return host != beginning.npos && beginning.find_first_of("/?#", host) != beginning.npos;
}

// Whether the store has a say in where the URL leads, and not only in its path or query.
bool captures_choose_origin(const config::Template& url, const Variables& variables) {
  bool captured = false;
  bool chosen = false;
  const config::Template::Lookup lookup = [&](std::string_view name) {
    captured = variables.is_captured(name);
    return variables.lookup()(name);
  };
  url.render(lookup, [&](std::string_view value, std::string_view before) {
    chosen = chosen || (captured && !has_origin(before));
    return std::string(value);
  });
  return chosen;
}

// The page of which the URL is a link: where it begins with what a page gave.
std::string_view page_of_link(const config::Template& url, const Variables& variables) {
  if (!url.text().starts_with("{{") || url.is_constant()) return {};
  return variables.found_on(url.names().front());
}

}  // namespace

std::optional<Hop> first_hop(const config::Step& step, const config::Store& store,
                             const Variables& variables, const config::FormFields& page) {
  std::optional<std::string> url =
      step_url(step.url, store.url, variables.lookup(), page_of_link(step.url, variables));
  if (!url) return std::nullopt;
  Hop hop;
  hop.method = name(step.method);
  // A URL that the store gave is trusted no more than a redirect.
  hop.trusted_origin = captures_choose_origin(step.url, variables) ? store.url : *url;
  hop.url = std::move(*url);
  std::visit(Renderer{variables.lookup(), hop, page}, step.body);
  return hop;
}

Finding url_trouble(const config::Step& step, const Variables& variables) {
  const std::string text = in_quotes(step.url.render(variables.lookup()), 200);
  if (uses_captures(step.url, variables)) {
    return Finding(Reason::captured_nothing, "what the store gave is no URL to go to: " + text);
  }
  return Finding(Reason::internal, "the URL of the step is none: " + text);
}

Sender synthetic_customer(const config::Probe& probe, std::string_view run_id,
                          LocalNetwork& network) {
  Sender sender(probe.store, probe.timeout);
  sender.marks.emplace_back("User-Agent", "tillwatch/" TILLWATCH_VERSION " (+synthetic; run " +
                                              std::string(run_id) + ")");
  sender.marks.emplace_back("X-Tillwatch-Run", run_id);
  sender.headers = {&probe.plan->headers, &probe.headers};
  sender.network = &network;
  return sender;
}

Request request_of(const Hop& hop, const config::Step& step, const Sender& sender,
                   const Variables& variables, const config::Redactor& redactor) {
  Request request;
  request.method = hop.method;
  request.url = hop.url;
  request.body = hop.body;
  Headers& headers = request.headers;
  headers.reserve(8);
  headers = sender.marks;
  if (!hop.content_type.empty()) headers.emplace_back("Content-Type", hop.content_type);
  for (const auto* more : sender.headers) put_all(headers, *more, variables);
  put_all(headers, step.headers, variables);
  const bool away = !same_origin(hop.url, hop.trusted_origin);
  std::erase_if(headers, [&](const auto& header) {
    return header.second.empty() || (hop.lost_body && equal_names(header.first, "content-type")) ||
           (away && is_credential(header, redactor));
  });
  return request;
}

std::optional<std::string> redirect_of(const Response& response, const std::string& url) {
  const int status = response.status;
  if (status != 301 && status != 302 && status != 303 && status != 307 && status != 308) {
    return std::nullopt;
  }
  const std::string* location = response.header("location");
  return location ? resolve_location(url, *location) : std::nullopt;
}

std::optional<Finding> follow(Hop& hop, const std::string& location, int status,
                              const config::Redactor& redactor) {
  if (!is_http(location)) {
    return Finding(Reason::redirect,
                   "redirects to " + in_quotes(location, 200) + ", which is no web address");
  }
  if (scheme_of(hop.url) == "https" && scheme_of(location) == "http") {
    return Finding(Reason::redirect,
                   "redirects from HTTPS to unencrypted HTTP: " + in_quotes(location, 200));
  }
  // As browsers do (fetch.spec.whatwg.org, HTTP-redirect fetch): 303 makes all but HEAD a GET, 301
  // and 302 only a POST; 307 and 308 repeat the request.
  const bool becomes_get = status == 303 ? hop.method != "HEAD" && hop.method != "GET"
                                         : (status == 301 || status == 302) && hop.method == "POST";
  if (becomes_get) {
    hop.method = "GET";
    hop.body.clear();
    hop.content_type = {};
    hop.lost_body = true;
  } else if (!same_origin(location, hop.trusted_origin) && redactor.clean(hop.body) != hop.body) {
    return Finding(Reason::redirect, "redirects a request that holds a secret to another origin: " +
                                         in_quotes(location, 200));
  }
  hop.url = location;
  return std::nullopt;
}

}  // namespace tillwatch::probes
