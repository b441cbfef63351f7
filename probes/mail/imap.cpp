#include "probes/mail/imap.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

#include <boost/json/value.hpp>

#include "probes/text/text.h"

// GCC 12 miscompiles some full expressions that hold a co_await: keep every one of them a plain
// statement of its own.

namespace tillwatch::probes {

namespace asio = boost::asio;

namespace {

constexpr std::size_t most_answer = 64U << 10;
constexpr std::size_t most_uids = 100;
constexpr std::size_t most_reply = 400;

bool is_numeric(const std::string& host) {
  return host.find(':') != std::string::npos ||
         host.find_first_not_of("0123456789.") == std::string::npos;
}

// libcurl decodes what it is given.
std::string for_curl(const std::string& command) {
  std::string encoded;
  for (const char c : command) {
    if (c == '%') {
      encoded += "%25";
    } else {
      encoded += c;
    }
  }
  return encoded;
}

std::string joined(const std::vector<std::string>& uids) {
  std::string list;
  for (const std::string& uid : uids) list += (list.empty() ? "" : ",") + uid;
  return list;
}

}  // namespace

ImapSession::ImapSession(std::shared_ptr<const config::ImapMailbox> mailbox,
                         std::shared_ptr<CurlLoop> loop, Resolver& resolver, TrustFiles& trust,
                         SteadyTime deadline)
    : mailbox_(std::move(mailbox)),
      loop_(std::move(loop)),
      resolver_(resolver),
      trust_files_(trust),
      deadline_(deadline),
      share_(curl_share_init()),
      easy_(curl_easy_init()) {
  if (!share_ || !easy_) throw std::bad_alloc();
  curl_share_setopt(share_.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT);
}

// Closing a connection in good order, libcurl would wait for the server's good-bye, and the loop
// with it. So the sockets are shut before; where libcurl closes of its own accord, by sent().
ImapSession::~ImapSession() {
  hang_up();
  easy_.reset();
  share_.reset();
}

void ImapSession::hang_up() {
  for (const curl_socket_t socket : sockets_) shutdown(socket, SHUT_RDWR);
}

// Nothing: the server does not take even a line, and libcurl might wait until it does.
void ImapSession::sent(std::string_view line) {
  const std::string command = command_of(line);
  left_ = line.empty() || command == "LOGOUT";
  if (left_) return hang_up();
  if (command.empty()) return;
  command_ = command;
  reply_.clear();
}

int ImapSession::on_line(CURL*, curl_infotype kind, char* text, std::size_t size, void* self) {
  auto& session = *static_cast<ImapSession*>(self);
  const std::string_view line(text, size);
  if (kind == CURLINFO_HEADER_OUT) session.sent(line);
  if (kind == CURLINFO_HEADER_IN && !session.left_) {
    session.reply_ = line.substr(0, most_reply);
    if (session.lines_.size() + size <= most_answer) session.lines_ += line;
  }
  return 0;
}

curl_socket_t ImapSession::on_open(void* self, curlsocktype, curl_sockaddr* address) {
  const curl_socket_t made =
      socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (made < 0) return CURL_SOCKET_BAD;
  auto& session = *static_cast<ImapSession*>(self);
  session.sockets_.insert(made);
  session.command_.clear();
  return made;
}

int ImapSession::on_close(void* self, curl_socket_t socket) {
  static_cast<ImapSession*>(self)->sockets_.erase(socket);
  return close(socket);
}

std::size_t ImapSession::on_data(char* text, std::size_t, std::size_t size, void* self) {
  auto& session = *static_cast<ImapSession*>(self);
  if (session.answer_.size() + size > most_answer) {
    session.too_much_ = true;
    return 0;
  }
  session.answer_.append(text, size);
  return size;
}

CURLcode ImapSession::on_tls_context(CURL*, void* context, void* self) {
  auto& session = *static_cast<ImapSession*>(self);
  return session.trust_->apply(static_cast<SSL_CTX*>(context), &session.expiry_)
             ? CURLE_OK
             : CURLE_SSL_CERTPROBLEM;
}

asio::awaitable<std::string> ImapSession::open() {
  config::Tls tls;
  tls.ca_file = mailbox_->ca_file;
  std::string trouble;
  try {
    trust_ = trust_files_.trust(tls);
  } catch (const std::runtime_error& error) {
    trouble = error.what();
  }
  if (!trouble.empty()) co_return trouble;
  CURL* easy = easy_.get();
  const bool is_v6 = mailbox_->host.find(':') != std::string::npos;
  const std::string host = is_v6 ? "[" + mailbox_->host + "]" : mailbox_->host;
  const std::string port = std::to_string(mailbox_->port);
  where_ = "the mailbox " + host + ':' + port;
  const std::string url = std::string(mailbox_->starttls ? "imap://" : "imaps://") + host + ':' +
                          port + '/' + mailbox_->folder;
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_SHARE, share_.get());
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "imap,imaps");
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
  curl_easy_setopt(easy, CURLOPT_USERNAME, mailbox_->user.c_str());
  curl_easy_setopt(easy, CURLOPT_PASSWORD, mailbox_->password.c_str());
  curl_easy_setopt(easy, CURLOPT_CAINFO, nullptr);
  curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
  curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, 0L);
  curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, &ImapSession::on_tls_context);
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, this);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &ImapSession::on_data);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &ImapSession::on_open);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &ImapSession::on_close);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, this);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, curls_words_);
  curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, &ImapSession::on_line);
  curl_easy_setopt(easy, CURLOPT_DEBUGDATA, this);
  curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
  if (is_numeric(mailbox_->host) || mailbox_->host == "localhost") co_return trouble;

  const Addresses found =
      co_await resolver_.resolve(mailbox_->host, config::IpVersion::any, deadline_);
  if (found.numeric.empty())
    co_return "the name " + mailbox_->host + " did not resolve: " + found.error_text;
  std::string entry = mailbox_->host + ':' + port + ':';
  for (const std::string& address : found.numeric) {
    if (entry.back() != ':') entry += ',';
    entry += address.find(':') == std::string::npos ? address : "[" + address + "]";
  }
  addresses_.append(entry.c_str());
  curl_easy_setopt(easy, CURLOPT_RESOLVE, addresses_.get());
  co_return trouble;
}

