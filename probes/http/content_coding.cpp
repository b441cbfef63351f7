#include "probes/http/content_coding.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tillwatch::probes {
namespace {

constexpr std::size_t most_layers = 8;

std::string coding_name(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  std::string result(text.substr(first, text.find_last_not_of(" \t") - first + 1));
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return result;
}

// Of one header's value, in the order in which they were applied.
std::vector<std::string> codings_in(std::string_view value) {
  std::vector<std::string> names;
  for (;;) {
    const auto comma = value.find(',');
    names.push_back(coding_name(value.substr(0, comma)));
    if (comma == value.npos) return names;
    value.remove_prefix(comma + 1);
  }
}

std::unique_ptr<Coding> coding_named(std::string_view name) {
  using Make = std::unique_ptr<Coding> (*)();
  static constexpr std::array<std::pair<std::string_view, Make>, 5> known{
      {{"gzip", gzip_coding},
       {"x-gzip", gzip_coding},
       {"deflate", deflate_coding},
       {"br", brotli_coding},
       {"zstd", zstd_coding}}};
  for (const auto& [word, make] : known) {
    if (name == word) return make();
  }
  return nullptr;
}

}  // namespace

// One word that is not known, `identity` among them, and a browser takes the body as it came (seen
// on Chromium 156: `utf-8`, `none`, `gzip, identity`, `foo, gzip`, `gzip,,`).
ContentDecoder::ContentDecoder(const std::vector<std::string_view>& headers, std::size_t most,
                               PlainBytes out)
    : most_(most), out_(std::move(out)) {
  for (const std::string_view header : headers) {
    for (const std::string& name : codings_in(header)) {
      Layer layer;
      layer.name = name;
      layer.coding = coding_named(name);
      if (!layer.coding || layers_.size() == most_layers) {
        layers_.clear();
        return;
      }
      layers_.push_back(std::move(layer));
    }
  }
  std::reverse(layers_.begin(), layers_.end());
}

bool ContentDecoder::write(std::size_t index, std::string_view part) {
  if (index == layers_.size()) return out_(part);
  Layer& layer = layers_[index];
  const bool last = index + 1 == layers_.size();  // its taker has a limit of its own
  const Coding::End end = layer.coding->decode(part, [&](std::string_view plain) {
    layer.made += plain.size();
    if (!last && layer.made > most_) {
      too_large_ = true;
      return false;
    }
    return write(index + 1, plain);
  });
  if (end == Coding::End::broken) problem_ = "the body is no proper " + layer.name;
  return end == Coding::End::more;
}

bool ContentDecoder::finish() {
  for (const Layer& layer : layers_) {
    if (layer.coding->is_whole()) continue;
    problem_ = "the body ends before its " + layer.name + " data do";
    return false;
  }
  return true;
}

}  // namespace tillwatch::probes
