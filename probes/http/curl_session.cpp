#include "probes/http/curl_session.h"

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include <arpa/inet.h>

#include <boost/asio/this_coro.hpp>

#include "probes/http/cookie_jar.h"

namespace tillwatch::probes {

namespace asio = boost::asio;
using std::chrono::steady_clock;

// Where a request goes.
struct CurlSession::Target {
  CurlUrl url;
  std::string host;  // without the brackets of an IPv6 address; ASCII
  std::string port;
  bool https = false;
  bool v4 = false;  // the host is a numeric address
  bool v6 = false;

  std::string key() const { return (v6 ? "[" + host + "]" : host) + ":" + port; }
};

namespace {

std::string part(CURLU* url, CURLUPart which, unsigned flags) {
  char* value = nullptr;
  if (curl_url_get(url, which, &value, flags) != CURLUE_OK) return {};
  const CurlText owner(value);
  return value;
}

// libcurl knows these names without asking anybody.
bool is_localhost(std::string_view host) {
  return host == "localhost" || host.ends_with(".localhost");
}

bool fail(Response& response, TransportError error, std::string text) {
  response.error = error;
  response.error_text = std::move(text);
  return true;
}

long curl_version(config::HttpVersion version) {
  switch (version) {
    case config::HttpVersion::http1_0:
      return CURL_HTTP_VERSION_1_0;
    case config::HttpVersion::http1_1:
      return CURL_HTTP_VERSION_1_1;
    case config::HttpVersion::http2:
      break;
  }
  return CURL_HTTP_VERSION_2TLS;
}

long curl_family(config::IpVersion ip) {
  switch (ip) {
    case config::IpVersion::v4:
      return CURL_IPRESOLVE_V4;
    case config::IpVersion::v6:
      return CURL_IPRESOLVE_V6;
    case config::IpVersion::any:
      break;
  }
  return CURL_IPRESOLVE_WHATEVER;
}

// curl reads into a buffer that lives as long as the request. OpenSSL has one of its own behind it,
// so that a small one costs nothing there; over plain TCP each read is a system call or two. An
// HTTP/2 frame must fit in whole: what is left of one wakes libcurl 7.88 no more, and the transfer
// would stand still until its deadline.
constexpr long tls_buffer = 2048;
constexpr long http2_buffer = 16384;  // RFC 9113 6.5.2: the largest frame without a say of ours
constexpr long plain_buffer = 32768;

long buffer_size(bool https, config::HttpVersion version) {
  if (!https) return plain_buffer;
  return version == config::HttpVersion::http2 ? http2_buffer : tls_buffer;
}

bool breaks_a_line(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

// False where a header would smuggle in another one: values may come from a store's answers.
bool list_headers(const Request& request, CurlList& list) {
  bool has_content_type = false;
  bool has_accept_encoding = false;
  for (const auto& [name, value] : request.headers) {
    if (name.empty() || breaks_a_line(name) || breaks_a_line(value) ||
        name.find_first_of(": \t") != std::string::npos) {
      return false;
    }
    // An empty value would mean to curl that it should leave out a header of its own.
    std::string line = name;
    line += value.empty() ? ";" : ": ";
    line += value;
    list.append(line.c_str());
    if (curl_strequal(name.c_str(), "content-type")) has_content_type = true;
    if (curl_strequal(name.c_str(), "accept-encoding")) has_accept_encoding = true;
  }
  // Ours to undo, not curl's: it fails where browsers show the page.
  if (!has_accept_encoding) {
    list.append(("Accept-Encoding: " + std::string(ContentDecoder::accepted)).c_str());
  }
  if (request.body.empty()) return true;
  if (!has_content_type) list.append("Content-Type:");
  list.append("Expect:");
  return true;
}

void set_method(CURL* easy, const Request& request) {
  curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, nullptr);
  if (request.method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    return;
  }
  if (!request.body.empty() || request.method == "POST") {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    if (request.method == "POST") return;
  }
  if (request.method != "GET" || !request.body.empty()) {
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
}

Microseconds since(SteadyTime began) {
  return std::chrono::duration_cast<Microseconds>(steady_clock::now() - began);
}

}  // namespace

CurlSession::CurlSession(std::shared_ptr<const config::Store> store, std::shared_ptr<CurlLoop> loop,
                         Resolver& resolver, TrustFiles& trust)
    : store_(std::move(store)),
      loop_(std::move(loop)),
      resolver_(resolver),
      trust_files_(trust),
      share_(curl_share_init()),
      easy_(curl_easy_init()) {
  if (!share_ || !easy_) throw std::bad_alloc();
  curl_share_setopt(share_.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE);
  curl_share_setopt(share_.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT);
  curl_share_setopt(share_.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
  set_up_once();
}

void CurlSession::set_up_once() {
  CURL* easy = easy_.get();
  curl_easy_setopt(easy, CURLOPT_SHARE, share_.get());
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_COOKIEFILE, "");  // no file: cookies in memory
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, curl_version(store_->http));
  curl_easy_setopt(easy, CURLOPT_IPRESOLVE, curl_family(store_->ip));
  // The authorities come with the context function: nothing is loaded for a connection.
  curl_easy_setopt(easy, CURLOPT_CAINFO, nullptr);
  curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
  curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, 0L);
  curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, &CurlSession::on_tls_context);
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, this);
}