// Some servers say again what they were told.
std::string ImapSession::in_its_words() const {
  if (reply_.empty() || reply_.find(mailbox_->password) != reply_.npos) return {};
  return ": " + in_quotes(reply_, 100);
}

std::string ImapSession::explain_silence() const {
  if (!command_.empty()) return where_ + " did not answer " + command_ + " in time";
  curl_off_t connected = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_CONNECT_TIME_T, &connected);
  if (connected != 0) return where_ + " did not greet us in time";
  return where_ + " took no " + (mailbox_->starttls ? "" : "TLS ") + "connection in time";
}

std::string ImapSession::explain(CurlLoop::End end, CURLcode code) const {
  if (end == CurlLoop::End::deadline) return explain_silence();
  if (end == CurlLoop::End::cancelled) return "cancelled";
  if (code == CURLE_OK) return {};
  if (too_much_) return where_ + " answered " + command_ + " with far too much";
  const bool refused = code == CURLE_LOGIN_DENIED || code == CURLE_QUOTE_ERROR;
  if (refused && (command_ == "LOGIN" || command_ == "AUTHENTICATE")) {
    return where_ + " refused the user or the password" + in_its_words();
  }
  if (refused) return where_ + " refused " + command_ + in_its_words();
  std::string words = curls_words_;
  if (words.empty()) words = curl_easy_strerror(code);
  const std::string when = command_.empty() ? std::string() : " at " + command_;
  return where_ + " could not be read" + when + ": " + one_line(words, 200);
}

