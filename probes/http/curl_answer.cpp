#include "probes/http/curl_answer.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <string>
#include <vector>

namespace tillwatch::probes {

namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blank = " \t\r\n";
  const auto first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return lower;
}

curl_off_t microseconds(CURL* easy, CURLINFO what) {
  curl_off_t value = 0;
  curl_easy_getinfo(easy, what, &value);
  return value;
}

long number(CURL* easy, CURLINFO what) {
  long value = 0;
  curl_easy_getinfo(easy, what, &value);
  return value;
}

std::string text(CURL* easy, CURLINFO what) {
  const char* value = nullptr;
  curl_easy_getinfo(easy, what, &value);
  return value ? value : "";
}

const char* version_name(long version) {
  switch (version) {
    case CURL_HTTP_VERSION_1_0:
      return "1.0";
    case CURL_HTTP_VERSION_1_1:
      return "1.1";
    case CURL_HTTP_VERSION_2_0:
      return "2";
    default:
      return "";
  }
}

// TLS 1.3 servers refuse a client's certificate only after the handshake, as an alert in the
// stream.
bool names_tls_alert(std::string_view words) {
  return words.find("alert") != std::string_view::npos &&
         words.find("OpenSSL") != std::string_view::npos;
}

TransportError error_of(CURLcode code, long system_error, std::string_view words) {
  switch (code) {
    case CURLE_OK:
      return TransportError::none;
    case CURLE_COULDNT_RESOLVE_HOST:
      return TransportError::dns;
    case CURLE_COULDNT_CONNECT:
      return system_error == ECONNREFUSED ? TransportError::connect_refused
                                          : TransportError::connect;
    case CURLE_OPERATION_TIMEDOUT:  // the kernel's; ours is a deadline
    case CURLE_INTERFACE_FAILED:
    case CURLE_NO_CONNECTION_AVAILABLE:
      return TransportError::connect;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_SHUTDOWN_FAILED:
    case CURLE_USE_SSL_FAILED:
      return TransportError::tls;
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
      return names_tls_alert(words) ? TransportError::tls : TransportError::protocol;
    case CURLE_OUT_OF_MEMORY:  // so curl says that a header line outgrew its own limit
    case CURLE_FILESIZE_EXCEEDED:
      return TransportError::too_large;
    case CURLE_FAILED_INIT:
    case CURLE_NOT_BUILT_IN:
    case CURLE_BAD_FUNCTION_ARGUMENT:
    case CURLE_UNKNOWN_OPTION:
    case CURLE_ABORTED_BY_CALLBACK:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_CACERT_BADFILE:
      return TransportError::internal;
    default:
      return TransportError::protocol;
  }
}

}  // namespace

CurlAnswer::CurlAnswer(CURL* easy, const config::Limits& limits, const Request& request,
                       Response& response)
    : easy_(easy), limits_(limits), request_(request), response_(response) {
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &CurlAnswer::on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &CurlAnswer::on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, curls_words_);
}

std::size_t CurlAnswer::on_header(char* text, std::size_t, std::size_t size, void* self) {
  return static_cast<CurlAnswer*>(self)->add_header({text, size}) ? size : 0;
}

std::size_t CurlAnswer::on_body(char* text, std::size_t, std::size_t size, void* self) {
  return static_cast<CurlAnswer*>(self)->add_body({text, size}) ? size : 0;
}

// The counts go on over interim answers and trailers: those have the same room together.
bool CurlAnswer::add_header(std::string_view line) {
  header_bytes_ += line.size();
  ++header_lines_;
  if (header_bytes_ > limits_.headers) return refuse("the headers are", limits_.headers, "bytes");
  if (header_lines_ > limits_.header_count) {
    return refuse("the headers are", limits_.header_count, "lines");
  }
  auto& headers = response_.headers;
  if (!in_headers_ && line.starts_with("HTTP/")) {
    in_headers_ = true;
    headers.clear();
    return true;
  }
  const std::string_view content = trimmed(line);
  if (content.empty()) {
    in_headers_ = false;
    return true;
  }
  if ((line.front() == ' ' || line.front() == '\t') && !headers.empty()) {
    headers.back().second.append(" ").append(content);
    return true;
  }
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return true;
  headers.emplace_back(lower_case(trimmed(line.substr(0, colon))), trimmed(line.substr(colon + 1)));
  return true;
}

bool CurlAnswer::stream(std::string_view part) {
  streamed_ += part.size();
  if (streamed_ > request_.most_streamed) {
    return refuse("the body is", request_.most_streamed, "bytes");
  }
  if (request_.sink(response_, part)) return true;
  response_.error = TransportError::cancelled;
  response_.error_text = "the reader of the body wanted no more of it";
  return false;
}

void CurlAnswer::choose_decoder() {
  std::vector<std::string_view> codings;
  for (const auto& [name, value] : response_.headers) {
    if (name == "content-encoding") codings.emplace_back(value);
  }
  const std::size_t most = std::max(limits_.body, request_.most_streamed);
  decoder_.emplace(codings, most, [this](std::string_view plain) { return add_plain(plain); });
}