CURLcode CurlSession::on_tls_context(CURL*, void* context, void* self) {
  auto& session = *static_cast<CurlSession*>(self);
  session.answer_->tls_begins();
  return session.trust_->apply(static_cast<SSL_CTX*>(context), &session.expiry_)
             ? CURLE_OK
             : CURLE_SSL_CERTPROBLEM;
}

std::optional<CurlSession::Target> CurlSession::parse(const std::string& url) {
  Target target;
  target.url.reset(curl_url());
  if (!target.url) throw std::bad_alloc();
  CURLU* parts = target.url.get();
  if (curl_url_set(parts, CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return std::nullopt;
  const std::string scheme = part(parts, CURLUPART_SCHEME, 0);
  if (scheme != "http" && scheme != "https") return std::nullopt;
  target.https = scheme == "https";
  target.host = part(parts, CURLUPART_HOST, CURLU_PUNYCODE);
  target.port = part(parts, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  if (target.host.empty() || target.port.empty()) return std::nullopt;
  if (target.host.front() == '[') {
    target.host = target.host.substr(1, target.host.size() - 2);
    target.v6 = true;
  } else {
    in_addr address{};
    target.v4 = inet_pton(AF_INET, target.host.c_str(), &address) == 1;
  }
  std::transform(target.host.begin(), target.host.end(), target.host.begin(), [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  });
  return target;
}

bool CurlSession::impossible(const Target& target, Response& response) {
  if (target.v4 && store_->ip == config::IpVersion::v6) {
    return fail(response, TransportError::connect,
                target.host + " is an IPv4 address, but the store is to be reached over IPv6");
  }
  if (target.v6 && store_->ip == config::IpVersion::v4) {
    return fail(response, TransportError::connect,
                target.host + " is an IPv6 address, but the store is to be reached over IPv4");
  }
  return target.https && !trust_is_loaded(response);
}

bool CurlSession::trust_is_loaded(Response& response) {
  if (trust_) return true;
  try {
    trust_ = trust_files_.trust(store_->tls);
    return true;
  } catch (const std::runtime_error& error) {
    fail(response, TransportError::internal, error.what());
    return false;
  }
}

bool CurlSession::needs_lookup(const Target& target) const {
  return !target.v4 && !target.v6 && !is_localhost(target.host) &&
         !resolved_.contains(target.key());
}

void CurlSession::remember(const Target& target, const Addresses& addresses) {
  std::string entry = target.key() + ":";
  for (const std::string& address : addresses.numeric) {
    if (entry.back() != ':') entry += ',';
    entry += address.find(':') == std::string::npos ? address : "[" + address + "]";
  }
  addresses_ = CurlList();
  addresses_.append(entry.c_str());
  curl_easy_setopt(easy_.get(), CURLOPT_RESOLVE, addresses_.get());
  resolved_.insert(target.key());
}

void CurlSession::set_up(const Request& request, const Target& target, const CurlList& headers) {
  CURL* easy = easy_.get();
  expiry_.reset();
  curl_easy_setopt(easy, CURLOPT_CURLU, target.url.get());
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, buffer_size(target.https, store_->http));
  set_method(easy, request);
}

// Forgets what belonged to the request; curl keeps pointers.
void CurlSession::release_request() {
  CURL* easy = easy_.get();
  curl_easy_setopt(easy, CURLOPT_CURLU, nullptr);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, nullptr);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, nullptr);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, nullptr);
  curl_easy_setopt(easy, CURLOPT_RESOLVE, nullptr);
  curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 0L);
}

