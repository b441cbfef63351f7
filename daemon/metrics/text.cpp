#include <algorithm>
#include <sstream>
#include <string_view>
#include <utility>

#include <prometheus/collectable.h>
#include <prometheus/text_serializer.h>

#include "daemon/metrics/families.h"

namespace tillwatch::metrics {
namespace {

// In the data model of prometheus-cpp a sample takes twenty times the memory that it takes in a
// snapshot: a family of 10,000 probes is made and written piece by piece.
constexpr std::size_t piece_size = 500;

class Piece final : public prometheus::Collectable {
 public:
  Piece(const Snapshot& snapshot, const Family& family, std::size_t begin)
      : snapshot_(snapshot), family_(family), begin_(begin) {}

  std::vector<prometheus::MetricFamily> Collect() const override {
    std::vector<prometheus::MetricFamily> collected(1);
    prometheus::MetricFamily& made = collected.front();
    made.name = family_.name;
    made.type = family_.type;
    if (begin_ == 0) made.help = family_.help;
    const auto end = std::min(begin_ + piece_size, family_.source.count(snapshot_));
    for (std::size_t i = begin_; i < end; ++i) family_.source.append(snapshot_, i, made.metric);
    return collected;
  }

 private:
  const Snapshot& snapshot_;
  const Family& family_;
  std::size_t begin_;
};

std::size_t expected_size(const Snapshot& snapshot) {
  return 65'536 + snapshot.probes.size() * 5'000 + snapshot.stores.size() * 4'000;
}

}  // namespace

std::string render(Snapshot snapshot) {
  snapshot.process = process_usage();
  std::string text;
  text.reserve(expected_size(snapshot));
  std::ostringstream buffer;
  const prometheus::TextSerializer serializer;
  for (const Family& family : families) {
    const std::size_t count = family.source.count(snapshot);
    for (std::size_t begin = 0; begin == 0 || begin < count; begin += piece_size) {
      buffer.seekp(0);
      serializer.Serialize(buffer, Piece(snapshot, family, begin).Collect());
      std::string_view written = buffer.view().substr(0, static_cast<std::size_t>(buffer.tellp()));
      // Without help a piece begins with its type, which the first one has said.
      if (begin > 0) written.remove_prefix(written.find('\n') + 1);
      text += written;
    }
  }
  return text;
}

}  // namespace tillwatch::metrics
