#pragma once

// A ledger's disk in memory: rows by key, as the real store keeps them.

#include <map>
#include <tuple>
#include <utility>

#include "daemon/ledger/disk/row_traits.h"
#include "daemon/ledger/disk/store.h"

namespace tillwatch::test {

class MemoryStore final : public LedgerStore {
 public:
  LedgerRows load(UtcTime since) override {
    LedgerRows rows;
    for_each_kind([&](auto kind) { read(rows.*kind, since); });
    return rows;
  }

  void apply(const LedgerRows& batch) override {
    for_each_kind(
        [&](auto kind) { for_each_row(batch.*kind, [&](const auto& row) { this->write(row); }); });
  }

 private:
  template <typename Row>
  using ByKey = std::map<long long, Row>;
  template <typename... Rows>
  static std::tuple<ByKey<typename Rows::value_type>...> tables(
      std::tuple<Rows LedgerRows::*...> kinds);

  template <typename Row>
  void write(const Row& row) {
    auto& table = std::get<ByKey<Row>>(tables_);
    if (RowTraits<Row>::gone(row)) {
      table.erase(key_of(row));
    } else {
      table[key_of(row)] = row;
    }
  }

  template <typename Rows>
  void read(Rows& rows, UtcTime since) const {
    using Row = typename Rows::value_type;
    using Traits = RowTraits<Row>;
    const auto& table = std::get<ByKey<Row>>(tables_);
    std::map<long long, long long> newest;  // of each series
    for (const auto& [key, row] : table) newest[Traits::series(row)] = key;
    for (const auto& [key, row] : table) {
      if (Traits::needed(row, since) || newest[Traits::series(row)] == key) add_row(rows, row);
    }
  }

  decltype(tables(std::remove_const_t<decltype(row_kinds)>(row_kinds))) tables_;
};

}  // namespace tillwatch::test
