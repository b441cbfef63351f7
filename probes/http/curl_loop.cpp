#include "probes/http/curl_loop.h"

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include <sys/epoll.h>

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tillwatch::probes {

namespace asio = boost::asio;

namespace {

int make_epoll() {
  const int descriptor = epoll_create1(EPOLL_CLOEXEC);
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  return descriptor;
}

// Idle connections that one run may keep: far more than the hosts that it may visit.
constexpr long kept_connections = 64;

}  // namespace

// One easy handle in the multi handle, for exactly this object's life. Its timer is the deadline
// and, cut short, the news that the transfer has ended.
class CurlLoop::Transfer {
 public:
  Transfer(CurlLoop& loop, CURL* easy, SteadyTime deadline)
      : timer_(loop.executor_, deadline), loop_(loop.shared_from_this()), easy_(easy) {
    curl_easy_setopt(easy, CURLOPT_PRIVATE, this);
    if (curl_multi_add_handle(loop.multi_.get(), easy) != CURLM_OK) {
      ended_ = CURLE_FAILED_INIT;
      return;
    }
    added_ = true;
    ++loop.transfers_;
    loop.run_what_is_due();
    loop.schedule();
    loop.wait_for_sockets();
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  ~Transfer() {
    if (!added_) return;
    curl_easy_setopt(easy_, CURLOPT_FORBID_REUSE, 1L);
    leave();
    loop_->schedule();
  }

  asio::steady_timer& timer() { return timer_; }
  std::optional<CURLcode> ended() const { return ended_; }

  void end(CURLcode code) {
    ended_ = code;
    leave();
    timer_.cancel();
  }

 private:
  void leave() {
    added_ = false;
    curl_multi_remove_handle(loop_->multi_.get(), easy_);
    if (--loop_->transfers_ == 0) loop_->rest();
  }

  asio::steady_timer timer_;
  std::shared_ptr<CurlLoop> loop_;
  CURL* easy_;
  bool added_ = false;
  std::optional<CURLcode> ended_;
};

std::shared_ptr<CurlLoop> CurlLoop::create(const asio::any_io_executor& executor) {
  return std::shared_ptr<CurlLoop>(new CurlLoop(executor));
}

CurlLoop::CurlLoop(const asio::any_io_executor& executor)
    : executor_(executor), epoll_(executor, make_epoll()), timer_(executor) {
  multi_.reset(curl_multi_init());
  if (!multi_) throw std::runtime_error("curl_multi_init failed");
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETFUNCTION, &CurlLoop::on_socket);
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERFUNCTION, &CurlLoop::on_timer);
  curl_multi_setopt(multi_.get(), CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, kept_connections);
}

CurlLoop::~CurlLoop() = default;

asio::awaitable<CurlLoop::End> CurlLoop::transfer(CURL* easy, SteadyTime deadline, CURLcode& code) {
  Transfer transfer(*this, easy, deadline);
  boost::system::error_code interrupted;
  if (!transfer.ended()) {
    co_await transfer.timer().async_wait(asio::redirect_error(asio::use_awaitable, interrupted));
  }
  if (transfer.ended()) {
    code = *transfer.ended();
    co_return End::finished;
  }
  co_return interrupted ? End::cancelled : End::deadline;
}

int CurlLoop::on_socket(CURL*, curl_socket_t socket, int what, void* self, void* known) {
  static_cast<CurlLoop*>(self)->watch(socket, what, known != nullptr);
  return 0;
}

int CurlLoop::on_timer(CURLM*, long timeout_ms, void* self) {
  static_cast<CurlLoop*>(self)->set_timer(timeout_ms);
  return 0;
}

void CurlLoop::watch(curl_socket_t socket, int what, bool known) {
  if (what == CURL_POLL_REMOVE) {
    epoll_ctl(epoll_.native_handle(), EPOLL_CTL_DEL, socket, nullptr);
    return;
  }
  epoll_event event{};
  if (what & CURL_POLL_IN) event.events |= EPOLLIN;
  if (what & CURL_POLL_OUT) event.events |= EPOLLOUT;
  event.data.fd = socket;
  const int first = known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  if (epoll_ctl(epoll_.native_handle(), first, socket, &event) == 0) return;
  // The number of a closed descriptor may come back as another one.
  const int second = errno == EEXIST ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  epoll_ctl(epoll_.native_handle(), second, socket, &event);
}

// Called from within curl, so nothing of curl's may be called here.
void CurlLoop::set_timer(long timeout_ms) {
  due_.reset();
  if (timeout_ms < 0) return;
  due_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
}

// What is due now goes once around the loop: a store that never stops sending must not keep the
// other transfers waiting.
void CurlLoop::schedule() {
  if (!due_ || posted_) return;
  if (*due_ > std::chrono::steady_clock::now()) return arm_timer();
  posted_ = true;
  boost::asio::post(executor_, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    self->posted_ = false;
    self->run_what_is_due();
    self->schedule();
  });
}

// A timer that fires too early costs less than moving it with every transfer.
void CurlLoop::arm_timer() {
  if (armed_ && *armed_ <= *due_) return;
  armed_ = due_;
  timer_.expires_at(*due_);
  timer_.async_wait([weak = weak_from_this()](boost::system::error_code interrupted) {
    if (interrupted) return;
    if (const auto self = weak.lock()) self->timer_due();
  });
}

void CurlLoop::timer_due() {
  armed_.reset();
  run_what_is_due();
  schedule();
}

void CurlLoop::run_what_is_due() {
  if (!due_ || *due_ > std::chrono::steady_clock::now()) return;
  due_.reset();
  int running = 0;
  curl_multi_socket_action(multi_.get(), CURL_SOCKET_TIMEOUT, 0, &running);
  settle();
}

void CurlLoop::wait_for_sockets() {
  if (waiting_ || transfers_ == 0) return;
  waiting_ = true;
  epoll_.async_wait(asio::posix::stream_descriptor::wait_read,
                    [weak = weak_from_this()](boost::system::error_code interrupted) {
                      if (interrupted) return;
                      if (const auto self = weak.lock()) self->sockets_ready();
                    });
}

// Without transfers nothing is waited for, so that an io_context without other work can end.
void CurlLoop::rest() {
  if (waiting_) epoll_.cancel();
  if (armed_) timer_.cancel();
  waiting_ = false;
  armed_.reset();
}

void CurlLoop::sockets_ready() {
  waiting_ = false;
  std::array<epoll_event, 64> events;
  const int count =
      epoll_wait(epoll_.native_handle(), events.data(), static_cast<int>(events.size()), 0);
  for (int i = 0; i < count; ++i) {
    const auto& event = events[static_cast<std::size_t>(i)];
    int what = 0;
    if (event.events & EPOLLIN) what |= CURL_CSELECT_IN;
    if (event.events & EPOLLOUT) what |= CURL_CSELECT_OUT;
    if (event.events & (EPOLLERR | EPOLLHUP)) what |= CURL_CSELECT_ERR;
    int running = 0;
    curl_multi_socket_action(multi_.get(), event.data.fd, what, &running);
  }
  settle();
  run_what_is_due();
  schedule();
  wait_for_sockets();
}

// Tells the transfers that have ended; their coroutines go on later, from the loop.
void CurlLoop::settle() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    Transfer* transfer = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    transfer->end(code);
  }
}

}  // namespace tillwatch::probes
