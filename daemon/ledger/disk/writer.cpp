#include "daemon/ledger/disk/writer.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "daemon/ledger/disk/row_traits.h"

namespace tillwatch {

using std::chrono::milliseconds;

namespace {

constexpr milliseconds longest_retry{30'000};

template <typename Row>
void merge_rows(std::vector<Row>& earlier, std::vector<Row> later) {
  if (earlier.empty()) {
    earlier = std::move(later);
    return;
  }
  std::unordered_map<long long, std::size_t> place;
  for (std::size_t i = 0; i < earlier.size(); ++i) place[key_of(earlier[i])] = i;
  for (Row& row : later) {
    const auto [found, fresh] = place.try_emplace(key_of(row), earlier.size());
    if (fresh) {
      earlier.push_back(std::move(row));
    } else {
      earlier[found->second] = std::move(row);
    }
  }
}

template <typename Row>
void merge_rows(std::optional<Row>& earlier, std::optional<Row> later) {
  if (later) earlier = std::move(later);
}

}  // namespace

void merge(LedgerRows& earlier, LedgerRows later) {
  for_each_kind([&](auto kind) { merge_rows(earlier.*kind, std::move(later.*kind)); });
}

Writer::Writer(LedgerStore& store, Listener listener, milliseconds first_retry)
    : store_(store), listener_(std::move(listener)), first_retry_(first_retry) {
  thread_ = std::thread([this] { run(); });
}

Writer::~Writer() { stop(); }

long long Writer::submit(LedgerRows batch) {
  long long ticket = 0;
  {
    const std::lock_guard lock(mutex_);
    merge(pending_, std::move(batch));
    status_.pending = true;
    ticket = ++submitted_;
  }
  wake_.notify_one();
  return ticket;
}

void Writer::on_written(std::function<void()> listener) {
  const std::lock_guard lock(listening_);
  on_written_ = std::move(listener);
}

Writer::Status Writer::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

bool Writer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
  return !status().pending;
}

void Writer::run() {
  milliseconds retry = first_retry_;
  for (;;) {
    LedgerRows batch;
    long long ticket = 0;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !pending_.empty(); });
      if (pending_.empty()) return;
      batch = std::exchange(pending_, {});
      ticket = submitted_;
    }
    if (write(batch, ticket)) {
      retry = first_retry_;
      continue;
    }
    std::unique_lock lock(mutex_);
    merge(batch, std::exchange(pending_, {}));
    pending_ = std::move(batch);
    if (stopping_) return;
    wake_.wait_for(lock, retry, [this] { return stopping_; });
    retry = std::min(2 * retry, longest_retry);
  }
}

bool Writer::write(const LedgerRows& batch, long long ticket) {
  std::string error;
  try {
    store_.apply(batch);
  } catch (const LedgerError& failed) {
    error = failed.what();
  }
  bool tell = false;
  {
    const std::lock_guard lock(mutex_);
    tell = error != status_.error;
    status_.error = error;
    if (error.empty()) {
      ++status_.written;
      status_.durable = ticket;
      status_.pending = !pending_.empty();
    } else {
      ++status_.failures;
    }
  }
  if (tell && listener_) listener_(error);
  if (error.empty()) {
    const std::lock_guard lock(listening_);
    if (on_written_) on_written_();
  }
  return error.empty();
}

}  // namespace tillwatch
