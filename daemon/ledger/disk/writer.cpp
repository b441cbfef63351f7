#include "daemon/ledger/disk/writer.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace tillwatch {

using std::chrono::milliseconds;

namespace {

constexpr milliseconds longest_retry{30'000};

long long id_of(const ProbeRow& row) { return row.id; }
long long id_of(const MemberRow& row) { return row.id; }
long long id_of(const SpanRow& row) { return row.span.id; }
long long id_of(const TrackRow& row) { return row.probe; }
long long id_of(const BreakRow& row) { return row.row.id; }
long long id_of(const MaintenanceRow& row) { return row.id; }
long long id_of(const NoteRow& row) { return row.probe; }
long long id_of(const AlertRow& row) { return row.id; }
long long id_of(const MessageRow& row) { return row.id; }

template <typename Row>
void merge_rows(std::vector<Row>& earlier, std::vector<Row> later) {
  if (earlier.empty()) {
    earlier = std::move(later);
    return;
  }
  std::unordered_map<long long, std::size_t> place;
  for (std::size_t i = 0; i < earlier.size(); ++i) place[id_of(earlier[i])] = i;
  for (Row& row : later) {
    const auto [found, fresh] = place.try_emplace(id_of(row), earlier.size());
    if (fresh) {
      earlier.push_back(std::move(row));
    } else {
      earlier[found->second] = std::move(row);
    }
  }
}

}  // namespace

void merge(LedgerRows& earlier, LedgerRows later) {
  merge_rows(earlier.probes, std::move(later.probes));
  merge_rows(earlier.members, std::move(later.members));
  merge_rows(earlier.spans, std::move(later.spans));
  merge_rows(earlier.tracks, std::move(later.tracks));
  merge_rows(earlier.breaks, std::move(later.breaks));
  merge_rows(earlier.maintenance, std::move(later.maintenance));
  merge_rows(earlier.notes, std::move(later.notes));
  merge_rows(earlier.alerts, std::move(later.alerts));
  merge_rows(earlier.messages, std::move(later.messages));
  if (later.checkpoint) earlier.checkpoint = later.checkpoint;
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
