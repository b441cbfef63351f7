#include "daemon/web/session.h"

#include <algorithm>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace tillwatch {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

constexpr auto awaiting = asio::as_tuple(asio::use_awaitable);

// "example.com:80" -> "example.com", "[::1]:80" -> "::1".
std::string host_without_port(std::string_view host) {
  if (host.starts_with('[')) return std::string(host.substr(1, host.find(']') - 1));
  return std::string(host.substr(0, host.rfind(':')));
}

// A page elsewhere can make a browser ask us by a name of its own that resolves to loopback (DNS
// rebinding), but it cannot make it send a number or `localhost`.
bool host_is_local(std::string_view header) {
  const std::string host = host_without_port(header);
  if (host.empty() || host == "localhost" || host.ends_with(".localhost")) return true;
  error_code not_a_number;
  asio::ip::make_address(host, not_a_number);
  return !not_a_number;
}

// A body of which only the first bytes are kept; the others are read and dropped.
struct CutBody {
  struct value_type {
    std::string text;
    std::size_t most = std::string::npos;
  };
  class reader {
   public:
    template <bool is_request, typename Fields>
    reader(http::header<is_request, Fields>&, value_type& body) : body_(body) {}
    void init(const boost::optional<std::uint64_t>&, error_code& error) { error = {}; }
    template <typename Buffers>
    std::size_t put(const Buffers& buffers, error_code& error) {
      error = {};
      for (const asio::const_buffer buffer : beast::buffers_range_ref(buffers)) {
        const std::size_t left = body_.most - std::min(body_.most, body_.text.size());
        body_.text.append(static_cast<const char*>(buffer.data()), std::min(left, buffer.size()));
      }
      return asio::buffer_size(buffers);
    }
    void finish(error_code& error) { error = {}; }

   private:
    value_type& body_;
  };
};

// False where the target is not an absolute path that decodes.
bool read_target(std::string_view target, HttpRequest& into) {
  const auto url = boost::urls::parse_origin_form(boost::core::string_view(target));
  if (!url) return false;
  into.path = url->path();
  const boost::urls::encoding_opts form(true);  // a plus is a space
  for (const auto& parameter : url->params(form)) {
    into.query.emplace_back(parameter.key, parameter.value);
  }
  return into.path.find('\0') == std::string::npos;
}

// Method, headers and body of a whole message; the body is moved.
void take_message(http::request<CutBody>& message, HttpRequest& into) {
  into.method = message.method() == http::verb::head ? "GET" : message.method_string();
  for (const auto& field : message) {
    std::string name(field.name_string());
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return 'A' <= c && c <= 'Z' ? static_cast<char>(c | 32) : c; });
    into.headers.emplace_back(std::move(name), field.value());
  }
  into.body = std::move(message.body().text);
}

HttpResponse refusal(const error_code& error) {
  if (error == http::error::header_limit) {
    return plain_text(431, "The request's headers are too large.");
  }
  if (error == http::error::body_limit) return plain_text(413, "The request's body is too large.");
  return plain_text(400, "This is not an HTTP request that tillwatch understands.");
}

class HttpSession final : public Session, public std::enable_shared_from_this<HttpSession> {
 public:
  HttpSession(std::shared_ptr<Sessions> sessions, Connection socket, std::string user)
      : sessions_(std::move(sessions)),
        socket_(std::move(socket)),
        user_(std::move(user)),
        timer_(socket_.get_executor()) {
    sessions_->open.push_back(this);
  }
  HttpSession(const HttpSession&) = delete;
  HttpSession& operator=(const HttpSession&) = delete;
  ~HttpSession() override { sessions_->open.remove(this); }

  asio::awaitable<void> serve() override;
  bool busy() const override { return busy_; }
  void close() override;
  void close_after(std::chrono::milliseconds grace) override { expire_after(grace); }

 private:
  using Parser = http::request_parser<CutBody>;

