#include "tests/bench/rivals.h"

#include <array>
#include <csignal>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "tests/bench/page_server.h"

namespace tillwatch::bench {

namespace {

int connect_to(unsigned short port) {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
    return descriptor;
  }
  close(descriptor);
  return -1;
}

bool complete(const std::string& answer, std::size_t& wanted) {
  if (wanted == std::string::npos) {
    const auto head = answer.find("\r\n\r\n");
    const auto length = answer.find("Content-Length: ");
    if (head == std::string::npos) return false;
    if (length > head) return answer.ends_with("\r\n0\r\n\r\n");  // chunked
    wanted = head + 4 + std::stoul(answer.substr(length + 16, 12));
  }
  return answer.size() >= wanted;
}

// Sends a request and reads its whole answer, which must hold `text`.
template <class Read, class Write>
bool fetch(const std::string& path, const char* text, Read receive, Write send) {
  const std::string request =
      "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bare\r\nAccept: */*\r\n\r\n";
  if (send(request.data(), static_cast<int>(request.size())) <= 0) return false;
  std::array<char, 16384> part;
  std::string answer;
  std::size_t wanted = std::string::npos;
  do {
    const auto size = receive(part.data(), static_cast<int>(part.size()));
    if (size <= 0) return false;
    answer.append(part.data(), static_cast<std::size_t>(size));
  } while (!complete(answer, wanted));
  return answer.starts_with("HTTP/1.1 200") && answer.find(text) != std::string::npos;
}

bool fetch_plain(int descriptor, const std::string& path, const char* text) {
  return fetch(
      path, text,
      [&](char* into, int size) {
        return recv(descriptor, into, static_cast<std::size_t>(size), 0);
      },
      [&](const char* from, int size) {
        return ::send(descriptor, from, static_cast<std::size_t>(size), MSG_NOSIGNAL);
      });
}

bool fetch_secure(SSL_CTX* context, int descriptor) {
  SSL* connection = SSL_new(context);
  X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(connection), "127.0.0.1");
  SSL_set_fd(connection, descriptor);
  const bool done =
      SSL_connect(connection) == 1 && SSL_get_verify_result(connection) == X509_V_OK &&
      fetch(
          "/", page_text, [&](char* into, int size) { return SSL_read(connection, into, size); },
          [&](const char* from, int size) { return SSL_write(connection, from, size); });
  SSL_shutdown(connection);
  SSL_free(connection);
  return done;
}

// A child with its output thrown away, on one processor, gone when the bench goes.
pid_t start(int processor, const std::vector<std::string>& command) {
  const pid_t process = fork();
  if (process != 0) return process;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  pin_to(processor);
  const int nowhere = open("/dev/null", O_RDWR);
  dup2(nowhere, STDOUT_FILENO);
  dup2(nowhere, STDERR_FILENO);
  std::vector<char*> arguments;
  for (const std::string& one : command) arguments.push_back(const_cast<char*>(one.c_str()));
  arguments.push_back(nullptr);
  execvp(arguments[0], arguments.data());
  _exit(127);
}

unsigned short free_port() {
  const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(descriptor, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no free port");
  }
  close(descriptor);
  return ntohs(address.sin_port);
}

bool installed(const char* program) { return access(program, X_OK) == 0; }

std::string blackbox_configuration(const std::string& authority, const std::string& text) {
  return "modules:\n  page:\n    prober: http\n    timeout: 10s\n    http:\n"
         "      preferred_ip_protocol: ip4\n      valid_status_codes: [200]\n"
         "      fail_if_body_not_matches_regexp: [\"" +
         text +
         "\"]\n"
         "      tls_config: {ca_file: " +
         authority + "}\n";
}

}  // namespace

std::size_t bare_loop(unsigned short port, const char* authority, std::size_t pages,
                      const std::function<void()>& ready) {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()),
                                                                  &SSL_CTX_free);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  if (authority) SSL_CTX_load_verify_file(context.get(), authority);
  ready();
  for (std::size_t i = 0; i < pages; ++i) {
    const int descriptor = connect_to(port);
    if (descriptor < 0) return 0;
    const bool done = authority ? fetch_secure(context.get(), descriptor)
                                : fetch_plain(descriptor, "/", page_text);
    close(descriptor);
    if (!done) return 0;
  }
  return pages;
}

std::optional<Cost> apache_bench(int processor, const std::string& url, std::size_t pages) {
  if (!installed("/usr/bin/ab")) return std::nullopt;
  const pid_t process =
      start(processor, {"ab", "-q", "-n", std::to_string(pages), "-c", "8", url + "/"});
  int status = 0;
  rusage usage{};
  wait4(process, &status, 0, &usage);
  if (status != 0) return std::nullopt;
  const auto us = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  };
  Cost cost;
  cost.count = static_cast<double>(pages);
  cost.cpu_us = (us(usage.ru_utime) + us(usage.ru_stime)) / cost.count;
  cost.per_second = 1e6 / cost.cpu_us;
  return cost;
}

std::optional<Cost> blackbox_exporter(int processor, const std::filesystem::path& folder,
                                      const std::filesystem::path& authority,
                                      const std::string& url, const std::string& text,
                                      std::size_t pages) {
  if (!installed("/usr/bin/prometheus-blackbox-exporter")) return std::nullopt;
  const auto file = folder / "blackbox.yml";
  std::ofstream(file) << blackbox_configuration(authority.string(), text);
  const unsigned short port = free_port();
  const pid_t process =
      start(processor, {"prometheus-blackbox-exporter", "--config.file=" + file.string(),
                        "--web.listen-address=127.0.0.1:" + std::to_string(port)});
  const std::unique_ptr<const pid_t, void (*)(const pid_t*)> owner(&process, [](const pid_t* one) {
    kill(*one, SIGTERM);
    waitpid(*one, nullptr, 0);
  });
  int descriptor = -1;
  for (int i = 0; i < 400 && descriptor < 0; ++i) {
    descriptor = connect_to(port);
    if (descriptor < 0) std::this_thread::sleep_for(std::chrono::milliseconds(25));
  }
  const std::string path = "/probe?module=page&target=" + url + "/";
  Cost cost;
  double before = 0;
  const std::size_t warm_up = 50;
  for (std::size_t i = 0; i < warm_up + pages; ++i) {
    if (i == warm_up) before = cpu_us_of(process);
    if (!fetch_plain(descriptor, path, "probe_success 1\n")) {
      close(descriptor);
      throw std::runtime_error("prometheus-blackbox-exporter did not answer");
    }
  }
  close(descriptor);
  cost.count = static_cast<double>(pages);
  cost.cpu_us = (cpu_us_of(process) - before) / cost.count;
  cost.per_second = 1e6 / cost.cpu_us;
  return cost;
}

}  // namespace tillwatch::bench
