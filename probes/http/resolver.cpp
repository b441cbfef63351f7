#include "probes/http/resolver.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <set>
#include <system_error>
#include <thread>
#include <utility>

#include <netdb.h>
#include <netinet/in.h>

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tillwatch::probes {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

// A name with more addresses than these is tried at the first ones.
constexpr std::size_t most_addresses = 16;

int family_of(config::IpVersion ip) {
  switch (ip) {
    case config::IpVersion::v4:
      return AF_INET;
    case config::IpVersion::v6:
      return AF_INET6;
    case config::IpVersion::any:
      break;
  }
  return AF_UNSPEC;
}

}  // namespace

Addresses look_up(const std::string& host, config::IpVersion ip) {
  addrinfo hints{};
  hints.ai_family = family_of(ip);
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const auto began = steady_clock::now();
  const int error = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  Addresses addresses;
  if (error != 0) {
    addresses.error_text = "could not resolve " + host + ": " + gai_strerror(error);
    // EAI_AGAIN is "server failure" when it comes at once and silence when it comes late.
    addresses.silent = error == EAI_AGAIN && steady_clock::now() - began >= std::chrono::seconds(2);
    addresses.undecided = error != EAI_NONAME && error != EAI_NODATA && error != EAI_ADDRFAMILY;
    return addresses;
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
  for (const addrinfo* one = found; one && addresses.numeric.size() < most_addresses;
       one = one->ai_next) {
    char text[NI_MAXHOST];
    if (getnameinfo(one->ai_addr, one->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST) ==
        0) {
      addresses.numeric.emplace_back(text);
    }
  }
  if (addresses.numeric.empty()) addresses.error_text = host + " has no address";
  return addresses;
}

// Who asks. Lives and dies on the loop's thread; the timer is its deadline.
struct Resolver::Asker {
  Asker(const asio::any_io_executor& executor, SteadyTime deadline) : timer(executor, deadline) {}
  asio::steady_timer timer;
  std::optional<Addresses> answer;
};

struct Resolver::Job {
  Job(std::string name, config::IpVersion version, const std::shared_ptr<Asker>& who)
      : host(std::move(name)), ip(version), asker(who) {}
  std::string host;
  config::IpVersion ip;
  std::weak_ptr<Asker> asker;  // gone: nobody wants to know any more
};

// Outlives the resolver while a stuck thread holds it.
struct Resolver::Shared {
  Shared(asio::any_io_executor loop, Lookup function, Limits bounds)
      : executor(std::move(loop)), lookup(std::move(function)), limits(bounds) {}

  const asio::any_io_executor executor;
  const Lookup lookup;
  const Limits limits;

  std::mutex mutex;  // guards everything below
  std::condition_variable work_came;
  std::condition_variable thread_ended;
  std::deque<Job> queue;
  std::size_t threads = 0;
  std::size_t idle = 0;
  std::multiset<SteadyTime> running;  // when each lookup under way began
  bool stopped = false;

  bool all_stuck() const {
    return running.size() >= limits.threads &&
           *running.rbegin() < steady_clock::now() - limits.stuck_after;
  }
};

Resolver::Resolver(const asio::any_io_executor& executor, Lookup lookup, Limits limits)
    : executor_(executor), shared_(std::make_shared<Shared>(executor, std::move(lookup), limits)) {}

Resolver::~Resolver() {
  std::unique_lock lock(shared_->mutex);
  shared_->stopped = true;
  shared_->queue.clear();
  shared_->work_came.notify_all();
  shared_->thread_ended.wait(lock, [this] { return shared_->threads == shared_->running.size(); });
}

asio::awaitable<Addresses> Resolver::resolve(std::string host, config::IpVersion ip,
                                             SteadyTime deadline) {
  const auto asker = std::make_shared<Asker>(executor_, deadline);
  Addresses none;
  none.silent = true;
  none.undecided = true;
  if (!enqueue(Job(host, ip, asker))) {
    none.error_text =
        "could not resolve " + host + ": earlier lookups still wait for this machine's resolver";
    co_return none;
  }
  boost::system::error_code interrupted;
  co_await asker->timer.async_wait(asio::redirect_error(asio::use_awaitable, interrupted));
  if (asker->answer) co_return std::move(*asker->answer);
  none.cancelled = static_cast<bool>(interrupted);
  none.error_text = "could not resolve " + host + ": the resolver did not answer in time";
  co_return none;
}

bool Resolver::enqueue(Job job) {
  const std::lock_guard lock(shared_->mutex);
  if (shared_->all_stuck()) return false;
  shared_->queue.push_back(std::move(job));
  if (shared_->idle >= shared_->queue.size()) {
    shared_->work_came.notify_one();
    return true;
  }
  if (shared_->threads >= shared_->limits.threads) return true;
  ++shared_->threads;
  try {
    std::thread(&Resolver::work, shared_).detach();
  } catch (const std::system_error&) {
    if (--shared_->threads == 0) return false;
  }
  return true;
}

void Resolver::work(const std::shared_ptr<Shared>& shared) {
  std::unique_lock lock(shared->mutex);
  while (true) {
    ++shared->idle;
    shared->work_came.wait(lock, [&] { return shared->stopped || !shared->queue.empty(); });
    --shared->idle;
    if (shared->stopped) break;
    const Job job = std::move(shared->queue.front());
    shared->queue.pop_front();
    if (job.asker.expired()) continue;

    const auto began = shared->running.insert(steady_clock::now());
    lock.unlock();
    Addresses answer = shared->lookup(job.host, job.ip);
    lock.lock();
    shared->running.erase(began);
    if (shared->stopped) break;
    asio::post(shared->executor, [who = job.asker, answer = std::move(answer)]() mutable {
      const auto asker = who.lock();
      if (!asker) return;
      asker->answer = std::move(answer);
      asker->timer.cancel();
    });
  }
  --shared->threads;
  shared->thread_ended.notify_all();
}

}  // namespace tillwatch::probes
