#pragma once

// The writer thread: batches go to the LedgerStore in the order submitted, so that an fsync never
// delays a probe. What can't be written (a full disk) is kept, put together and tried again;
// nothing is lost while the process lives, and memory stays bounded by the number of distinct rows.
//
// Threads: submit() and status() from any; the store belongs to the writer until stop().

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "daemon/ledger/disk/store.h"

namespace tillwatch {

class Writer {
 public:
  struct Status {
    long long written = 0;  // batches
    long long failures = 0;
    bool pending = false;
    long long durable = 0;  // the ticket up to which everything is written
    std::string error;      // of the last attempt; empty when it succeeded
  };
  // Called on the writer's thread when writing begins to fail, and (with an empty text) when it
  // works again.
  using Listener = std::function<void(const std::string& error)>;

  Writer(LedgerStore& store, Listener listener,
         std::chrono::milliseconds first_retry = std::chrono::seconds(1));
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Returns the batch's ticket, from 1.
  long long submit(LedgerRows batch);
  // Called on the writer's thread after each successful write. None: no more calls, once this
  // returns.
  void on_written(std::function<void()> listener);
  Status status() const;
  // Writes what is pending, then ends the thread; gives up at the first failure. Returns whether
  // everything was written.
  bool stop();

 private:
  void run();
  bool write(const LedgerRows& batch, long long ticket);

  LedgerStore& store_;
  Listener listener_;
  std::chrono::milliseconds first_retry_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  LedgerRows pending_;
  long long submitted_ = 0;  // tickets
  Status status_;
  bool stopping_ = false;
  std::mutex listening_;  // held while it is called
  std::function<void()> on_written_;
  std::thread thread_;
};

// Adds the rows of `later` to `earlier`; of rows with the same key the later one stays.
void merge(LedgerRows& earlier, LedgerRows later);

}  // namespace tillwatch
