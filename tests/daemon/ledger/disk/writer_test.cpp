#include "daemon/ledger/disk/writer.h"

#include <doctest/doctest.h>

#include <atomic>
#include <future>

#include "tests/daemon/ledger/disk/memory_store.h"

using namespace tillwatch;
using namespace std::chrono_literals;

namespace {

const UtcTime start{std::chrono::milliseconds{1'790'000'000'000}};

LedgerRows batch_with(long long id, UtcTime until) {
  LedgerRows rows;
  rows.spans.push_back({1, {id, State::ok, {1, start, until}, until}});
  rows.checkpoint = Checkpoint{{until, 1}, false};
  return rows;
}

// Fails until told otherwise.
class FullDisk final : public LedgerStore {
 public:
  LedgerRows load(UtcTime since) override { return memory_.load(since); }
  void apply(const LedgerRows& batch) override {
    if (full) {
      ++attempts;
      throw LedgerError("disk full");
    }
    memory_.apply(batch);
  }
  std::atomic<bool> full = true;
  std::atomic<int> attempts = 0;

 private:
  test::MemoryStore memory_;
};

}  // namespace

TEST_CASE("of two rows with the same id the later one is written") {
  LedgerRows rows = batch_with(1, start + 1s);
  merge(rows, batch_with(2, start + 2s));
  merge(rows, batch_with(1, start + 3s));
  REQUIRE(rows.spans.size() == 2);
  CHECK(rows.spans[0].span.piece.until == start + 3s);
  CHECK(rows.checkpoint->alive.utc == start + 3s);
}

TEST_CASE("everything submitted is written when the writer stops") {
  test::MemoryStore store;
  {
    Writer writer(store, {});
    for (int i = 1; i <= 500; ++i) writer.submit(batch_with(i, start + std::chrono::seconds{i}));
    CHECK(writer.stop());
  }
  CHECK(store.load(start).spans.size() == 500);
}

TEST_CASE("what a full disk refuses is kept, and written when there is room again") {
  FullDisk store;
  std::promise<std::string> failed;
  std::promise<void> mended;
  Writer writer(
      store,
      [&](const std::string& error) {
        if (error.empty()) {
          mended.set_value();
        } else {
          failed.set_value(error);
        }
      },
      1ms);
  writer.submit(batch_with(1, start + 1s));
  CHECK(failed.get_future().get() == "disk full");
  writer.submit(batch_with(2, start + 2s));
  CHECK(writer.status().pending);
  CHECK(writer.status().error == "disk full");
  while (store.attempts < 3) std::this_thread::yield();
  store.full = false;
  mended.get_future().wait();
  CHECK(writer.stop());
  CHECK(store.load(start).spans.size() == 2);
  CHECK(writer.status().failures >= 3);
}

TEST_CASE("a writer that cannot write says so when it stops") {
  FullDisk store;
  Writer writer(store, {}, 1h);
  writer.submit(batch_with(1, start + 1s));
  CHECK_FALSE(writer.stop());
}
