#pragma once

// A mailbox over IMAP, on libcurl: one session looks for any number of tokens and then closes.
//
// Everything that the server says is bounded: lines by libcurl, an answer to 64 KiB, uids to a
// hundred, the whole by a deadline. Anything that is no proper answer is trouble, never "not
// there". No server makes the loop wait for it.
//
// Threads: that of the executor.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "config/kinds/email_flow.h"
#include "probes/http/curl_handles.h"
#include "probes/http/curl_loop.h"
#include "probes/http/resolver.h"
#include "probes/http/trust.h"
#include "probes/mail/mailbox.h"

namespace tillwatch::probes {

class ImapSession final : public Mailbox {
 public:
  // `resolver` and `trust` outlive the session.
  ImapSession(std::shared_ptr<const config::ImapMailbox> mailbox, std::shared_ptr<CurlLoop> loop,
              Resolver& resolver, TrustFiles& trust, SteadyTime deadline);
  ImapSession(const ImapSession&) = delete;
  ImapSession& operator=(const ImapSession&) = delete;
  ~ImapSession() override;

  boost::asio::awaitable<MailFound> find(std::string token, UtcTime since) override;
  boost::asio::awaitable<bool> remove(std::string token, UtcTime since) override;

 private:
  struct Answer;
  boost::asio::awaitable<std::string> open();
  // What went wrong; empty: nothing. `answer_` is what the server said.
  boost::asio::awaitable<std::string> ask(std::string command);
  boost::asio::awaitable<std::string> search(std::string token, UtcTime since,
                                             std::vector<std::string>& uids);
  // How many of them are different mails: one that was delivered twice has the same Message-ID.
  boost::asio::awaitable<std::string> count(std::vector<std::string> uids, int& copies);
  std::string explain(CurlLoop::End end, CURLcode code) const;
  std::string explain_silence() const;
  std::string in_its_words() const;
  void sent(std::string_view line);
  void hang_up();
  static std::size_t on_data(char* text, std::size_t, std::size_t size, void* self);
  static int on_line(CURL*, curl_infotype kind, char* text, std::size_t size, void* self);
  static CURLcode on_tls_context(CURL*, void* context, void* self);
  static curl_socket_t on_open(void* self, curlsocktype, curl_sockaddr* address);
  static int on_close(void* self, curl_socket_t socket);

  std::shared_ptr<const config::ImapMailbox> mailbox_;
  std::shared_ptr<CurlLoop> loop_;
  Resolver& resolver_;
  TrustFiles& trust_files_;
  SteadyTime deadline_;
  std::optional<Trust> trust_;
  std::optional<UtcTime> expiry_;
  std::string trouble_;  // the session is of no use any more
  bool opened_ = false;
  std::string where_;    // for people
  std::string command_;  // the last that was sent: "SELECT"; empty before the first
  std::string reply_;    // the last line that came of its answer
  bool left_ = false;    // LOGOUT was sent; what follows is no answer to anything
  std::string answer_;
  std::string lines_;  // all of the answer, literals among it
  bool too_much_ = false;
  char curls_words_[CURL_ERROR_SIZE] = {};
  std::unordered_set<curl_socket_t> sockets_;
  CurlList addresses_;
  CurlShare share_;
  CurlEasy easy_;
};

// Parts of what a server says; for tests too.
// The command of a line that is sent, without its tag and its arguments: "UID SEARCH"; empty where
// it is none (the lines of an authentication).
std::string command_of(std::string_view line);
// The numbers of "* SEARCH 1 2 3" lines; nothing where there is no such line or it is no list of
// numbers.
std::optional<std::vector<std::string>> uids_of(std::string_view answer, std::size_t most);
// The earliest INTERNALDATE of FETCH lines; nothing where there is none.
std::optional<UtcTime> internal_date_of(std::string_view answer);
// How many different mails an answer to FETCH BODY[HEADER.FIELDS (MESSAGE-ID)] tells of; a mail
// without a Message-ID is one of its own. 0 where it tells of none.
int different_mails(std::string_view answer);
// A text as IMAP quotes it; nothing where it cannot be (not plain ASCII).
std::optional<std::string> imap_quoted(std::string_view text);
// "23-Nov-2026"
std::string imap_date(UtcTime time);

}  // namespace tillwatch::probes
