#include "daemon/service/control.h"

#include <sys/stat.h>
#include <sys/time.h>

#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

namespace tillwatch::service {
namespace {

namespace asio = boost::asio;
using asio::local::stream_protocol;
using boost::system::error_code;

constexpr std::string_view request = "reload\n";
constexpr std::chrono::seconds time_to_ask{5};
constexpr long seconds_to_answer = 120;

// One question. Keeps itself alive until it is answered.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(stream_protocol::socket socket, const Control::Reload& reload)
      : socket_(std::move(socket)), timer_(socket_.get_executor()), reload_(reload) {}

  void serve() {
    timer_.expires_after(time_to_ask);
    timer_.async_wait([self = shared_from_this()](error_code cancelled) {
      error_code ignored;
      if (!cancelled) self->socket_.close(ignored);
    });
    asio::async_read_until(socket_, asio::dynamic_buffer(asked_, request.size()), '\n',
                           [self = shared_from_this()](error_code error, std::size_t) {
                             self->timer_.cancel();
                             if (!error) self->answer();
                           });
  }

 private:
  void answer() {
    if (asked_ == request) {
      const std::string problems = reload_();
      answer_ = problems.empty() ? "ok\n" : "refused\n" + problems + "\n";
    } else {
      answer_ = "refused\nthere is but `reload`\n";
    }
    asio::async_write(socket_, asio::buffer(answer_),
                      [self = shared_from_this()](error_code, std::size_t) {});
  }

  stream_protocol::socket socket_;
  asio::steady_timer timer_;
  const Control::Reload& reload_;
  std::string asked_;
  std::string answer_;
};

std::runtime_error cannot(const std::string& what, const std::filesystem::path& path,
                          const std::string& why) {
  return std::runtime_error(what + " " + path.string() + ": " + why);
}

}  // namespace

std::filesystem::path control_path() {
  const char* folders = std::getenv("RUNTIME_DIRECTORY");
  if (folders == nullptr) return {};
  const std::string_view text(folders);
  return std::filesystem::path(text.substr(0, text.find(':'))) / "control";
}

class Control::Listener : public std::enable_shared_from_this<Listener> {
 public:
  Listener(asio::io_context& loop, std::filesystem::path path, Reload reload)
      : acceptor_(loop), path_(std::move(path)), reload_(std::move(reload)) {
    error_code error;
    std::filesystem::remove(path_, error);  // of a process that was killed
    try {
      acceptor_.open();
      acceptor_.bind(stream_protocol::endpoint(path_.string()));
      if (chmod(path_.c_str(), S_IRUSR | S_IWUSR) != 0) throw std::runtime_error("chmod failed");
      acceptor_.listen();
    } catch (const std::exception& problem) {
      throw cannot("cannot listen on", path_, problem.what());
    }
  }

  void accept() {
    acceptor_.async_accept(
        [self = shared_from_this()](error_code error, stream_protocol::socket socket) {
          if (error == asio::error::operation_aborted) return;
          if (!error) std::make_shared<Session>(std::move(socket), self->reload_)->serve();
          self->accept();
        });
  }

  void close() {
    error_code ignored;
    acceptor_.close(ignored);
    std::filesystem::remove(path_, ignored);
  }

 private:
  stream_protocol::acceptor acceptor_;
  std::filesystem::path path_;
  Reload reload_;
};

Control::Control(asio::io_context& loop, const std::filesystem::path& path, Reload reload) {
  if (path.empty()) return;
  listener_ = std::make_shared<Listener>(loop, path, std::move(reload));
  listener_->accept();
}

Control::~Control() {
  if (listener_) listener_->close();
}

Answer ask_to_reload(const std::filesystem::path& path) {
  asio::io_context context;
  stream_protocol::socket socket(context);
  std::string text;
  error_code error;
  try {
    socket.connect(stream_protocol::endpoint(path.string()));
    const timeval patience{seconds_to_answer, 0};
    setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    asio::write(socket, asio::buffer(request));
    asio::read(socket, asio::dynamic_buffer(text), error);
  } catch (const std::exception& problem) {
    throw cannot("no daemon answers at", path, problem.what());
  }
  if (text.starts_with("ok\n")) return {true, {}};
  const auto end = text.find('\n');
  if (!text.starts_with("refused\n")) throw cannot("no daemon answers at", path, error.message());
  return {false, text.substr(end + 1)};
}

}  // namespace tillwatch::service