asio::awaitable<Response> CurlSession::perform(Request request) {
  const SteadyTime began = steady_clock::now();
  Response response;
  auto cancellation = co_await asio::this_coro::cancellation_state;
  if (cancellation.cancelled() != asio::cancellation_type::none) {
    fail(response, TransportError::cancelled, "cancelled");
    co_return response;
  }
  const auto target = parse(request.url);
  CurlList headers;
  if (!target) {
    fail(response, TransportError::protocol, "not a usable http or https URL: " + request.url);
    co_return response;
  }
  if (!list_headers(request, headers)) {
    fail(response, TransportError::protocol, "a request header would hold a line break");
    co_return response;
  }
  if (impossible(*target, response)) co_return response;

  std::optional<Microseconds> lookup_time;
  if (needs_lookup(*target)) {
    const Addresses found = co_await resolver_.resolve(target->host, store_->ip, request.deadline);
    lookup_time = since(began);
    response.total = *lookup_time;
    if (!found.numeric.empty()) {
      remember(*target, found);
    } else if (found.cancelled) {
      fail(response, TransportError::cancelled, "cancelled");
      co_return response;
    } else {
      response.resolver_silent = found.silent;
      response.phases.dns = lookup_time;
      fail(response, TransportError::dns, found.error_text);
      co_return response;
    }
    cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none) {
      fail(response, TransportError::cancelled, "cancelled");
      co_return response;
    }
  }

  CurlAnswer answer(easy_.get(), store_->limits, request, response);
  answer_ = &answer;
  set_up(request, *target, headers);
  CURLcode code = CURLE_OK;
  const CurlLoop::End end = co_await loop_->transfer(easy_.get(), request.deadline, code);
  answer.finish(end, code, target->https);
  release_request();
  response.phases.dns = lookup_time;
  response.certificate_expiry = expiry_;
  response.total = since(began);
  co_return response;
}

std::optional<std::string> CurlSession::cookie(const std::string& name, const std::string& url) {
  const auto target = parse(url);
  curl_slist* jar = nullptr;
  if (!target || curl_easy_getinfo(easy_.get(), CURLINFO_COOKIELIST, &jar) != CURLE_OK) {
    return std::nullopt;
  }
  const std::unique_ptr<curl_slist, CurlRelease<curl_slist_free_all>> owner(jar);
  std::vector<std::string> lines;
  for (const curl_slist* line = jar; line; line = line->next) lines.emplace_back(line->data);
  const std::string path = part(target->url.get(), CURLUPART_PATH, 0);
  CookieTarget where;
  where.host = target->host;
  where.path = path;
  where.secure = target->https || target->host == "localhost" || target->host == "127.0.0.1" ||
                 target->host == "::1";
  return cookie_for(lines, name, where);
}

}  // namespace tillwatch::probes
