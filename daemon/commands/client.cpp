#include "daemon/commands/client.h"

#include <curl/curl.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <system_error>

namespace tillwatch {
namespace {

constexpr const char* usual_socket = "/run/tillwatch/control";

// A reload may have to read many files.
constexpr std::chrono::seconds patience{120};

std::size_t append(char* data, std::size_t size, std::size_t count, void* into) {
  static_cast<std::string*>(into)->append(data, size * count);
  return size * count;
}

std::string why(CURL* easy, CURLcode code, const std::string& words) {
  long number = 0;
  curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &number);
  if (code != CURLE_COULDNT_CONNECT || number == 0) {
    return words.empty() ? curl_easy_strerror(code) : words;
  }
  std::string refusal = std::generic_category().message(static_cast<int>(number));
  if (number != EACCES) return refusal;
  return refusal + "; ask as root or as the user that the daemon runs as";
}

}  // namespace

std::filesystem::path control_socket(const Options& options) {
  if (!options.control_socket.empty()) return options.control_socket;
  const char* folders = std::getenv("RUNTIME_DIRECTORY");
  if (folders == nullptr) return {};
  const std::string_view text(folders);
  return std::filesystem::path(text.substr(0, text.find(':'))) / "control";
}

std::filesystem::path daemon_socket(const Options& options) {
  const std::filesystem::path path = control_socket(options);
  return path.empty() ? std::filesystem::path(usual_socket) : path;
}

DaemonClient DaemonClient::at_socket(const std::filesystem::path& path) {
  DaemonClient client;
  client.place_ = path.string();
  client.base_ = "http://localhost";
  client.socket_ = path.string();
  return client;
}

DaemonClient DaemonClient::at_address(const std::string& url) {
  DaemonClient client;
  client.place_ = url;
  client.base_ = url;
  return client;
}

DaemonAnswer DaemonClient::get(const std::string& target) const { return ask(target, nullptr); }

DaemonAnswer DaemonClient::post(const std::string& target, const std::string& body) const {
  return ask(target, &body);
}

DaemonAnswer DaemonClient::ask(const std::string& target, const std::string* body) const {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy(curl_easy_init(),
                                                                 curl_easy_cleanup);
  if (!easy) throw std::runtime_error("libcurl cannot start");
  DaemonAnswer answer;
  const std::string url = base_ + target;
  std::array<char, CURL_ERROR_SIZE> words{};
  const auto set = [&](CURLoption option, auto value) {
    curl_easy_setopt(easy.get(), option, value);
  };
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_ERRORBUFFER, words.data());
  set(CURLOPT_PROTOCOLS_STR, "http");
  set(CURLOPT_NOPROXY, "*");
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_TIMEOUT, static_cast<long>(patience.count()));
  set(CURLOPT_WRITEFUNCTION, append);
  set(CURLOPT_WRITEDATA, &answer.body);
  if (!socket_.empty()) set(CURLOPT_UNIX_SOCKET_PATH, socket_.c_str());
  if (body != nullptr) {
    set(CURLOPT_POSTFIELDSIZE, static_cast<long>(body->size()));
    set(CURLOPT_POSTFIELDS, body->c_str());
  }
  const CURLcode code = curl_easy_perform(easy.get());
  if (code != CURLE_OK) {
    answer.body = why(easy.get(), code, words.data());
    return answer;
  }
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  return answer;
}

}  // namespace tillwatch