  asio::awaitable<bool> serve_one();
  asio::awaitable<bool> read(Parser& parser, error_code& error);
  void bound_body(Parser& parser, error_code& error) const;
  asio::awaitable<bool> read_message(Parser& parser, error_code& error);
  asio::awaitable<HttpResponse> answer(Parser& parser);
  asio::awaitable<bool> send(HttpResponse response, unsigned version, bool keep_alive,
                             bool head_only);
  asio::awaitable<void> linger();
  // Cancels what the socket is doing, once, unless set anew before.
  void expire_after(std::chrono::milliseconds time);

  std::shared_ptr<Sessions> sessions_;
  Connection socket_;
  std::string user_;
  asio::steady_timer timer_;
  beast::flat_buffer buffer_;
  unsigned long long deadline_ = 0;  // counts expire_after()
  bool expired_ = false;
  bool busy_ = false;  // answering, not waiting for a request
};

void HttpSession::expire_after(std::chrono::milliseconds time) {
  expired_ = false;
  timer_.expires_after(time);
  timer_.async_wait([weak = weak_from_this(), deadline = ++deadline_](const error_code& cancelled) {
    const auto self = weak.lock();
    if (cancelled || !self || self->deadline_ != deadline) return;
    self->expired_ = true;
    error_code ignored;
    self->socket_.cancel(ignored);
  });
}

void HttpSession::close() {
  error_code ignored;
  socket_.close(ignored);
}

asio::awaitable<void> HttpSession::serve() {
  const auto self = shared_from_this();
  bool open = true;
  while (open && !sessions_->stopping && socket_.is_open()) open = co_await serve_one();
  ++deadline_;
  timer_.cancel();
}

// One request and its answer; false when the connection is at its end.
asio::awaitable<bool> HttpSession::serve_one() {
  Parser parser;
  parser.header_limit(static_cast<std::uint32_t>(sessions_->limits.header_bytes));
  parser.body_limit(std::max(sessions_->limits.body_bytes, sessions_->limits.cut_read_bytes));

  busy_ = false;
  sessions_->open.remove(this);
  sessions_->open.push_back(this);
  error_code error;
  const bool whole = co_await read(parser, error);
  busy_ = true;
  if (!whole) {
    if (!parser.got_some() && (!error || expired_)) co_return false;  // nobody asked anything
    if (error == http::error::end_of_stream || error == http::error::partial_message) {
      co_return false;
    }
    HttpResponse response;
    if (expired_) {
      response = plain_text(408, "The request did not arrive in time.");
    } else if (error.category() == http::make_error_code(http::error::bad_method).category()) {
      response = refusal(error);
    } else {
      co_return false;  // the network's error: nobody is there any more
    }
    const bool sent = co_await send(std::move(response), 11, false, false);
    if (sent) co_await linger();
    co_return false;
  }

  const unsigned version = parser.get().version();
  const bool head_only = parser.get().method() == http::verb::head;
  ++deadline_;
  timer_.cancel();
  HttpResponse response = co_await answer(parser);
  const bool keep_alive = parser.get().keep_alive() && !sessions_->stopping;
  const bool sent = co_await send(std::move(response), version, keep_alive, head_only);
  co_return sent&& keep_alive;
}

// Reads one request into the parser: waits for its first byte, then bounds the rest in time.
asio::awaitable<bool> HttpSession::read(Parser& parser, error_code& error) {
  if (buffer_.size() == 0) {
    expire_after(sessions_->limits.idle_time);
    auto [waited] = co_await socket_.async_wait(asio::socket_base::wait_read, awaiting);
    error = waited;
    if (error || sessions_->stopping) co_return false;
  }
  expire_after(sessions_->limits.request_time);
  const bool whole = co_await read_message(parser, error);
  co_return whole;
}