bool CurlAnswer::add_body(std::string_view part) {
  if (!decoder_) choose_decoder();
  if (decoder_->write(part)) return true;
  if (decoder_->is_too_large()) return refuse("the body is", limits_.body, "bytes");
  if (!decoder_->problem().empty()) {
    response_.error = TransportError::protocol;
    response_.error_text = decoder_->problem();
  }
  return false;
}

bool CurlAnswer::add_plain(std::string_view part) {
  if (request_.sink && number(easy_, CURLINFO_RESPONSE_CODE) == 200) return stream(part);
  auto& body = response_.body;
  if (body.empty() && !response_.header("content-encoding")) {
    curl_off_t announced = -1;
    curl_easy_getinfo(easy_, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
    if (announced > 0) {
      body.reserve(std::min(static_cast<std::size_t>(announced), limits_.body));
    }
  }
  const std::size_t room = limits_.body - body.size();
  body.append(part.substr(0, room));
  return part.size() <= room || refuse("the body is", limits_.body, "bytes");
}

bool CurlAnswer::refuse(const char* what, std::size_t limit, const char* unit) {
  response_.error = TransportError::too_large;
  response_.error_text =
      std::string(what) + " longer than the limit of " + std::to_string(limit) + " " + unit;
  return false;
}

void CurlAnswer::tls_begins() { tls_began_ = std::chrono::steady_clock::now(); }

void CurlAnswer::finish(CurlLoop::End end, CURLcode code, bool https) {
  measure(https);
  switch (end) {
    case CurlLoop::End::finished:
      explain(code);
      break;
    case CurlLoop::End::deadline:
      explain_deadline(https);
      break;
    case CurlLoop::End::cancelled:
      response_.error = TransportError::cancelled;
      response_.error_text = "cancelled";
      break;
  }
}

void CurlAnswer::measure(bool https) {
  response_.status = static_cast<int>(number(easy_, CURLINFO_RESPONSE_CODE));
  response_.http_version = version_name(number(easy_, CURLINFO_HTTP_VERSION));
  response_.remote_address = text(easy_, CURLINFO_PRIMARY_IP);
  const bool reused = number(easy_, CURLINFO_NUM_CONNECTS) == 0;
  const auto looked_up = microseconds(easy_, CURLINFO_NAMELOOKUP_TIME_T);
  const auto connected = microseconds(easy_, CURLINFO_CONNECT_TIME_T);
  const auto secured = microseconds(easy_, CURLINFO_APPCONNECT_TIME_T);
  const auto sent = microseconds(easy_, CURLINFO_PRETRANSFER_TIME_T);
  const auto first_byte = microseconds(easy_, CURLINFO_STARTTRANSFER_TIME_T);
  const auto ended = microseconds(easy_, CURLINFO_TOTAL_TIME_T);
  response_.connected = connected > 0 || sent > 0 || tls_began_;
  auto& phases = response_.phases;
  if (!reused && connected > 0) {
    phases.connect = Microseconds(connected - looked_up);
  } else if (tls_began_) {
    phases.connect = std::chrono::duration_cast<Microseconds>(*tls_began_ - began_);
  }
  if (!reused && https && secured > 0) phases.tls = Microseconds(secured - connected);
  if (sent > 0 && first_byte > 0) {
    phases.first_byte = Microseconds(first_byte - sent);
    phases.transfer = Microseconds(std::max<curl_off_t>(ended - first_byte, 0));
  }
}

void CurlAnswer::explain_deadline(bool https) {
  response_.error = TransportError::timeout;
  if (!response_.connected) {
    response_.error = TransportError::connect;
    response_.error_text = "no answer while connecting";
    if (!response_.remote_address.empty()) {
      response_.error_text += " to " + response_.remote_address;
    }
  } else if (https && microseconds(easy_, CURLINFO_APPCONNECT_TIME_T) == 0) {
    response_.error_text = "the TLS handshake was not finished in time";
  } else if (!response_.phases.first_byte) {
    response_.error_text = "no answer to the request in time";
  } else {
    response_.error_text = "the answer was not complete in time; " +
                           std::to_string(response_.body.size() + streamed_) +
                           " bytes of the body came";
  }
}

void CurlAnswer::explain(CURLcode code) {
  if (response_.error != TransportError::none) return;
  if (code == CURLE_OK) {
    if (!decoder_ || decoder_->finish()) return;
    response_.error = TransportError::protocol;
    response_.error_text = decoder_->problem();
    return;
  }
  const long system_error = number(easy_, CURLINFO_OS_ERRNO);
  response_.error_text = curls_words_[0] != '\0' ? curls_words_ : curl_easy_strerror(code);
  response_.error = error_of(code, system_error, response_.error_text);
}

}  // namespace tillwatch::probes
