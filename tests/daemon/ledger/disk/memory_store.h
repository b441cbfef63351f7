#pragma once

// A ledger's disk in memory: rows by id, as the real store keeps them.

#include <map>

#include "daemon/ledger/disk/store.h"

namespace tillwatch::test {

class MemoryStore final : public LedgerStore {
 public:
  LedgerRows load(UtcTime since) override {
    LedgerRows rows;
    for (const auto& [id, row] : probes_) rows.probes.push_back(row);
    for (const auto& [id, row] : members_) rows.members.push_back(row);
    std::map<long long, long long> newest;
    for (const auto& [id, row] : spans_) newest[row.probe] = std::max(newest[row.probe], id);
    for (const auto& [id, row] : spans_) {
      if (row.span.piece.until >= since || newest[row.probe] == id) rows.spans.push_back(row);
    }
    for (const auto& [id, row] : tracks_) rows.tracks.push_back(row);
    for (const auto& [id, row] : notes_) rows.notes.push_back(row);
    for (const auto& [id, row] : breaks_) {
      const bool newest_break = id == breaks_.rbegin()->first;
      if (!row.row.ended_at || *row.row.ended_at >= since || newest_break) {
        rows.breaks.push_back(row);
      }
    }
    for (const auto& [id, row] : maintenance_) {
      if (row.until >= since || id == maintenance_.rbegin()->first) rows.maintenance.push_back(row);
    }
    for (const auto& [id, row] : alerts_) {
      if (!row.resolved_at || id == alerts_.rbegin()->first) rows.alerts.push_back(row);
    }
    for (const auto& [id, row] : messages_) rows.messages.push_back(row);
    rows.checkpoint = checkpoint_;
    return rows;
  }

  void apply(const LedgerRows& batch) override {
    for (const ProbeRow& row : batch.probes) probes_[row.id] = row;
    for (const MemberRow& row : batch.members) members_[row.id] = row;
    for (const SpanRow& row : batch.spans) spans_[row.span.id] = row;
    for (const TrackRow& row : batch.tracks) tracks_[row.probe] = row;
    for (const BreakRow& row : batch.breaks) breaks_[row.row.id] = row;
    for (const MaintenanceRow& row : batch.maintenance) maintenance_[row.id] = row;
    for (const NoteRow& row : batch.notes) notes_[row.probe] = row;
    for (const AlertRow& row : batch.alerts) alerts_[row.id] = row;
    for (const MessageRow& row : batch.messages) {
      if (row.done) {
        messages_.erase(row.id);
      } else {
        messages_[row.id] = row;
      }
    }
    if (batch.checkpoint) checkpoint_ = batch.checkpoint;
  }

 private:
  std::map<long long, ProbeRow> probes_;
  std::map<long long, MemberRow> members_;
  std::map<long long, SpanRow> spans_;
  std::map<long long, TrackRow> tracks_;
  std::map<long long, BreakRow> breaks_;
  std::map<long long, MaintenanceRow> maintenance_;
  std::map<long long, NoteRow> notes_;
  std::map<long long, AlertRow> alerts_;
  std::map<long long, MessageRow> messages_;
  std::optional<Checkpoint> checkpoint_;
};

}  // namespace tillwatch::test