// The header is known: how large may the body be?
void HttpSession::bound_body(Parser& parser, error_code& error) const {
  const ServerLimits& limits = sessions_->limits;
  const auto target = parser.get().target();
  if (!limits.cut_under.empty() && target.starts_with(limits.cut_under)) {
    parser.get().body().most = limits.cut_bytes;
    return;
  }
  parser.body_limit(limits.body_bytes);
  const auto length = parser.content_length();
  if (length && *length > limits.body_bytes) error = http::error::body_limit;
}

asio::awaitable<bool> HttpSession::read_message(Parser& parser, error_code& error) {
  auto [header_error, header_size] =
      co_await http::async_read_header(socket_, buffer_, parser, awaiting);
  error = header_error;
  if (!error) bound_body(parser, error);
  if (error) co_return false;
  if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
    static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    auto [continue_error, continue_size] =
        co_await asio::async_write(socket_, asio::buffer(go_on), awaiting);
    error = continue_error;
    if (error) co_return false;
  }
  auto [body_error, body_size] = co_await http::async_read(socket_, buffer_, parser, awaiting);
  error = body_error;
  co_return !error;
}

asio::awaitable<HttpResponse> HttpSession::answer(Parser& parser) {
  HttpRequest request;
  const std::string_view target(parser.get().target().data(), parser.get().target().size());
  if (!read_target(target, request)) {
    co_return plain_text(400, "The request's target is not a path.");
  }
  take_message(parser.get(), request);
  request.local_user = user_;
  const std::string* host = request.header("host");
  if (sessions_->loopback && host != nullptr && !host_is_local(*host)) {
    co_return plain_text(421,
                         "This tillwatch listens on loopback and answers only to localhost or a "
                         "numeric address. A reverse proxy must send \"Host: localhost\".");
  }
  HttpResponse response;
  bool failed = false;
  try {
    response = co_await sessions_->handler(std::move(request));
  } catch (const std::exception&) {
    failed = true;
  }
  if (failed) co_return plain_text(500, "tillwatch could not answer; its log may say why.");
  co_return response;
}

asio::awaitable<bool> HttpSession::send(HttpResponse response, unsigned version, bool keep_alive,
                                        bool head_only) {
  http::response<http::empty_body> message;
  message.version(version);
  message.result(static_cast<unsigned>(response.status));
  message.set(http::field::server, "tillwatch");
  message.set(http::field::content_type, response.content_type);
  message.set(http::field::cache_control, "no-store");
  message.set("X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : response.headers) message.set(name, value);
  message.keep_alive(keep_alive);
  message.content_length(response.body.size());
  expire_after(sessions_->limits.response_time);
  http::response_serializer<http::empty_body> serializer(message);
  auto [error, head_size] = co_await http::async_write_header(socket_, serializer, awaiting);
  if (!error && !head_only) {
    // In pieces of 64 KiB, as Asio has it: Beast would hand the kernel a scrape of 20 MB at once
    // and hold up the loop for as long as the client drains it.
    auto [body_error, body_size] =
        co_await asio::async_write(socket_, asio::buffer(response.body), awaiting);
    error = body_error;
  }
  if (error) co_return false;
  if (!keep_alive) socket_.shutdown(asio::socket_base::shutdown_send, error);
  co_return true;
}

// Lets a refusal reach a client that is still sending: closing at once would reset it away.
asio::awaitable<void> HttpSession::linger() {
  expire_after(std::chrono::seconds(1));
  char waste[4096];
  std::size_t left = 1U << 20;
  for (;;) {
    auto [error, size] = co_await socket_.async_read_some(asio::buffer(waste), awaiting);
    if (error || size >= left) co_return;
    left -= size;
  }
}

}  // namespace

std::shared_ptr<Session> make_session(std::shared_ptr<Sessions> sessions, Connection connection,
                                      std::string user) {
  return std::make_shared<HttpSession>(std::move(sessions), std::move(connection), std::move(user));
}

}  // namespace tillwatch