asio::awaitable<std::string> ImapSession::ask(std::string command) {
  if (!opened_) {
    opened_ = true;
    trouble_ = co_await open();
  }
  if (!trouble_.empty()) co_return trouble_;
  answer_.clear();
  lines_.clear();
  const std::string encoded = for_curl(command);
  curl_easy_setopt(easy_.get(), CURLOPT_CUSTOMREQUEST, encoded.c_str());
  curls_words_[0] = '\0';
  CURLcode code = CURLE_OK;
  const CurlLoop::End end = co_await loop_->transfer(easy_.get(), deadline_, code);
  std::string trouble = explain(end, code);
  // After a refused command libcurl connects anew; all else is final.
  if (code != CURLE_QUOTE_ERROR || end != CurlLoop::End::finished) trouble_ = trouble;
  co_return trouble;
}

asio::awaitable<std::string> ImapSession::search(std::string token, UtcTime since,
                                                 std::vector<std::string>& uids) {
  const boost::json::value value(token);
  const config::Template::Lookup lookup = [&](std::string_view name) {
    return name == "token" ? &value : nullptr;
  };
  // A day more: a mailbox goes by dates of its own zone.
  std::string command = "UID SEARCH SINCE " + imap_date(since - std::chrono::days(1));
  for (const auto& [key, text] : mailbox_->match) {
    const std::optional<std::string> quoted = imap_quoted(text.render(lookup));
    if (!quoted) co_return "what is to be searched is no plain ASCII";
    command += ' ' + key + ' ' + *quoted;
  }
  std::string trouble = co_await ask(std::move(command));
  if (!trouble.empty()) co_return trouble;
  const auto found = uids_of(answer_, most_uids);
  if (!found) {
    trouble_ = where_ + " gave no proper answer to a search: " + in_quotes(answer_, 100);
    co_return trouble_;
  }
  uids = *found;
  co_return trouble;
}

asio::awaitable<std::string> ImapSession::count(std::vector<std::string> uids, int& copies) {
  copies = static_cast<int>(uids.size());
  std::string trouble;
  if (copies < 2) co_return trouble;
  std::string fetch = "UID FETCH " + joined(uids) + " (BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])";
  trouble = co_await ask(std::move(fetch));
  const int different = different_mails(lines_);
  if (trouble.empty() && different > 0) copies = std::min(copies, different);
  co_return trouble_;  // a server that only refuses this is read on
}

asio::awaitable<MailFound> ImapSession::find(std::string token, UtcTime since) {
  MailFound found;
  std::vector<std::string> uids;
  found.trouble = co_await search(std::move(token), since, uids);
  if (!found.trouble.empty() || uids.empty()) co_return found;
  std::vector<std::string> counted = uids;
  found.trouble = co_await count(std::move(counted), found.sighting.copies);
  if (!found.trouble.empty()) co_return found;
  std::string fetch = "UID FETCH " + joined(uids) + " (INTERNALDATE)";
  found.trouble = co_await ask(std::move(fetch));
  if (!found.trouble.empty()) co_return found;
  found.sighting.arrived = internal_date_of(answer_);
  if (!found.sighting.arrived) {
    trouble_ = where_ + " did not say when a mail arrived: " + in_quotes(answer_, 100);
    found.trouble = trouble_;
  }
  co_return found;
}

asio::awaitable<bool> ImapSession::remove(std::string token, UtcTime since) {
  std::vector<std::string> uids;
  std::string trouble = co_await search(std::move(token), since, uids);
  if (!trouble.empty()) co_return false;
  if (uids.empty()) co_return true;
  const std::string list = joined(uids);
  std::string store = "UID STORE " + list + " +FLAGS.SILENT (\\Deleted)";
  trouble = co_await ask(std::move(store));
  if (!trouble.empty()) co_return false;
  // Only ours, where the server can (UIDPLUS).
  std::string expunge = "UID EXPUNGE " + list;
  trouble = co_await ask(std::move(expunge));
  if (trouble.empty()) co_return true;
  std::string all = "EXPUNGE";
  trouble = co_await ask(std::move(all));
  co_return trouble.empty();
}

}  // namespace tillwatch::probes
